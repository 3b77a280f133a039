"""Are reused photos known again, and are others left in peace? `python3 run.py bench photo_reuse [--streets N] [--copies N]`.

Everything is drawn from a seed (street_scenes.py) and goes through the product's own functions, sandbox and index in a
throw-away city: a stock of streets, then copies of them changed as people change photos, then photos that are no copies:
other streets of the same estates, the same places on other days. Every question sees the stock and nothing else; what it
brought is rolled back.
"""

from __future__ import annotations

import argparse
import io
import time
from collections import Counter
from collections.abc import Callable, Iterator
from math import sqrt
from statistics import median
from typing import Any, NamedTuple

import django
import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

from .street_scenes import Street, View, a_day, a_view

SEED = 20261123
ESTATE = 4  # streets that look alike
CUTS = (5, 10, 20, 30, 40)
Change = Callable[[Image.Image, Generator], bytes]


class Rate(NamedTuple):
    """So many of so many."""

    hits: int
    of: int

    def percent(self) -> str:
        low, high = wilson(self.hits, self.of)
        return f"{100 * self.hits / self.of:.1f} % ({100 * low:.1f}–{100 * high:.1f})"

    def in_ten_thousand(self) -> str:
        low, high = wilson(self.hits, self.of)
        return f"{self.hits} of {self.of}: {1e4 * self.hits / self.of:.0f} in 10,000 ({1e4 * low:.0f}–{1e4 * high:.0f})"


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    z2, share = 1.959964**2, hits / of
    middle, half = share + z2 / (2 * of), sqrt(z2 * (share * (1 - share) / of + z2 / (4 * of**2)))
    return max(0.0, (middle - half) / (1 + z2 / of)), min(1.0, (middle + half) / (1 + z2 / of))


