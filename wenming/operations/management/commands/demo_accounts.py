"""`python -m wenming demo_accounts`: with which names and password one can look at the demo city."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.core.management.base import BaseCommand

from wenming.operations.demo.accounts import list_demo_accounts

HEADINGS = ("角色 role", "账号 account", "密码 password", "单位 unit", "桌面 desk")


class Command(BaseCommand):
    help = "列出演示账号"
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        accounts = list_demo_accounts()
        if not accounts:
            self.stdout.write("这个城市没有演示账号。(This city has no demo accounts.)")
            return
        rows = [HEADINGS, *((a.role_name, a.username, a.password, a.unit, a.desk) for a in accounts)]
        widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())


def _width(text: str) -> int:
    """Columns of a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
