"""`python -m wenming verify`: is everything still as it was written?"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from wenming.journal import selectors as journal
from wenming.operations import readiness
from wenming.operations.verification import damage


class Command(BaseCommand):
    help = "核验数据库、日志链和全部存储文件；发现问题时以非零代码退出"
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--witness",
            action="append",
            default=[],
            metavar="NUMBER:HASH",
            help="外部留存的日志校验值，例如公函上印的那一行；可写多个",
        )

    def handle(self, *_args: Any, witness: list[str], **_options: Any) -> None:
        for finding in readiness.unapplied_migrations():
            raise CommandError(str(finding))
        found = list(damage({int(number): digest for number, _, digest in (one.partition(":") for one in witness)}))
        for sentence in found:
            self.stdout.write(f"✗ {sentence}")
        if found:
            raise CommandError(f"发现 {len(found)} 处问题。请保留现场并从备份恢复。({len(found)} problems found.)")
        seq, digest = journal.head()
        self.stdout.write(f"核验通过：日志到第 {seq} 条：{digest}，文件与名称相符。(All is as it was written.)")
