"""Collect: a report becomes a case."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.engine.counting import count_up
from wenming.engine.writing import insert
from wenming.observations.models import Report
from wenming.observations.models.reports import Wish

from ..models import Case, CaseReport, DayNumbers
from ..search import index_case
from .moving import command_centre, next_stage, record_move


@transaction.atomic
def collect(report: Report, *, now: datetime) -> Case:
    """Open the case of a report (收到), once per report however often it is asked. Policy: 4.3.

    The command centre owes the decision whether to accept from this moment on.
    """
    known = Case.objects.filter(case_reports__report=report).first()
    if known:
        return known
    case = Case(
        number=_next_number(timezone.localdate(now)), title=title_of(report), channel=report.channel,
        problem_type=report.problem_type, placement=report.placement, place_id=report.place_id, photos=report.photo_count,
        town_code=report.placement.town.code if report.placement.town else "", slow_lane=report.slow_lane,
        public_when_closed=report.wish == Wish.WHEN_CLOSED, opened_at=now, moved_at=now, moves_count=1,
    )  # fmt: skip
    next_stage(case, "case.accept", owner=command_centre(), now=now)
    insert(case)
    insert(CaseReport(case=case, report=report, added_at=now))
    index_case(case, report)
    record_move(case, "collect", before="", by=report.entered_by, now=now, channel=report.channel)
    return case


def _next_number(day: date) -> str:
    """26-1122-0375: short enough to say on the telephone, in the order of the day."""
    return f"{day:%y-%m%d}-{count_up(DayNumbers, counter='last', day=day):04d}"


def title_of(report: Report) -> str:
    """What a case is called until its type is known: what the reporter chose, else wrote."""
    if report.problem_type:
        return report.problem_type.name
    if report.category:
        return report.category.name
    first_line = report.text.strip().splitlines()[0] if report.text.strip() else ""
    return first_line[:30] or _("待看照片定类")
