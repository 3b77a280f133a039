"""`python -m wenming backup TARGET`: copy the city while it works, and read the copy back."""

from __future__ import annotations

import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from wenming.operations import readiness
from wenming.operations.backups import drills, keys
from wenming.operations.backups.make import Source, make_backup
from wenming.operations.backups.restore import passphrase, prove, restore
from wenming.operations.backups.seal import BackupRefused


class Command(BaseCommand):
    help = "备份整个城市（数据库、文件、日志头），并立即读回核验"
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target", type=Path, help="放备份的文件夹；每次在里面新建一个 wenming-日期时间")
        parser.add_argument("--with-keys", action="store_true", help="把密钥用口令封好一起备份；不写时密钥要另外保存")
        parser.add_argument("--drill", action="store_true", help="接着演练恢复：恢复到临时文件夹、核验、留下记录")

    def handle(self, *_args: Any, target: Path, with_keys: bool, drill: bool, **_options: Any) -> None:
        for finding in readiness.unapplied_migrations():
            raise CommandError(str(finding))
        secrets = {
            **keys.collect(settings.CITY),
            "keys/django": settings.SECRET_KEY,
            "keys/vault": settings.VAULT_KEY,
        }
        source = Source(settings.CITY, settings.DATABASE_URL, secrets)
        began = time.monotonic()
        try:
            made = make_backup(source, target, now=timezone.now(), passphrase=passphrase() if with_keys else None)
            facts = prove(made, settings.DATABASE_URL)
            self.stdout.write(f"备份完成并已读回核验：{made}（{time.monotonic() - began:.1f} s）")
            self.stdout.write(f"{sum(facts.rows.values())} 行，日志到第 {facts.journal_seq} 条：{facts.journal_hash}")
            if drill:
                self._drill(made)
        except BackupRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        if not with_keys:
            self.stdout.write(f"密钥不在备份里。请另外保存 {settings.CITY.root / 'keys'}，没有它无法恢复举报人信息。")
            self.stdout.write("The keys are not in the backup: keep a copy of that folder apart from it.")

    def _drill(self, made: Path) -> None:
        """Restore into a folder that is thrown away; what stays is the report that it worked."""
        if settings.DATABASE_URL:
            raise BackupRefused("PostgreSQL 的演练要用另一个空数据库，见 docs/operations/backup.md。(See the docs.)")
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="wenming-drill-") as folder:
            facts = restore(made, Path(folder) / "city", keys_folder=settings.CITY.root / "keys")
        seconds = time.monotonic() - began
        drills.report(settings.CITY, made.name, facts, at=timezone.now(), seconds=seconds)
        self.stdout.write(f"恢复演练通过（{seconds:.1f} s），记录在 {drills.path(settings.CITY)}")
