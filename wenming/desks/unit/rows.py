"""Duties and cases as lines of a list: what it is, what is asked, what is left of the time, where it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from wenming.cases.models import Case, Support
from wenming.cases.rules.lifecycle import State
from wenming.cases.selectors import cover_photos
from wenming.evidence.models import Exhibit
from wenming.responsibilities.models import Duty, DutyMove
from wenming.responsibilities.rules.duty import DutyState
from wenming.responsibilities.rules.ladder import DEFAULT_LADDER
from wenming.responsibilities.selectors import time_left

from .kinds import Kind, kind_of

CASE_KEY = "case:"
PART = "case.support"
CLOCK_RUNS = frozenset({State.DISPATCHED, State.SUSPENDED})
RUNGS = {rung.name: rung.label for rung in DEFAULT_LADDER if not isinstance(rung.after, float)}


def number_in(subject: str) -> str:
    """The number of the case that a duty or notice is about; "" when it is about something else."""
    return subject.removeprefix(CASE_KEY) if subject.startswith(CASE_KEY) else ""


class RunsOnADuty:
    """What `{% clock %}` and the groups ask of a line: the clock of its duty, if it has one."""

    duty: Duty | None
    now: datetime

    @property
    def due_at(self) -> datetime | None:
        return self.duty.due_at if self.duty else None

    @property
    def warn_at(self) -> datetime | None:
        return self.duty.warn_at if self.duty else None

    @property
    def paused(self) -> bool:
        return self.duty is not None and self.duty.paused_at is not None

    @property
    def left(self) -> timedelta | None:
        """Remaining working time while the clock runs and is not over."""
        if self.duty is None or self.paused or self.now > self.duty.due_at:
            return None
        return time_left(self.duty, self.now)


@dataclass(frozen=True)
class DutyRow(RunsOnADuty):
    """One duty of the unit, with its case when it has one."""

    duty: Duty
    now: datetime
    case: Case | None = None
    cover: Exhibit | None = None
    sent_back: str = ""
    part: str = ""

    def __str__(self) -> str:
        return self.duty.title

    @property
    def pk(self) -> int:
        return self.duty.pk

    @property
    def kind(self) -> Kind:
        return kind_of(self.duty.kind)

    @property
    def url(self) -> str:
        if self.case is not None:
            return reverse("unit:case", args=[self.case.number])
        return reverse("unit:duty", args=[self.duty.pk])

    @property
    def asks(self) -> str | Promise:
        """What is asked, the verifier's reason first when it came back."""
        if self.duty.state == DutyState.RETURNED:
            return _("返工：%(why)s") % {"why": self.sent_back or _("没有解决")}
        if self.part:
            return self.part
        rule = self.case.establish_rule if self.case and self.duty.kind == "case.handle" else None
        return _("%(goal)s，附处理后照片") % {"goal": rule.close_condition} if rule else self.kind.asks

    @property
    def source(self) -> str | Promise:
        return self.case.get_channel_display() if self.case else self.kind.name

    @property
    def rung(self) -> str:
        """催办 or 督办, once it has come so far."""
        return _(RUNGS[self.duty.rung]) if self.duty.rung in RUNGS else ""


@dataclass(frozen=True)
class CaseRow(RunsOnADuty):
    """One case of the unit, whoever holds it now; the clock shown is the unit's own."""

    case: Case
    now: datetime
    cover: Exhibit | None = None

    def __str__(self) -> str:
        return self.case.number

    @property
    def duty(self) -> Duty | None:  # type: ignore[override]
        return self.case.handling if self.case.state in CLOCK_RUNS else None

    @property
    def state_words(self) -> str:
        return str(self.case.get_state_display())

    @property
    def status(self) -> str:
        """go, done or hold; late and soon are said by the clock."""
        if self.case.state == State.CLOSED:
            return "done"
        return "hold" if self.case.ended or self.case.state == State.SUSPENDED else "go"


def duty_rows(duties: Sequence[Duty], now: datetime) -> list[DutyRow]:
    """Lines for a page of duties: five queries however many they are."""
    numbers = [number for number in (number_in(duty.subject) for duty in duties) if number]
    cases = {case.number: case for case in _with_words(numbers)}
    covers = cover_photos(list(cases.values()))
    returned = _reasons([duty for duty in duties if duty.state == DutyState.RETURNED])
    parts = _parts([duty for duty in duties if duty.kind == PART])
    found = [(duty, cases.get(number_in(duty.subject))) for duty in duties]
    return [
        DutyRow(duty, now, case, covers.get(case.pk) if case else None, returned.get(duty.pk, ""), parts.get(duty.pk, ""))
        for duty, case in found
    ]


def case_rows(cases: Sequence[Case], now: datetime) -> list[CaseRow]:
    """Lines for a page of cases, photographs included, in two queries."""
    covers = cover_photos(cases)
    return [CaseRow(case, now, covers.get(case.pk)) for case in cases]


def with_clocks(cases: Sequence[Case]) -> Sequence[Case]:
    """The same cases; those whose clock is shown have their duty, calendar and hours with them, in one query."""
    running = [case for case in cases if case.state in CLOCK_RUNS]
    prefetch_related_objects(running, Prefetch("handling", Duty.objects.select_related("calendar", "schedule")))
    return cases


def _with_words(numbers: Sequence[str]) -> Any:
    return Case.objects.filter(number__in=numbers).select_related("placement__town", "establish_rule")


def _parts(duties: Sequence[Duty]) -> Mapping[int, str]:
    """{duty: what is asked} of the parts of others' cases (协办) among them."""
    return dict(Support.objects.filter(duty__in=duties).values_list("duty", "asks")) if duties else {}


def _reasons(duties: Sequence[Duty]) -> Mapping[int, str]:
    """{duty: why it came back last}."""
    moves = DutyMove.objects.filter(duty__in=duties, act="send_back").order_by("at", "pk") if duties else []
    return {move.duty_id: move.reason for move in moves}
