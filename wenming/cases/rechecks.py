"""Asking about blind re-checks: what could be drawn, who had to do with a case, what the findings say, whose turn it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from wenming.organisations.models import Account
from wenming.organisations.selectors import sees_whole_city

from .models import Case, CaseMove, Recheck, RecheckDraw, Verification
from .models.rechecks import AGAIN, UNSEEN, UNSOLVED
from .rules.lifecycle import State
from .rules.rechecks import Quarter, Tally, city_share
from .selectors import GIVEN_TO_A_UNIT


def closed_in(quarter: Quarter) -> QuerySet[Case]:
    """The cases closed in a quarter after a verification here: neither settled by their finder nor closed elsewhere."""
    closed = CaseMove.objects.filter(case=OuterRef("pk"), act__in=("close", "reinspect"))
    return Case.objects.filter(
        Exists(closed), state=State.CLOSED, closed_at__gte=_midnight(quarter.first_day),
        closed_at__lt=_midnight(quarter.following.first_day),
    )  # fmt: skip


def involved_in(cases: Sequence[Case]) -> dict[int, frozenset[str]]:
    """{case: where in the tree everybody stands who handled or judged it}, in two statements."""
    found: dict[int, set[str]] = {case.pk: set() for case in cases}
    handled = CaseMove.objects.filter(case__in=cases, act__in=GIVEN_TO_A_UNIT, unit__isnull=False)
    judged = Verification.objects.filter(case__in=cases)
    for rows in (handled.values_list("case", "unit__path"), judged.values_list("case", "by_unit__path")):
        for case, path in rows:
            found[case].add(path)
    return {case: frozenset(paths) for case, paths in found.items()}


def rechecks_visible_to(user: Account) -> QuerySet[Recheck]:
    """Everybody's for those who oversee the whole city; else those that one's own unit, or one below it, looks at."""
    rechecks = Recheck.objects.select_related("case__placement__town", "case__establish_rule", "unit", "duty", "draw")
    if sees_whole_city(user) and user.may("cases.oversee"):
        return rechecks
    return rechecks.filter(unit__path__startswith=user.unit.path)


def rechecks_to_do(user: Account) -> QuerySet[Recheck]:
    """What this person's unit has still to look at, the most urgent first."""
    ours = Recheck.objects.filter(unit__path__startswith=user.unit.path, finding=None)
    related = ("case__placement__town", "case__establish_rule", "duty__calendar", "duty__schedule", "draw")
    return ours.select_related(*related).order_by("duty__due_at", "pk")


@dataclass(frozen=True)
class Drawn:
    """One draw and what it has brought."""

    draw: RecheckDraw
    tally: Tally


def draws_of(quarter: Quarter) -> dict[str, Drawn]:
    """{town: its draw of that quarter}, in one statement."""
    rows = RecheckDraw.objects.filter(first_day=quarter.first_day).annotate(
        checked=Count("rechecks", filter=Q(rechecks__finding__isnull=False) & ~Q(rechecks__finding__found=UNSEEN)),
        wrong=Count("rechecks", filter=Q(rechecks__finding__found=UNSOLVED)),
        again=Count("rechecks", filter=Q(rechecks__finding__found=AGAIN)),
        unseen=Count("rechecks", filter=Q(rechecks__finding__found=UNSEEN)),
    )
    return {
        row.town_code: Drawn(row, Tally(row.population, row.size, row.checked, row.wrong, row.again, row.unseen))
        for row in rows
    }


def shares_until(day: date) -> tuple[Quarter, dict[str, Tally], tuple[float, float, float] | None] | None:
    """(quarter, {town: tally}, the city's share) of the newest quarter drawn that ended by that day; None before any."""
    newest = RecheckDraw.objects.filter(first_day__lte=Quarter.of(day).first_day).order_by("-first_day").first()
    if newest is None:
        return None
    quarter = Quarter.of(newest.first_day)
    tallies = {town: one.tally for town, one in draws_of(quarter).items()}
    return quarter, tallies, city_share(list(tallies.values()))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day))
