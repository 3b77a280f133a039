"""Asks a child process to set a letter, and believes only a whole PDF."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

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
    return _set("letter.typ", letter.as_told(stamp), form)


def typeset_picture(block: dict[str, Any]) -> bytes:
    """A picture block of a letter as PNG. Raises NotTypeset."""
    return _set("picture.typ", {"svg": block["svg"], "width_mm": block["width_mm"]}, "png")


def _set(template: str, told: dict[str, Any], form: str) -> bytes:
    order = {
        "template": str(HERE / template), "fonts": str(FONTS), "letter": told, "format": form,
        # A rare character is looked for in the machine's own fonts; all else looks the same on every machine.
        "own_fonts_only": not not_in_the_letter_font(json.dumps(told, ensure_ascii=False)),
    }  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-I", str(HERE / "child.py")], input=json.dumps(order).encode(), capture_output=True,
            timeout=SECONDS, check=True,
        )  # fmt: skip
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError, OSError) as failed:
        raise NotTypeset from failed
    if not _is_whole(done.stdout, form):
        raise NotTypeset
    return done.stdout


def _is_whole(made: bytes, form: str) -> bool:
    if form == "pdf":
        return made.startswith(b"%PDF-") and b"%%EOF" in made[-64:]
    return made.startswith(b"\x89PNG") and b"IEND" in made[-16:]
