"""`python -m wenming check_restored MANIFEST`: does the database that was restored here hold what the backup says?"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from wenming.journal import selectors as journal
from wenming.operations import readiness
from wenming.operations.backups import manifest
from wenming.operations.backups.databases import count_rows
from wenming.operations.verification import damage


class Command(BaseCommand):
    help = "（由 restore 调用）把恢复出来的数据与备份清单逐项比较"
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("manifest", type=Path)

    def handle(self, *_args: Any, **options: Any) -> None:
        facts = manifest.read(options["manifest"].parent)
        found = list(_differences(facts))
        if not found and list(readiness.unapplied_migrations()):
            # An older city comes up to this version here, beside the target, where failing costs nothing.
            call_command("migrate", interactive=False, verbosity=0)
        found = found or list(damage({facts.journal_seq: facts.journal_hash} if facts.journal_seq else {}))
        if found:
            raise CommandError("\n".join(found))


def _differences(facts: manifest.Manifest) -> Iterator[str]:
    with connection.cursor() as cursor:
        here = count_rows(cursor, facts.engine)
    for table in sorted(facts.rows.keys() | here.keys()):
        if facts.rows.get(table) != here.get(table):
            yield f"{table}：备份时 {facts.rows.get(table)} 行，恢复后 {here.get(table)} 行"
    if journal.head() != (facts.journal_seq, facts.journal_hash):
        yield f"日志备份时到第 {facts.journal_seq} 条，恢复后是第 {journal.head()[0]} 条"
