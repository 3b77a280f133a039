"""大家的上报: what was reported and solved, for everybody, without leading anybody to whoever reported it (T6).

A case appears a day after closing at the earliest, and only when nobody who reported it wished otherwise. Its place is
a cell at least 200 m wide, made wider until it holds five known addresses; where none is wide enough, it is only a town.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from wenming.cases.models import Case
from wenming.cases.selectors import cover_photos, public_cases
from wenming.desks.common.photos import SMALL, photo_url
from wenming.evidence.models import Exhibit, Role
from wenming.evidence.selectors import exhibits_of_many
from wenming.standards.models import PublicCategory
from wenming.territory.coarse import Point, coarse_points
from wenming.territory.models import Area


@dataclass(frozen=True)
class PublicCase:
    """One solved case as everybody may see it. Nothing in it is finer than its town and its cell."""

    title: str
    town: str
    point: Point | None
    took: timedelta
    closed_at: datetime
    before: dict[str, str] | None
    after: dict[str, str] | None

    @property
    def at_once(self) -> bool:
        """Settled by whoever found it: no time passed that anybody could have waited."""
        return self.took < timedelta(minutes=1)

    @property
    def has_pair(self) -> bool:
        return self.before is not None and self.after is not None


def shown_to_everybody(
    now: datetime, *, town: Area | None = None, category: PublicCategory | None = None
) -> QuerySet[Case]:
    """The public cases of one town, of one kind, or all; the newest first."""
    cases = public_cases(now)
    if town:
        cases = cases.filter(town_code=town.code)
    return cases.filter(problem_type__public_category=category) if category else cases


def without_traces(cases: Sequence[Case]) -> list[PublicCase]:
    """A page of cases as everybody may see them, in five queries however many they are."""
    befores = cover_photos(cases)
    afters = exhibits_of_many("case", [case.number for case in cases])
    points = coarse_points([case.placement.point for case in cases])
    return [
        PublicCase(
            title=case.title, town=case.placement.town.short_name if case.placement.town else "", point=point,
            took=(case.closed_at or case.opened_at) - case.opened_at, closed_at=case.closed_at or case.opened_at,
            before=_small(befores.get(case.pk), case.title),
            after=_small(next((e for e in afters.get(case.number, []) if e.role == Role.AFTER), None), case.title),
        )
        for case, point in zip(cases, points, strict=True)
    ]  # fmt: skip


def _small(exhibit: Exhibit | None, title: str) -> dict[str, str] | None:
    """Only the 320 px copy: as long as faces and plates are not covered, nothing larger is shown to everybody."""
    return {"url": photo_url(exhibit, SMALL), "alt": title} if exhibit else None
