"""Asking about patrols: whose turn it is, how far each walk is, what was seen, how much of what was due was walked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.utils import timezone

from wenming.organisations.models import Account
from wenming.organisations.selectors import sees_whole_city

from ..models import Patrol, PatrolPlan, PatrolPoint, PointAnswer, PointLook
from ..models.patrols import Answer, Seen
from ..rules.turns import turns_between

NOT_OVER = Q(finished_at=None, duty__ended_at=None)


def plans_visible_to(user: Account | AnonymousUser) -> QuerySet[PatrolPlan]:
    """All plans, for those who read the focus pages."""
    if not isinstance(user, Account) or not user.may("focus.see"):
        return PatrolPlan.objects.none()
    return PatrolPlan.objects.select_related("unit").order_by("ended_at", "focus_code", "area_code")


def patrols_visible_to(user: Account | AnonymousUser) -> QuerySet[Patrol]:
    """Everybody's walks for those who read the focus pages; for those on the street their own unit's and those below."""
    if not isinstance(user, Account) or not user.is_active:
        return Patrol.objects.none()
    patrols = Patrol.objects.select_related("plan__unit", "edition", "duty__calendar", "duty__schedule")
    if sees_whole_city(user) and user.may("focus.see"):
        return patrols
    return patrols.filter(plan__unit__path__startswith=user.unit.path) if user.may("cases.verify") else patrols.none()


def patrols_to_do(user: Account) -> QuerySet[Patrol]:
    """The walks that this person's unit has still to do, the most urgent first, each with how many points were seen."""
    ours = patrols_visible_to(user).filter(NOT_OVER, plan__unit__path__startswith=user.unit.path)
    return with_progress(ours).order_by("duty__due_at", "pk")


def with_progress(patrols: QuerySet[Patrol]) -> QuerySet[Patrol]:
    """Each with `seen_count`, how many of its points somebody has looked at."""
    looked = Count("points", filter=Exists(PointLook.objects.filter(point=OuterRef("points"))), distinct=True)
    return patrols.annotate(seen_count=looked)


def points_of(patrol: Patrol) -> list[PatrolPoint]:
    """The points in the order proposed, with their looks and answers, in four statements."""
    points = patrol.points.select_related("placement__town", "placement__community")
    return list(points.prefetch_related("looks__by", "looks__answers__item", "looks__answers__report").order_by("position"))


def looks_of(focus_code: str, since: date, until: date) -> QuerySet[PointLook]:
    """What was seen for a focus in a period, both days counted; the newest first."""
    looks = PointLook.objects.filter(_between("at", since, until), point__patrol__plan__focus_code=focus_code)
    return looks.select_related("point__patrol__plan", "point__placement__town").order_by("-at", "-pk")


@dataclass(frozen=True)
class ItemResult:
    """How often an item of the checklist was answered how; share_percent of those to which it applied."""

    key: str
    words: str
    counts: Mapping[str, int]

    @property
    def share_percent(self) -> float | None:
        applied = self.counts[Answer.PASS] + self.counts[Answer.FAIL]
        return round(100 * self.counts[Answer.PASS] / applied, 1) if applied else None


@dataclass(frozen=True)
class Results:
    """What looks came to: {how it was seen: how often}, and a line for each item of the checklist."""

    seen: Mapping[str, int]
    items: Sequence[ItemResult]


def results_of(items: Iterable[tuple[str, str]], focus_code: str, since: date, until: date) -> Results:
    """Looks and answers of a focus in a period, both in one statement. items: (key, words), by key through all versions."""
    looks = looks_of(focus_code, since, until).order_by()
    answers = PointAnswer.objects.filter(look__in=looks.values("pk")).order_by()
    counted: Any = looks.values_list("seen", Value("")).annotate(times=Count("pk"))
    rows = counted.union(answers.values_list("item__key", "answer").annotate(times=Count("pk")), all=True)
    seen: dict[str, int] = {}
    found: dict[tuple[str, str], int] = {}
    for what, answer, times in rows:
        if answer:
            found[what, answer] = times
        else:
            seen[what] = times
    lines = [ItemResult(key, words, {each: found.get((key, each), 0) for each in Answer.values}) for key, words in items]
    return Results(seen, lines)


