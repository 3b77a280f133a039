"""Which cases may be the same problem as this one: found by an index of places, ordered by `rules/likeness.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import QuerySet

from wenming.territory.models import Placement
from wenming.territory.rules.geometry import box_around, distance_m

from .models import Case, CaseReport
from .rules.lifecycle import UNDER_WAY
from .rules.likeness import Bare, Candidate, Sighting, contenders, scores, words_of

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
    around = compared(case, among=among, at_most=at_most)
    points = scores(around.one, around.candidates)
    best = sorted(zip(around.cases, around.candidates, points, strict=True), key=lambda each: -each[2])[:at_most]
    cases = Case.objects.in_bulk([near_by.pk for near_by, _candidate, _score in best])
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


def compared(case: Case, *, among: QuerySet[Case], at_most: int | None = None) -> Compared:
    """What lies near in place and time: two indexed questions, however many cases the city has.

    at_most: only those who may come among the first so many, of whom alone the words are read.
    """
    point = case.placement.point
    if point is None:
        return Compared(Sighting(0.0, None, frozenset(), frozenset()), [], [])
    one = NearBy(case.pk, case.opened_at, case.closed_at, case.problem_type_id, *point, case.placement.address)
    far = [(distance_m(point, (other.longitude, other.latitude)), other.pk, other) for other in _around(one, among)]
    # The database cuts a box, the circle is cut here.
    others = sorted(each for each in far if each[0] <= NEAR_M)[:MOST_COMPARED]
    known = [Bare(_hour(other), other.kind, metres, _open_together(one, other)) for metres, _pk, other in others]
    kept = contenders(_hour(one), one.kind, known, at_most=at_most) if at_most else range(len(known))
    cases = [others[place][2] for place in kept]
    words = _words([one, *cases])
    candidates = [
        Candidate(_sighting(other, words), known[place].metres, known[place].open_together)
        for place, other in zip(kept, cases, strict=True)
    ]
    return Compared(_sighting(one, words), cases, candidates)


def _around(one: NearBy, among: QuerySet[Case]) -> list[NearBy]:
    west, south, east, north = box_around(one.longitude, one.latitude, NEAR_M)
    places = Placement.objects.filter(latitude__range=(south, north), longitude__range=(west, east)).values("pk")
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
    return [NearBy(*row) for row in rows]  # type: ignore[arg-type]  # what lies in the box has both coordinates


def _words(cases: Sequence[NearBy]) -> dict[int, frozenset[str]]:
    """{case: the words of its first report}."""
    texts = CaseReport.objects.filter(case__in=[each.pk for each in cases]).order_by("-report__received_at")
    return {pk: words_of(text) for pk, text in dict(texts.values_list("case_id", "report__text")).items()}


def _sighting(each: NearBy, words: dict[int, frozenset[str]]) -> Sighting:
    return Sighting(
        hour=_hour(each),
        kind=each.kind,
        words=words.get(each.pk, frozenset()),
        address=words_of(each.address),
    )


def _hour(each: NearBy) -> float:
    return each.opened_at.timestamp() / 3600


def _open_together(one: NearBy, other: NearBy) -> bool:
    """The earlier was not done yet when the later came."""
    earlier, later = sorted((one, other), key=lambda each: each.opened_at)
    return earlier.closed_at is None or earlier.closed_at >= later.opened_at


def _hint(case: Case, other: Case, candidate: Candidate, score: float) -> MergeHint:
    same = case.problem_type_id is not None and case.problem_type_id == other.problem_type_id
    return MergeHint(other, candidate.metres, abs(case.opened_at - other.opened_at), same, score)
