"""`python -m wenming load_calendar`: the working calendar and office hours that a new city starts with."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from wenming.refusals import BadInput
from wenming.responsibilities.models import CalendarVersion, WorkSchedule
from wenming.responsibilities.rules.legal_calendar import ANNOUNCED_YEARS, seed_days
from wenming.responsibilities.services import publish_calendar, set_hours

OFFICE_HOURS = ["08:00-12:00", "14:00-18:00"]


class Command(BaseCommand):
    help = "发布工作日历（法定节假日和调休），设置全市工作时间；已经有的不动"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--hours", nargs="+", default=OFFICE_HOURS, metavar="HH:MM-HH:MM", help="全市工作时间，例如 08:30-12:00 14:30-17:30"
        )

    def handle(self, *_args: Any, hours: list[str], **_options: Any) -> None:
        now = timezone.now()
        if not CalendarVersion.objects.exists():
            days = {day.on: (day.is_workday, day.name) for day in seed_days()}
            version = publish_calendar(days, announced_years=ANNOUNCED_YEARS, note="初始日历", by=None, now=now)
            self.stdout.write(f"已发布{version}（{len(days)} 个特殊日）")
        if not WorkSchedule.objects.filter(unit=None).exists():
            spans = [(since, to) for since, _dash, to in (each.partition("-") for each in hours)]
            try:
                schedule = set_hours(unit=None, spans=spans, mode="legal", note="初始工作时间", by=None, now=now)
            except BadInput as refusal:
                raise CommandError(str(refusal)) from refusal
            self.stdout.write(f"全市工作时间：{schedule}")