@dataclass(frozen=True)
class Coverage:
    """What of the walks that were due in a period was walked, and what was seen on them.

    plans: in force now; fresh: of them, walked whole within their own cycle. turns: that began in the period; walked,
    punctual, open, overdue: of their walks. Never how long or by whom.
    """

    plans: int = 0
    fresh: int = 0
    turns: int = 0
    walked: int = 0
    punctual: int = 0
    open: int = 0
    overdue: int = 0
    points: int = 0
    seen: int = 0

    @property
    def share_percent(self) -> float | None:
        """Of the turns that are over or walked; None where none was due."""
        due = self.turns - (self.open - self.overdue)
        return round(100 * min(self.walked, due) / due, 1) if due > 0 else None


def coverage_by_focus(since: date, until: date, now: datetime) -> dict[str, Coverage]:
    """{focus: its coverage}, in one statement however many plans there are. Formula: walked ÷ (turns − still in time)."""
    due = Q(patrols__turn_on__gte=since, patrols__turn_on__lte=until) & ~Q(patrols__duty__state="withdrawn")
    not_over = due & Q(patrols__finished_at=None, patrols__duty__ended_at=None)
    seen = PointLook.objects.filter(point=OuterRef("pk"))
    points = PatrolPoint.objects.filter(Exists(seen), patrol=OuterRef("patrols")).order_by().values("patrol")
    plans: Any = PatrolPlan.objects.annotate(
        last=Max("patrols__finished_at"),
        walked=Count("patrols", filter=due & ~Q(patrols__finished_at=None)),
        punctual=Count("patrols", filter=due & Q(patrols__duty__answered_on_time=True)),
        open=Count("patrols", filter=not_over),
        overdue=Count("patrols", filter=not_over & Q(patrols__duty__due_at__lt=now)),
        points=Sum("patrols__points_count", filter=due, default=0),
        seen=Sum(Subquery(points.annotate(many=Count("pk")).values("many")), filter=due, default=0),
    )
    of_focus: dict[str, list[Any]] = {}
    for plan in plans.order_by("pk"):
        of_focus.setdefault(plan.focus_code, []).append(plan)
    return {code: _coverage(own, since, until, now) for code, own in of_focus.items()}


def _coverage(plans: Sequence[Any], since: date, until: date, now: datetime) -> Coverage:
    """plans: with what was counted of their walks."""
    live = [plan for plan in plans if plan.ended_at is None]
    in_force = [plan for plan in plans if plan.ended_at is None or since <= timezone.localdate(plan.ended_at) <= until]
    counted = {name: sum(getattr(plan, name) for plan in plans) for name in _COUNTED}
    return Coverage(
        plans=len(live), fresh=sum(is_fresh(plan, plan.last, now) for plan in live),
        turns=sum(turns_of(plan, since, until, now) for plan in in_force), **counted,
    )  # fmt: skip


_COUNTED = ("walked", "punctual", "open", "overdue", "points", "seen")


def turns_of(plan: PatrolPlan, since: date, until: date, now: datetime) -> int:
    """How many turns of the plan began in the period, as long as it was in force."""
    last = min(until, timezone.localdate(plan.ended_at or now))
    return turns_between(plan.starts_on, plan.cycle_days, since, last)


def is_fresh(plan: PatrolPlan, walked_at: datetime | None, now: datetime) -> bool:
    """Whether its last whole walk lies within its own cycle."""
    return walked_at is not None and now - walked_at <= timedelta(days=plan.cycle_days)


def last_walks(plans: Iterable[PatrolPlan]) -> dict[int, datetime]:
    """{plan: when it was last walked whole}."""
    walked = Patrol.objects.filter(plan__in=list(plans)).exclude(finished_at=None)
    return {row["plan"]: row["at"] for row in walked.values("plan").annotate(at=Max("finished_at")).order_by()}


def seen_words() -> dict[str, str]:
    return {value: str(label) for value, label in Seen.choices}


def _between(column: str, since: date, until: date) -> Q:
    start = timezone.make_aware(datetime.combine(since, time()))
    end = timezone.make_aware(datetime.combine(until + timedelta(days=1), time()))
    return Q(**{f"{column}__gte": start, f"{column}__lt": end})
