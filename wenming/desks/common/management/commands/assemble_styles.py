"""`manage assemble_styles`: joins tokens, base, components and print styles into the one file that pages load."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

STATIC = Path(__file__).resolve().parents[2] / "static"


def parts() -> list[Path]:
    """The parts in the order in which they are laid: what comes later may refine what came before."""
    css = STATIC / "css"
    return [css / "tokens.css", css / "base.css", *sorted((css / "components").glob("*.css")), css / "print.css"]


def assembled() -> str:
    """The text of wm.css: a public page has eight requests to spend, so forty parts become one."""
    head = "/* Made by `manage assemble_styles` from css/; change the parts, not this file. */\n"
    return head + "".join(_without_comments(part.read_text()) for part in parts())


def _without_comments(css: str) -> str:
    lines = (line.strip() for line in re.sub(r"/\*.*?\*/", "", css, flags=re.S).splitlines())
    return "".join(f"{line}\n" for line in lines if line)


class Command(BaseCommand):
    help = "Join the style sheets under css/ into wm.css."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        (STATIC / "wm.css").write_text(assembled())
        self.stdout.write(f"wm.css: {len(assembled().encode()):,} bytes from {len(parts())} parts")