def main() -> None:
    options = _options()
    django.setup()
    random = np.random.default_rng(SEED)
    streets = [Street(number, number // ESTATE) for number in range(options.streets)]
    stock = [street.photo(a_view(random), a_day(random)) for street in streets]
    keys = [_bring_in(jpeg(image, 88)) for image in stock]
    print(f"stock: {len(keys)} photos of as many streets in {len(keys) // ESTATE} estates\n", flush=True)
    _tell_recall(stock[: options.copies], keys, random)
    _tell_false_alarms(streets, stock, options.copies, random)
    _tell_scenes(streets[: options.copies], random)
    _tell_cost(stock[:30])
    if options.grown:
        _tell_growth(keys, stock[:30], options.grown)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py bench photo_reuse")
    parser.add_argument("--streets", type=int, default=400, help="photos in the stock")
    parser.add_argument("--copies", type=int, default=100, help="of how many of them copies are made, each way")
    parser.add_argument("--grown", type=int, default=0, help="ask again when the index holds so many photos more")
    return parser.parse_args()


# -- how people change photos -------------------------------------------------------------------------------------


def jpeg(image: Image.Image, quality: int = 80) -> bytes:
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=quality)
    return out.getvalue()


def scaled(image: Image.Image, share: float) -> Image.Image:
    return image.resize((round(image.width * share), round(image.height * share)), Image.Resampling.BICUBIC)


def cut(image: Image.Image, percent: float, random: Generator) -> Image.Image:
    """A part of it; so many percent of the area are gone, more from one side than from the other."""
    shape = float(np.exp(random.uniform(-0.2, 0.2)))
    wide = min(1.0, sqrt(1 - percent / 100) * shape)
    tall = min(1.0, (1 - percent / 100) / wide)
    x, y = random.uniform(0, 1 - wide), random.uniform(0, 1 - tall)
    w, h = image.size
    return image.crop((int(x * w), int(y * h), int((x + wide) * w), int((y + tall) * h)))


def stamped(image: Image.Image) -> Image.Image:
    """As telephones of patrols write place and time into the corner: the same words on everybody's."""
    image = image.copy()
    draw, (w, h) = ImageDraw.Draw(image), image.size
    font = ImageFont.load_default(max(10, int(h * 0.045)))
    draw.rectangle((0, h * 0.86, w * 0.5, h), fill=(20, 60, 140))
    draw.text((w * 0.02, h * 0.875), "2026-11-23 08:41", fill=(255, 255, 255), font=font)
    draw.text((w * 0.02, h * 0.935), "City patrol  No. 7", fill=(255, 220, 0), font=font)
    return image


CHANGES: dict[str, Change] = {
    "the same file": lambda image, _random: jpeg(image, 88),
    "encoded again, quality 40–90": lambda image, random: jpeg(image, int(random.integers(40, 91))),
    "smaller, a quarter to the whole": lambda image, random: jpeg(scaled(image, random.uniform(0.25, 1.0))),
    **{f"cut, {percent} % gone": lambda image, random, p=percent: jpeg(cut(image, p, random)) for percent in CUTS},  # type: ignore[misc]
    "mirrored": lambda image, _random: jpeg(ImageOps.mirror(image)),
    "mirrored, 20 % gone": lambda image, random: jpeg(ImageOps.mirror(cut(image, 20, random))),
    "brightness 0.7–1.3": lambda image, random: jpeg(ImageEnhance.Brightness(image).enhance(random.uniform(0.7, 1.3))),
    "date stamp": lambda image, _random: jpeg(stamped(image)),
    "date stamp, 20 % gone, half size": lambda image, random: jpeg(scaled(stamped(cut(image, 20, random)), 0.5), 70),
    "cut, 60 % gone (beyond what is promised)": lambda image, random: jpeg(cut(image, 60, random)),
}  # fmt: skip


# -- through the product ------------------------------------------------------------------------------------------


def _bring_in(data: bytes) -> int:
    """The original's key, with the photo in the index."""
    from django.db import transaction
    from django.utils import timezone

    from wenming.evidence.models import Role, Subject
    from wenming.evidence.reuse import copies_of
    from wenming.evidence.services import attach, prepare

    with transaction.atomic():
        subject = Subject("bench", "photo")
        exhibit = attach(prepare(io.BytesIO(data)), role=Role.SCENE, subject=subject, by=None, now=timezone.now())
        copies_of(exhibit.original)
    return exhibit.original_id


def _asked(data: bytes) -> list[Any]:
    """The copies found of a photo that comes now; afterwards it was never here."""
    from django.db import transaction
    from django.utils import timezone

    from wenming.evidence.models import Role, Subject
    from wenming.evidence.reuse import Copy, copies_of
    from wenming.evidence.services import attach, prepare

    prepared = prepare(io.BytesIO(data))
    with transaction.atomic():
        exhibit = attach(prepared, role=Role.SCENE, subject=Subject("bench", "asked"), by=None, now=timezone.now())
        again = exhibit.original.exhibits.exclude(pk=exhibit.pk).exists()
        found = [*([Copy(exhibit.original_id, same_file=True)] if again else []), *copies_of(exhibit.original)]
        transaction.set_rollback(True)
    return found


def _tell_recall(stock: list[Image.Image], keys: list[int], random: Generator) -> None:
    print("| copy | known again |\n|---|---|")
    for name, change in CHANGES.items():
        found = [key in {copy.original_id for copy in _asked(change(image, random))} for image, key in zip(stock, keys, strict=False)]
        print(f"| {name} | {Rate(sum(found), len(found)).percent()} |", flush=True)


def _tell_false_alarms(streets: list[Street], stock: list[Image.Image], many: int, random: Generator) -> None:
    last = len(streets)
    twins = [Street(last + number, number // ESTATE) for number in range(last)]
    strangers = [Street(3 * last + number, last + number) for number in range(last)]
    print("\n| no copy | called one all the same |\n|---|---|")
    others: dict[str, Iterator[Image.Image]] = {
        "another street of the same estate": (each.photo(a_view(random), a_day(random)) for each in twins),
        "a street elsewhere": (each.photo(a_view(random), a_day(random)) for each in strangers),
        "the same spot another day, by hand": (each.photo(a_view(random, 0.3), a_day(random)) for each in streets),
        "the same spot another day, a pace aside": (each.photo(a_view(random), a_day(random, rubbish=False)) for each in streets),
    }
    all_told = []
    for name, images in others.items():
        called = [bool(_asked(jpeg(image, 85))) for image in images]
        all_told += called
        print(f"| {name} | {Rate(sum(called), len(called)).in_ten_thousand()} |", flush=True)
    print(f"| all of these | {Rate(sum(all_told), len(all_told)).in_ten_thousand()} |")
    for image in stock[:many]:
        _bring_in(jpeg(stamped(image), 85))
    called = [bool(_asked(jpeg(stamped(each.photo(a_view(random), a_day(random))), 85))) for each in twins[:many]]
    print(f"| the same stamp on another photo | {Rate(sum(called), len(called)).in_ten_thousand()} |", flush=True)
    fixed = []
    for street in (Street(5 * last + number, 5 * last + number) for number in range(many)):
        _bring_in(jpeg(street.photo(View(), a_day(random)), 85))
        fixed.append(bool(_asked(jpeg(street.photo(View(), a_day(random, rubbish=False)), 85))))
    print(f"| a fixed camera, another day (known limit) | {Rate(sum(fixed), len(fixed)).percent()} |", flush=True)


def _tell_scenes(streets: list[Street], random: Generator) -> None:
    """Before and after: what is said of pairs of the same place, and of other places."""
    from wenming.evidence.rules.scenes import Scene, corners_in_common, same_scene

    def said(before: Image.Image, after: Image.Image) -> Scene:
        one, other = _sketched(before), _sketched(after)
        return same_scene(corners_in_common(one, other), min(len(one.corners), len(other.corners)))

    def pair(street: Street, spread: float) -> Scene:
        return said(street.photo(View(), a_day(random)), street.photo(a_view(random, spread), a_day(random, rubbish=False)))

    print("\n| before and after | the same | not sure | not the same |\n|---|---|---|---|")
    told = {
        "the same place, with the ghost of the first": [pair(street, 0.3) for street in streets],
        "the same place, by hand": [pair(street, 1.0) for street in streets],
        "the same place, two paces aside": [pair(street, 2.0) for street in streets],
        "the same place, from quite another side": [pair(street, 4.0) for street in streets],
        "another street of the same estate": [
            said(street.photo(day=a_day(random)), Street(street.seed + 100_000, street.estate).photo(a_view(random), a_day(random)))
            for street in streets
        ],
        "a street elsewhere": [
            said(street.photo(day=a_day(random)), Street(street.seed + 200_000, street.estate + 100_000).photo(a_view(random), a_day(random)))
            for street in streets
        ],
    }  # fmt: skip
    for name, answers in told.items():
        counts = Counter(answers)
        shares = (Rate(counts[answer], len(answers)).percent() for answer in (Scene.SAME, Scene.UNSURE, Scene.OTHER))
        print(f"| {name} | {' | '.join(shares)} |", flush=True)


# -- what it costs ------------------------------------------------------------------------------------------------


def _sketched(image: Image.Image) -> Any:
    from wenming.evidence.rules.sketches import sketch_of

    return sketch_of(_likeness(Image.open(io.BytesIO(jpeg(image, 85)))))


def _likeness(image: Image.Image) -> Image.Image:
    """As the sandbox draws it."""
    from wenming.evidence.sandbox import decoder

    grey = decoder._quick_thumb(image.convert("RGB")).convert("L")
    return grey.resize(decoder.sized(*grey.size, decoder.SKETCH_EDGE), Image.Resampling.BICUBIC)


def _tell_cost(stock: list[Image.Image]) -> None:
    """Processor time, each beside the other in turn: what a photo costs anyway, and what its sketch adds."""
    from wenming.evidence.rules.sketches import sketch_of
    from wenming.evidence.sandbox import decoder

    rows = []
    for image in stock:
        # As a browser sends it.
        data = jpeg(image.resize((1600, 1200), Image.Resampling.BICUBIC), 85)
        thumb = decoder._quick_thumb(image).convert("L")
        develop = _processor(lambda data=data: decoder.developed(io.BytesIO(data), "JPEG"))  # type: ignore[misc]
        decode = _processor(lambda data=data: Image.open(io.BytesIO(data)).convert("RGB").load())  # type: ignore[misc]
        draw = _processor(lambda thumb=thumb: thumb.resize((256, 192), Image.Resampling.BICUBIC).tobytes())  # type: ignore[misc]
        likeness = _likeness(image)
        sketch = _processor(lambda likeness=likeness: sketch_of(likeness))  # type: ignore[misc]
        rows.append((decode, develop, draw + sketch))
    decode, develop, added = (median(row[n] for row in rows) for n in range(3))
    to_decode, to_develop = median(row[2] / row[0] for row in rows), median(row[2] / row[1] for row in rows)
    print(f"\na photo of 1600 × 1200: decoding {decode * 1e3:.1f} ms, developing (decode, draw, encode twice) {develop * 1e3:.1f} ms,")
    print(f"its sketch {added * 1e3:.2f} ms: {to_decode:.2f} of decoding, {to_develop:.3f} of developing (processor time, medians)")


def _processor(do: Callable[[], object], times: int = 5) -> float:
    do()
    began = time.process_time()
    for _ in range(times):
        do()
    return (time.process_time() - began) / times


def _tell_growth(keys: list[int], stock: list[Image.Image], grown: int) -> None:
    """The index with so many photos more: made-up sketches, the words of real ones with a few signs turned."""
    from django.db import connection, transaction

    from wenming.evidence.models import SketchWord

    def pages() -> int:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA page_count")
            return int(cursor.fetchone()[0])

    print(f"\nlooking up among {len(keys):,}: {_lookup(stock)}", flush=True)
    real = np.fromiter(SketchWord.objects.values_list("word", flat=True), dtype=np.int64)
    random, before = np.random.default_rng(SEED), pages()
    table, original = SketchWord._meta.db_table, keys[0]
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys = OFF")  # made-up photos have no rows of their own
        for start in range(0, grown, 2_000):
            count = min(2_000, grown - start)
            words = random.choice(real, (count, 45))
            for _ in range(4):
                words ^= 1 << random.integers(0, 24, words.shape)
            owners = np.repeat(10_000_000 + start + np.arange(count), 45)
            rows = zip(words.ravel().tolist(), owners.tolist(), strict=True)
            with transaction.atomic():
                cursor.executemany(f"INSERT OR IGNORE INTO {table} (word, original_id) VALUES (%s, %s)", list(rows))
    size = (pages() - before) * 4096 / grown
    print(f"looking up among {len(keys) + grown:,}: {_lookup(stock)}; the index takes {size:,.0f} bytes a photo (SQLite)")
    assert original == keys[0]


def _lookup(stock: list[Image.Image]) -> str:
    from wenming.evidence.reuse import _who_has

    times, rows, others = [], [], []
    for image in stock:
        sketch = _sketched(image)
        began = time.process_time()
        found = [_who_has(each, -1) for each in (sketch, sketch.mirrored())]
        times.append(time.process_time() - began)
        rows.append(sum(kept.total() for _alike, kept in found))
        others.append(sum(len(alike) for alike, _kept in found))
    return f"{median(times) * 1e3:.1f} ms of processor time, {median(rows):,.0f} rows read, {median(others):,.0f} candidates (medians)"


if __name__ == "__main__":
    main()
