"""Finding black spots: once a day the cases of each kind are counted in squares, and what stands out is put forward."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import numpy as np
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from wenming.journal import services as journal
from wenming.standards.models import ProblemType
from wenming.territory import services as territory
from wenming.territory.models import Placement, Source
from wenming.territory.rules.coordinates import Datum
from wenming.territory.selectors import nearest_address
from wenming.territory.services import OutsideCity

from ..models import BlackSpot, Case, SpotMove
from ..rules.black_spots import PERIOD_DAYS, PERIODS_SEEN, Finding, History, Plane, findings
from ..rules.lifecycle import State
from ..rules.spot_life import ON_THE_REGISTER, SpotState

# Refused, void and merged cases are no further trouble at the place.
COUNTED = frozenset(State) - {State.NOT_ACCEPTED, State.VOID, State.MERGED}
MOST_NEW_A_DAY = 20
QUIET_AFTER_DISMISSAL = timedelta(days=180)
ALMOST_A_DAY = timedelta(hours=20)
# Four half-lives of the longest habit that counts.
MEMORY = timedelta(days=4 * 720)
DAY_S = 86_400


def find_spots_daily(now: datetime) -> int:
    """`find_spots` by the clock; a worker that was started anew does not count the same day again."""
    counted = BlackSpot.objects.filter(counted_at__gt=now - ALMOST_A_DAY).exists()
    return 0 if counted else find_spots(now)


def find_spots(now: datetime) -> int:
    """Put forward what stands out now and renew the counts of the register; how many spots are new. Policy: 4.5.

    A second run finds the same squares on the register and adds nothing.
    """
    plane = city_plane()
    told = _histories_by_type(plane, since=now - MEMORY)
    found = [(kind, finding) for kind, history in told for finding in findings(history, _day(now))]
    with transaction.atomic():
        # Two workers may count at once: the second waits here and finds the first one's spots on the register.
        ProblemType.objects.select_for_update().order_by("pk").first()
        _renew_counts(found, now)
        fresh = sorted(_not_known(found, now), key=lambda each: -each[1].expected)[:MOST_NEW_A_DAY]
        for kind, finding in fresh:
            _put_forward(kind, finding, plane, now)
    return len(fresh)


def histories() -> Iterator[tuple[str, History]]:
    """The city's cases of each kind, with the kind's name; for whoever judges the forecast."""
    names = dict(ProblemType.objects.values_list("pk", "name"))
    for kind, history in _histories_by_type(city_plane()):
        yield names[kind], history


def city_plane() -> Plane:
    """The squares of this city: their shape follows its latitude, to a tenth of a degree."""
    latitude = Placement.objects.exclude(latitude=None).order_by("pk").values_list("latitude", flat=True).first()
    return Plane(round(latitude, 1) if latitude is not None else 0.0)


def _day(moment: datetime) -> float:
    return moment.timestamp() / DAY_S


def _histories_by_type(plane: Plane, since: datetime | None = None) -> Iterator[tuple[int, History]]:
    told = Case.objects.filter(state__in=COUNTED, problem_type__isnull=False, placement__longitude__isnull=False)
    told = told.filter(opened_at__gte=since) if since else told
    rows: dict[int, list[tuple[float, float, float]]] = defaultdict(list)
    for kind, longitude, latitude, at in told.values_list(
        "problem_type", "placement__longitude", "placement__latitude", "opened_at"
    ).iterator(chunk_size=5000):
        assert longitude is not None and latitude is not None and kind is not None
        rows[kind].append((longitude, latitude, at.timestamp() / DAY_S))
    for kind, cases in sorted(rows.items()):
        table = np.array(cases)
        yield kind, History.of(plane.cells_of(table[:, 0], table[:, 1]), table[:, 2])


def _renew_counts(found: list[tuple[int, Finding]], now: datetime) -> None:
    by_place = {(kind, *finding.cell): finding for kind, finding in found}
    for spot in BlackSpot.objects.filter(state__in=ON_THE_REGISTER).select_for_update():
        finding = by_place.get((spot.problem_type_id, spot.cell_east, spot.cell_north))
        spot.periods = list(finding.periods) if finding else _counts(spot, now)
        spot.expected = finding.expected if finding else min(spot.expected, sum(spot.periods) / PERIODS_SEEN)
        spot.recurs, spot.emerges = (finding.recurs, finding.emerges) if finding else (False, False)
        spot.counted_at = now
        spot.save(update_fields=["periods", "expected", "recurs", "emerges", "counted_at"])


def _counts(spot: BlackSpot, now: datetime) -> list[int]:
    counts = [0] * PERIODS_SEEN
    since = now - timedelta(days=PERIOD_DAYS * PERIODS_SEEN)
    for at in cases_of_square(spot).filter(opened_at__gte=since, opened_at__lt=now).values_list("opened_at", flat=True):
        counts[-1 - (now - at).days // PERIOD_DAYS] += 1
    return counts


def cases_of_square(spot: BlackSpot) -> QuerySet[Case]:
    """The cases that the spot's counts were made from (law 6)."""
    west, south, east, north = city_plane().bounds_of((spot.cell_east, spot.cell_north))
    inside = Case.objects.filter(
        placement__longitude__gte=west, placement__longitude__lt=east, placement__latitude__gte=south,
        placement__latitude__lt=north,
    )  # fmt: skip
    return inside.filter(problem_type=spot.problem_type_id, state__in=COUNTED)


