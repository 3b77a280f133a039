"""`python3 run.py manage policy_status`: write the table of built clauses into both READMEs."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from wenming.operations.policy_status import ROOT, with_table


class Command(BaseCommand):
    help = "把 policy/clauses.yaml 里的建成情况写进两份 README"

    def handle(self, *_args: Any, **_options: Any) -> None:
        for name, chinese in (("README.md", False), ("README.zh-CN.md", True)):
            path = ROOT / name
            path.write_text(with_table(path.read_text("utf-8"), chinese), "utf-8")
