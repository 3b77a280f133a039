"""Which cases may be the same problem as this one: found by an index of places, ordered by `rules/likeness.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import QuerySet

from wenming.observations.models import Report
from wenming.territory.rules.geometry import distance_m
from wenming.territory.selectors import near

from .models import Case
from .rules.lifecycle import UNDER_WAY
from .rules.likeness import Candidate, Sighting, scores, words_of

NEAR_M = 200.0
RECENT = timedelta(days=60)
# Merging many at once asks for more nearness than comparing two side by side.
ONE_PLACE_M = 150.0
# Around a busy corner; the nearest are kept.
MOST_COMPARED = 400


@dataclass(frozen=True)
class MergeHint:
    """A case that may be the same problem, and on what ground."""

    case: Case
    metres: float
    apart: timedelta
    same_type: bool
    score: float = 0.0


def merge_hints(case: Case, *, at_most: int = 5) -> list[MergeHint]:
    """Cases under way that may be the same problem, the likeliest first. Hints only: a person merges. 4.3, 4.5."""
    return look_alikes(case, among=Case.objects.filter(state__in=UNDER_WAY), at_most=at_most)


def look_alikes(case: Case, *, among: QuerySet[Case], at_most: int = 5) -> list[MergeHint]:
    """Of some cases those near in place and time, the likeliest to be the same problem first."""
    around = compared(case, among=among)
    points = scores(around.one, around.candidates)
    best = sorted(zip(around.cases, around.candidates, points, strict=True), key=lambda each: -each[2])[:at_most]
    whole = Case.objects.select_related("placement__town", "placement__community", "problem_type", "unit")
    cases = whole.in_bulk([near_by.pk for near_by, _candidate, _score in best])
    return [_hint(case, cases[near_by.pk], candidate, score) for near_by, candidate, score in best]


class NearBy(NamedTuple):
    """What of a case near by is needed to compare it: whole cases would be read for a handful that is shown."""

    pk: int
    opened_at: datetime
    closed_at: datetime | None
    kind: int | None
    longitude: float
    latitude: float
    address: str


@dataclass(frozen=True)
class Compared:
    """A case and those around it, as the rule sees them; whoever learns or checks the weights starts from here."""

    one: Sighting
    cases: Sequence[NearBy]
    candidates: Sequence[Candidate]


def compared(case: Case, *, among: QuerySet[Case]) -> Compared:
    """What lies near in place and time: two indexed questions, however many cases the city has."""
    point = case.placement.point
    if point is None:
        return Compared(Sighting(0.0, None, frozenset(), frozenset()), [], [])
    one = NearBy(case.pk, case.opened_at, case.closed_at, case.problem_type_id, *point, case.placement.address)
    metres = {other: distance_m(point, (other.longitude, other.latitude)) for other in _around(one, among)}
    others = sorted(metres, key=lambda other: (metres[other], other.pk))[:MOST_COMPARED]
    words = _words([one, *others])
    candidates = [Candidate(_sighting(other, words), metres[other], _open_together(one, other)) for other in others]
    return Compared(_sighting(one, words), others, candidates)


def _around(one: NearBy, among: QuerySet[Case]) -> list[NearBy]:
    places = near(one.longitude, one.latitude, NEAR_M).order_by().values("pk")
    found = among.filter(placement__in=places, opened_at__range=(one.opened_at - RECENT, one.opened_at + RECENT))
    rows = found.exclude(pk=one.pk).values_list(
        "pk",
        "opened_at",
        "closed_at",
        "problem_type",
        "placement__longitude",
        "placement__latitude",
        "placement__address",
    )
    return [NearBy(*row) for row in rows]  # type: ignore[arg-type]  # what near() finds has both coordinates


def _words(cases: Sequence[NearBy]) -> dict[int, frozenset[str]]:
    """{case: the words of its first report}."""
    texts = Report.objects.filter(case_report__case__in=[each.pk for each in cases]).order_by("-received_at")
    return {pk: words_of(text) for pk, text in texts.values_list("case_report__case", "text")}


def _sighting(each: NearBy, words: dict[int, frozenset[str]]) -> Sighting:
    return Sighting(
        hour=each.opened_at.timestamp() / 3600,
        kind=each.kind,
        words=words.get(each.pk, frozenset()),
        address=words_of(each.address),
    )


def _open_together(one: NearBy, other: NearBy) -> bool:
    """The earlier was not done yet when the later came."""
    earlier, later = sorted((one, other), key=lambda each: each.opened_at)
    return earlier.closed_at is None or earlier.closed_at >= later.opened_at


def _hint(case: Case, other: Case, candidate: Candidate, score: float) -> MergeHint:
    same = case.problem_type_id is not None and case.problem_type_id == other.problem_type_id
    return MergeHint(other, candidate.metres, abs(case.opened_at - other.opened_at), same, score)
