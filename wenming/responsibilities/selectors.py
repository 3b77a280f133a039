"""Asking who owes what, and who answers for a point, a moment and a matter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Q, QuerySet

from wenming.organisations.models import Account, Unit
from wenming.organisations.selectors import sees_whole_city
from wenming.standards.models import ProblemType

from .models import Duty, MatrixEntry, Notice, RoleHolding
from .models.duties import OPEN_STATES
from .rules import clock, matrix
from .rules.duty import DutyState


def duties_visible_to(user: Account | AnonymousUser) -> QuerySet[Duty]:
    """Everybody's for those who work for the whole city, else those of one's own unit and the units below it."""
    if not isinstance(user, Account) or not user.may("duties.see"):
        return Duty.objects.none()
    duties = Duty.objects.select_related("owner", "owed_to", "supervisor")
    if sees_whole_city(user):
        return duties
    return duties.filter(owner__in=Unit.objects.filter(path__startswith=user.unit.path))


def open_duties(duties: QuerySet[Duty]) -> QuerySet[Duty]:
    """Those that still want an answer, the most urgent first; suspended ones last."""
    wanted = duties.filter(ended_at=None, state__in=[*OPEN_STATES, DutyState.SUSPENDED])
    return wanted.order_by(F("paused_at").asc(nulls_first=True), "due_at")


def time_left(duty: Duty, now: datetime) -> timedelta:
    """What is left on the duty's own clock, in working time where it runs on working time; negative once overdue.

    For lists, select `calendar` and `schedule` along with the duty.
    """
    return clock.remaining(now, duty.due_at, duty.limit, duty.calendar.as_rule(), duty.schedule.as_rule())


def unread_notices(unit: Unit) -> QuerySet[Notice]:
    return Notice.objects.filter(unit=unit, read_at=None)


@dataclass(frozen=True)
class OnTime:
    """按时办结: how many duties came due and how many of them were answered in time. Formula: reference S6.

    counted leaves out what was withdrawn and what is still running within its limit.
    """

    counted: int
    on_time: int
    open_late: int

    @property
    def share_percent(self) -> float | None:
        """None when nothing came due: no figure is better than a made-up one."""
        return round(100 * self.on_time / self.counted, 1) if self.counted else None


def on_time(duties: QuerySet[Duty], *, now: datetime) -> OnTime:
    """The on-time figure of a set of duties at a moment."""
    due = duties.exclude(state=DutyState.WITHDRAWN)
    answered = due.exclude(answered_at=None)
    open_late = due.filter(answered_at=None, paused_at=None, due_at__lt=now).count()
    punctual = answered.filter(answered_on_time=True).count()
    return OnTime(answered.count() + open_late, punctual, open_late)


def matrix_on(day: date) -> list[matrix.MatrixRule]:
    """The lines of the matrix in force on a day, as rules."""
    return [entry.as_rule() for entry in MatrixEntry.objects.filter(_held(day))]


def role_holders_on(day: date) -> list[matrix.RoleHolder]:
    """Which unit played which role where on a day."""
    rows = RoleHolding.objects.filter(_held(day)).values_list("role", "town_code", "unit__code")
    return [matrix.RoleHolder(role, town, code) for role, town, code in rows]


def matter_of(problem_type: ProblemType) -> matrix.Matter:
    """A problem type as the matrix sees it."""
    return matrix.Matter(
        type_code=problem_type.full_code, kind=problem_type.kind, big_class=problem_type.big_code,
        do_roles=tuple(problem_type.do_roles), sup_roles=tuple(problem_type.sup_roles),
    )  # fmt: skip


def who_answers(problem_type: ProblemType, spot: matrix.Spot, on: date) -> matrix.Answer:
    """Exactly one accountable unit, or a finding that says why there is none (1.6, 7.5)."""
    return matrix.answer(matter_of(problem_type), spot, on, matrix_on(on), role_holders_on(on))


def _held(day: date) -> Q:
    return Q(valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gt=day))
