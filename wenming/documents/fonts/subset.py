"""Makes the letter font again from the Debian package fonts-noto-cjk (SIL Open Font License 1.1).

    apt install fonts-noto-cjk && python wenming/documents/fonts/subset.py /usr/share/fonts/opentype/noto

Needs fonttools (a maintainers' tool). Kept are ASCII, punctuation, and the 6,763 characters of GB 2312 levels 1 and 2.
What is not in there, a rare character in a name, is drawn from the fonts of the machine where it has one
(`rules/characters.py` says which those are).
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SIMPLIFIED = 2  # number of "SC" in the collections of Noto CJK
SERIF, MADE, FAMILY = "NotoSerifCJK-Regular.ttc", "letter-serif.otf", "Wenming Letter Serif"
PUNCTUATION = "·—‘’“”…、。〈〉《》「」『』【】〔〕！（），：；？％～￥〇①②③④⑤⑥⑦⑧⑨⑩℃㎡×÷±°′″→■□○●△▲☆★－．／"


def characters() -> str:
    han = []
    for high in range(0xB0, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                han.append(bytes((high, low)).decode("gb2312"))
            except UnicodeDecodeError:
                continue
    return "".join(map(chr, range(0x20, 0x7F))) + PUNCTUATION + "".join(han)


def make(folder: Path) -> None:
    from fontTools import subset
    from fontTools.ttLib import TTFont

    font = TTFont(folder / SERIF, fontNumber=SIMPLIFIED)
    options = subset.Options(layout_features=["kern", "locl"], hinting=False, notdef_outline=True)
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "GPOS"]
    cutter = subset.Subsetter(options)
    cutter.populate(text=characters())
    cutter.subset(font)
    for record in font["name"].names:
        if record.nameID in {1, 4, 16}:
            record.string = FAMILY
        elif record.nameID in {3, 6}:
            record.string = FAMILY.replace(" ", "") + "-Regular"
    font["head"].modified = font["head"].created  # the same bytes every time
    font.recalcTimestamp = False
    font.save(HERE / MADE)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