def cases_since_watched(spots: Sequence[BlackSpot], now: datetime) -> dict[int, int]:
    """{spot: cases opened in its square since its watch began}, in two statements for all of them."""
    begun = {spot.pk: spot.watched_since for spot in spots if spot.watched_since is not None}
    if not begun:
        return {}
    kinds = {spot.problem_type_id for spot in spots}
    lately = Case.objects.filter(opened_at__gte=min(begun.values()), opened_at__lte=now, problem_type__in=kinds, state__in=COUNTED)
    placed = lately.filter(placement__longitude__isnull=False).order_by()
    rows = list(placed.values_list("problem_type", "placement__longitude", "placement__latitude", "opened_at"))
    in_square: dict[tuple[int | None, int, int], list[datetime]] = defaultdict(list)
    places = np.array([(longitude, latitude) for _kind, longitude, latitude, _at in rows], dtype=float).reshape(-1, 2)
    cells = city_plane().cells_of(places[:, 0], places[:, 1])
    for (kind, _longitude, _latitude, at), (east, north) in zip(rows, cells, strict=True):
        in_square[kind, int(east), int(north)].append(at)
    return {
        spot.pk: sum(at >= begun[spot.pk] for at in in_square[spot.problem_type_id, spot.cell_east, spot.cell_north])
        for spot in spots
    }


def _not_known(found: list[tuple[int, Finding]], now: datetime) -> list[tuple[int, Finding]]:
    known = BlackSpot.objects.filter(state__in=ON_THE_REGISTER) | BlackSpot.objects.filter(
        state=SpotState.DISMISSED, moved_at__gte=now - QUIET_AFTER_DISMISSAL
    )
    places = set(known.values_list("problem_type", "cell_east", "cell_north"))
    return [(kind, finding) for kind, finding in found if (kind, *finding.cell) not in places]


def _put_forward(kind: int, finding: Finding, plane: Plane, now: datetime) -> BlackSpot:
    spot = BlackSpot.objects.create(
        number=_next_number(now), problem_type_id=kind, cell_east=finding.cell[0], cell_north=finding.cell[1],
        placement=_place(finding, plane, now), periods=list(finding.periods), expected=finding.expected,
        recurs=finding.recurs, emerges=finding.emerges, counted_at=now, found_at=now, moved_at=now, moves_count=1,
    )  # fmt: skip
    SpotMove.objects.create(spot=spot, position=1, act="find", to_state=spot.state, at=now, facts=told(spot))
    journal.record("spot.found", by=None, about=spot, now=now, **told(spot))
    return spot


def told(spot: BlackSpot) -> dict[str, object]:
    """The counts as they are kept with each act."""
    return {"periods": list(spot.periods), "expected": round(spot.expected, 2)}


def _place(finding: Finding, plane: Plane, now: datetime) -> Placement:
    """The middle of the square; at the city's edge, where the middle may lie outside, the words of the nearest case do."""
    longitude, latitude = plane.centre_of(finding.cell)
    address = nearest_address(longitude, latitude)
    try:
        return territory.place(
            longitude=longitude, latitude=latitude, datum=Datum.CGCS2000, source=Source.MAP, now=now, address=address,
            accuracy_m=100.0,
        )  # fmt: skip
    except OutsideCity:
        return territory.place_unlocated(address=address, now=now)


def _next_number(now: datetime) -> str:
    """H26-0012: the year, and the count within it."""
    start = f"H{timezone.localdate(now):%y}-"
    last = (
        BlackSpot.objects.filter(number__startswith=start).order_by("-number").values_list("number", flat=True).first()
    )
    return f"{start}{int(last.removeprefix(start)) + 1 if last else 1:04d}"
