"""Asking about disputes of ownership: which wait, what each side said, what the matrix and practice say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, F, QuerySet

from wenming.organisations.models import Account, Unit
from wenming.responsibilities.models import Duty
from wenming.responsibilities.rules.duty import DutyState

from .models import Arbitration, Case, CaseMove, Dispute
from .rules.lifecycle import State
from .selectors import Suggestion, cases_visible_to, moves_of_many, suggestions

LIKE_WINDOW = timedelta(days=90)
# A town's own practice says more than the city's, once there is some.
FEWEST_OF_A_TOWN = 5
MOST_UNITS = 5
RETURNS = ("hand_back", "contest")
SAID = frozenset({"dispatch", "give_to_body", "arbitrate", *RETURNS})


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


def both_sides(disputes: Sequence[Dispute], now: datetime) -> list[BothSides]:
    """Of each why it was dispatched and returned, in order; the matrix's answer as of now, and who closed the like."""
    cases = [each.case for each in disputes]
    stories, practice = moves_of_many(cases), practices_in(cases, now)
    typed = [(case, case.problem_type) for case in cases if case.problem_type]
    answers = {case.pk: answer for (case, _kind), answer in zip(typed, suggestions(typed, now), strict=True)}
    return [
        BothSides(each, [move for move in stories[each.case_id] if move.act in SAID], answers.get(each.case_id), practice[each.case_id])
        for each in disputes
    ]


def practices_in(cases: Sequence[Case], now: datetime) -> dict[int, Practice]:
    """{case: who closed the like}: in the same town where there are enough of them, else in the whole city."""
    kinds = {case.problem_type_id for case in cases if case.problem_type_id}
    # From the units' side, so that they come along: one for each type and town in which they closed something.
    closed = Unit.objects.filter(cases__problem_type__in=kinds, cases__state=State.CLOSED, cases__closed_at__gte=now - LIKE_WINDOW)
    told: Any = closed.order_by().annotate(of_type=F("cases__problem_type"), in_town=F("cases__town_code"), times=Count("cases"))
    rows = [(unit.of_type, unit.in_town, unit, unit.times) for unit in told]
    return {case.pk: _practice(case, rows) for case in cases}


def _practice(case: Case, rows: Iterable[tuple[int, str, Unit, int]]) -> Practice:
    whole, here = Counter[Unit](), Counter[Unit]()
    for kind, town_code, unit, times in rows:
        if kind == case.problem_type_id:
            whole[unit] += times
            here[unit] += times if town_code == case.town_code else 0
    town = case.placement.town
    if town and here.total() >= FEWEST_OF_A_TOWN:
        return _counted(here, town.short_name)
    return _counted(whole, "")


def _counted(closed: Counter[Unit], where: str) -> Practice:
    most = sorted(((unit, times) for unit, times in closed.items() if times), key=lambda row: (-row[1], row[0].pk))[:MOST_UNITS]
    lines = [Closed(unit, times, round(100 * times / closed.total())) for unit, times in most]
    return Practice(lines, closed.total(), where)
