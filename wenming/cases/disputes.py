"""Asking about disputes of ownership: which wait, what each side said, what the matrix and practice say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, QuerySet

from wenming.organisations.models import Account, Unit
from wenming.responsibilities.models import Duty
from wenming.responsibilities.rules.duty import DutyState

from .models import Arbitration, Case, CaseMove, Dispute
from .rules.lifecycle import State
from .selectors import Suggestion, cases_visible_to, moves_of, suggestion

LIKE_WINDOW = timedelta(days=90)
# A town's own practice says more than the city's, once there is some.
FEWEST_OF_A_TOWN = 5
MOST_UNITS = 5
RETURNS = ("hand_back", "contest")


@dataclass(frozen=True)
class Closed:
    """How many like cases one unit closed lately."""

    unit: Unit
    cases: int
    percent: int


@dataclass(frozen=True)
class Practice:
    """Who closed the like cases of the last ninety days, most first; `where` is the town's name, "" for the city."""

    lines: list[Closed]
    all: int
    where: str


@dataclass(frozen=True)
class BothSides:
    """All that the office reads before it rules."""

    dispute: Dispute
    said: list[CaseMove]
    answer: Suggestion | None
    practice: Practice


def waiting_disputes(user: Account | AnonymousUser) -> QuerySet[Dispute]:
    """Disputes that nobody has ruled on, the oldest first, of cases that this person may see."""
    waiting = Dispute.objects.filter(arbitration=None, case__state=State.DISPUTED)
    return waiting.filter(case__in=cases_visible_to(user).filter(state=State.DISPUTED)).select_related(
        "case__placement__town", "case__placement__community", "case__placement__grid", "case__problem_type__scheme",
        "case__duty__calendar", "case__duty__schedule", "by_unit", "named", "matrix_unit",
    )  # fmt: skip


def rulings(user: Account | AnonymousUser) -> QuerySet[Arbitration]:
    """What was ruled, the newest first."""
    found = Arbitration.objects.filter(dispute__case__in=cases_visible_to(user))
    return found.select_related("unit", "by", "dispute__case", "dispute__by_unit", "dispute__named").order_by("-at", "-pk")


def open_dispute(case: Case) -> Dispute | None:
    """The dispute that keeps the case from being dispatched."""
    if case.state != State.DISPUTED:
        return None
    return case.disputes.filter(arbitration=None).select_related("by_unit", "named", "matrix_unit").last()


def binding_ruling(case: Case) -> Arbitration | None:
    """The ruling that keeps the unit that holds the case from returning it; None where there is none."""
    newest = Arbitration.objects.filter(dispute__case=case).select_related("unit").order_by("-at", "-pk").first()
    return newest if newest and newest.unit_id == case.unit_id else None


def returns_of(case: Case) -> QuerySet[CaseMove]:
    """Every return of the case, ruled on or not."""
    return case.moves.filter(act__in=RETURNS)


def earlier_handling(case: Case, unit: Unit) -> Duty | None:
    """The unit's own handling of this case that its return had ended; what a ruling can take up again."""
    held = Duty.objects.filter(subject=case.key, kind="case.handle", owner=unit, state=DutyState.WITHDRAWN)
    return held.order_by("-started_at", "-pk").first()


def both_sides(dispute: Dispute, now: datetime) -> BothSides:
    """Why it was dispatched and returned, in order; the matrix's answer as of now, and who closed the like."""
    case = dispute.case
    said = [move for move in moves_of(case) if move.act in {"dispatch", "arbitrate", *RETURNS}]
    return BothSides(dispute, said, suggestion(case, now), practice_in(case, now))


def practice_in(case: Case, now: datetime) -> Practice:
    """Who closed the like cases: in the same town where there are enough of them, else in the whole city."""
    if case.problem_type_id is None:
        return Practice([], 0, "")
    like = Case.objects.filter(problem_type=case.problem_type_id, state=State.CLOSED, closed_at__gte=now - LIKE_WINDOW)
    like = like.exclude(unit=None)
    town = case.placement.town
    if town and like.filter(town_code=case.town_code)[:FEWEST_OF_A_TOWN].count() == FEWEST_OF_A_TOWN:
        return _counted(like.filter(town_code=case.town_code), town.short_name)
    return _counted(like, "")


def _counted(like: QuerySet[Case], where: str) -> Practice:
    rows = list(like.order_by().values_list("unit").annotate(times=Count("pk")).order_by("-times", "unit"))
    whole = sum(times for _unit, times in rows)
    units = Unit.objects.in_bulk([unit for unit, _times in rows[:MOST_UNITS]])
    lines = [Closed(units[unit], times, round(100 * times / whole)) for unit, times in rows[:MOST_UNITS]]
    return Practice(lines, whole, where)
