"""`python -m wenming demo_city`: fill an empty, migrated folder with the synthetic demo city (演示数据)."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date, datetime, time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from wenming.operations.demo.build import SIZES, build_demo_city
from wenming.operations.demo_folder import MARK
from wenming.organisations.models import Unit
from wenming.territory.models import Area

# With --today the demo's "now" is a moment of office work, the same in every run.
MOMENT = time(16, 20)


class Command(BaseCommand):
    help = "给空的、已升级数据库的文件夹装入演示城市（全部是合成数据）"
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=7, help="同一个数总是生成同一个城市")
        parser.add_argument("--size", choices=list(SIZES), default="normal")
        parser.add_argument("--today", type=date.fromisoformat, metavar="YYYY-MM-DD", help="把这一天当作今天（测试用）")

    def handle(self, *_args: Any, seed: int, size: str, today: date | None, **_options: Any) -> None:
        if Unit.objects.exists() or Area.objects.exists():
            raise CommandError("这个文件夹里已经有数据，没有做任何改动。(The folder is not empty; nothing was changed.)")
        now = datetime.combine(today, MOMENT, timezone.get_default_timezone()) if today else timezone.localtime()
        (settings.CITY.root / MARK).touch()
        build_demo_city(seed=seed, size=size, now=now.replace(microsecond=0), say=self._say)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
