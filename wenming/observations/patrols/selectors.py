"""Asking about patrols: whose turn it is, how far each walk is, what was seen, how much of what was due was walked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
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


def item_results(items: Iterable[tuple[str, str]], focus_code: str, since: date, until: date) -> list[ItemResult]:
    """A line for each item, by its key through all versions of the checklist. items: (key, words)."""
    answers = PointAnswer.objects.filter(look__in=looks_of(focus_code, since, until).order_by().values("pk"))
    found: dict[str, dict[str, int]] = {}
    for row in answers.values("item__key", "answer").annotate(times=Count("pk")).order_by():
        found.setdefault(row["item__key"], {})[row["answer"]] = row["times"]
    return [
        ItemResult(key, words, {answer: found.get(key, {}).get(answer, 0) for answer in Answer.values})
        for key, words in items
    ]


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
    """{focus: its coverage}, in four statements however many plans there are. Formula: walked ÷ (turns − still in time)."""
    plans = list(PatrolPlan.objects.filter(Q(ended_at=None) | _between("ended_at", since, until)))
    last = dict(Patrol.objects.exclude(finished_at=None).values("plan").annotate(at=Max("finished_at")).values_list("plan", "at"))
    walks = Patrol.objects.filter(turn_on__gte=since, turn_on__lte=until).exclude(duty__state="withdrawn")
    counted: Any = walks.values("plan__focus_code").annotate(
        walked=Count("pk", filter=~Q(finished_at=None)),
        punctual=Count("pk", filter=Q(duty__answered_on_time=True)),
        open=Count("pk", filter=NOT_OVER),
        overdue=Count("pk", filter=NOT_OVER & Q(duty__due_at__lt=now)),
    )
    facts = {row.pop("plan__focus_code"): row for row in counted.order_by()}
    points = PatrolPoint.objects.filter(patrol__in=walks.values("pk")).values("patrol__plan__focus_code")
    seen = Exists(PointLook.objects.filter(point=OuterRef("pk")))
    stood = {
        row["patrol__plan__focus_code"]: (row["all"], row["seen"])
        for row in points.annotate(all=Count("pk"), seen=Count("pk", filter=seen)).order_by()
    }
    of_focus = {code: [plan for plan in plans if plan.focus_code == code] for code in {p.focus_code for p in plans} | facts.keys()}
    return {
        code: _coverage(own, last, facts.get(code, {}), stood.get(code, (0, 0)), since, until, now)
        for code, own in of_focus.items()
    }


def _coverage(
    plans: Sequence[PatrolPlan], last: Mapping[int, datetime], facts: Mapping[str, int], points: tuple[int, int], since: date,
    until: date, now: datetime,
) -> Coverage:  # fmt: skip
    live = [plan for plan in plans if plan.ended_at is None]
    return Coverage(
        plans=len(live), fresh=sum(is_fresh(plan, last.get(plan.pk), now) for plan in live),
        turns=sum(turns_of(plan, since, until, now) for plan in plans), points=points[0], seen=points[1], **facts,
    )  # fmt: skip


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
