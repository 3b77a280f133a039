"""Asks a child process to set a letter, and believes only a whole PDF."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from wenming.refusals import Refusal

from ..letters import Letter, Stamp
from ..rules.characters import not_in_the_letter_font

HERE = Path(__file__).resolve().parent
FONTS = HERE.parent / "fonts"
SECONDS = 30


class NotTypeset(Refusal):
    """The child fell over or took too long. Nothing was issued, no number was taken."""

    code = "document.not-typeset"
    status = 503

    def __init__(self) -> None:
        super().__init__(_("公文没有排出来，文号没有占用。请过一分钟再试；还不行请告诉管理员。"))


def typeset(letter: Letter, stamp: Stamp, *, form: str = "pdf") -> bytes:
    """The letter as a PDF (form: "pdf"; "png" gives its first page, to look at). Raises NotTypeset."""
    told = letter.as_told(stamp)
    text = json.dumps(told, ensure_ascii=False)
    order = {
        "template": str(HERE / "letter.typ"), "fonts": str(FONTS), "letter": told, "format": form,
        # A rare character is looked for in the machine's own fonts; all else looks the same on every machine.
        "own_fonts_only": not not_in_the_letter_font(text),
    }  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-I", str(HERE / "child.py")], input=json.dumps(order).encode(), capture_output=True,
            timeout=SECONDS, check=True,
        )  # fmt: skip
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError, OSError) as failed:
        raise NotTypeset from failed
    if form == "pdf" and not (done.stdout.startswith(b"%PDF-") and b"%%EOF" in done.stdout[-64:]):
        raise NotTypeset
    return done.stdout
