"""The demo city's register of components: a street census around some landmarks, what changed since, and cases on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

import shapely
from django.db import transaction
from django.db.models import QuerySet

from wenming.cases.models import Case
from wenming.cases.models.components import CHOSEN
from wenming.cases.proposals import proposal
from wenming.cases.rules.lifecycle import State
from wenming.cases.services.components import attach_component
from wenming.organisations.models import Unit
from wenming.standards.models import ProblemType
from wenming.territory.components.services import (
    Drawn,
    Facts,
    correct_component,
    facts_of,
    register_component,
    retire_component,
    told,
)
from wenming.territory.models import Component, ComponentEdition, Condition, Landmark, Source, Standing
from wenming.territory.rules.geometry import METRES_PER_DEGREE, metres_per_degree
from wenming.territory.services import Position, place_many

from .chance import chance
from .city import DemoCity
from .in_bulk import ROWS, Keys, happening, insert_all, record_all

DIVISION, SCHEME = "442000", "GB30428"
# kind, owner, supervisor, caretaker, how many at a landmark. The owners are the demo city's units; None: nobody knows.
CENSUS: tuple[tuple[str, str | None, str, str, int], ...] = (
    ("0137", "LD01", "CGZF", "LD01", 3), ("0103", "PS01", "SWJ", "PS01", 2), ("0101", "GSGS", "GSGS", "GSGS", 1),
    ("0305", "HW04", "CGZF", "HW04", 1), ("0127", "TXFZ", "TXFZ", "TXFZ", 1), ("0212", "SZ01", "MZJ", "SZ01", 1),
    ("0111", None, "RQGS", "RQGS", 1),
)  # fmt: skip
LANDMARKS = 48
BESIDE_M = 28
CENSUS_SOURCE = "部件普查（演示数据）"
ON_CASES, ON_WAITING, LOOKED_AT = 10, 3, 40
WAITING = (State.COLLECTED, State.ESTABLISHED)
RAILING_M = 40


def build_components(city: DemoCity) -> None:
    """The census a quarter ago, three things that changed, and a component under some cases of components."""
    census = city.now - timedelta(days=80)
    _take_census(city, census)
    with transaction.atomic():
        _railing(city, census)
        _what_changed(city)
    _under_cases(city, census)


def _take_census(city: DemoCity, at: datetime) -> None:
    """Written in bulk, as an import would have told it row by row."""
    rng = chance(city.seed, "components")
    landmarks = rng.sample(list(Landmark.objects.order_by("pk")), LANDMARKS)
    serials: dict[str, int] = {}
    planned: list[tuple[str, Facts, Position]] = []
    for landmark in landmarks:
        for kind, owner, supervisor, caretaker, many in CENSUS:
            for _each in range(many):
                serials[kind] = serials.get(kind, 0) + 1
                condition = rng.choices(Condition.values, (90, 6, 2, 2))[0]
                facts = Facts(
                    f"{SCHEME}:C{kind}", owner=_unit(city, owner), supervisor=_unit(city, supervisor),
                    caretaker=_unit(city, caretaker), condition=condition,
                )  # fmt: skip
                per_lon, per_lat = metres_per_degree(landmark.latitude)
                place = Position(
                    round(landmark.longitude + rng.uniform(-BESIDE_M, BESIDE_M) / per_lon, 6),
                    round(landmark.latitude + rng.uniform(-BESIDE_M, BESIDE_M) / per_lat, 6), Source.MAP,
                    address=f"{landmark.address}（{landmark.name}）旁",
                )  # fmt: skip
                planned.append((f"{DIVISION}{kind}{serials[kind]:06d}", facts, place))
    keys = Keys()
    for start in range(0, len(planned), ROWS - 1):
        with transaction.atomic():
            _write(planned[start : start + ROWS - 1], at, keys)
    keys.give_back()


def _write(planned: list[tuple[str, Facts, Position]], at: datetime, keys: Keys) -> None:
    placements = place_many([place for _code, _facts, place in planned], now=at)
    components, editions = [], []
    for (code, facts, _place), placement in zip(planned, placements, strict=True):
        lon, lat = placement.point or (0.0, 0.0)
        shared = {**vars(facts), "placement": placement, "standing": Standing.IN_USE}
        component = Component(
            pk=keys(Component), code=code, min_lon=lon, max_lon=lon, min_lat=lat, max_lat=lat, valid_from=at.date(),
            changed_at=at, **shared,
        )  # fmt: skip
        components.append(component)
        editions.append(
            ComponentEdition(
                pk=keys(ComponentEdition), component=component, position=1, act="register", valid_from=at.date(), at=at,
                source=CENSUS_SOURCE, **shared,
            )
        )  # fmt: skip
    insert_all(components)
    insert_all(editions)
    record_all(
        [
            happening(at, "component.registered", one, **told(one), on=at.date().isoformat(), source=CENSUS_SOURCE)
            for one in components
        ]
    )


def _railing(city: DemoCity, at: datetime) -> None:
    """One component that is a line."""
    landmark = Landmark.objects.order_by("pk")[0]
    east = RAILING_M / metres_per_degree(landmark.latitude)[0]
    line = shapely.LineString([(landmark.longitude, landmark.latitude), (landmark.longitude + east, landmark.latitude)])
    register_component(
        f"{DIVISION}0217000001", Facts(f"{SCHEME}:C0217", name="中央护栏", owner=_unit(city, "JJZD"), caretaker=_unit(city, "SZ01")),
        Drawn(line, address=landmark.address), on=at.date(), by=None, now=at, source=CENSUS_SOURCE,
    )  # fmt: skip


def _what_changed(city: DemoCity) -> None:
    """A lamp repaired, a cover whose owner was found, a bin taken away."""
    now = city.now - timedelta(days=5)
    lamp, cover, bin_ = (Component.objects.filter(kind_code=f"{SCHEME}:C{kind}").order_by("code")[0] for kind in ("0137", "0111", "0305"))
    worse = Condition.DAMAGED if lamp.condition != Condition.DAMAGED else Condition.GOOD
    correct_component(
        lamp, replace(facts_of(lamp), condition=worse), reason="巡查核对", on=now.date(), by=city.officer, now=now
    )
    correct_component(
        cover, replace(facts_of(cover), owner=_unit(city, "RQGS")), reason="查到竣工图，属燃气公司", on=now.date(), by=city.officer, now=now
    )
    retire_component(bin_, reason="撤桶并点", on=now.date(), by=city.officer, now=now)


def _under_cases(city: DemoCity, at: datetime) -> None:
    """A component a few metres from cases of components: proposed where they wait, attached where they are under way."""
    rng = chance(city.seed, "components under cases")
    for number, (case, problem_type) in enumerate([*_waiting(city), *_under_way()], start=1):
        lon, lat = case.placement.point or (0.0, 0.0)
        kind = problem_type.full_code
        owner = case.unit or city.who_answers(problem_type, case.placement)[0]
        metres = rng.uniform(3, 14)
        component = register_component(
            f"{DIVISION}{kind[-4:]}{900_000 + number:06d}", Facts(kind, owner=owner),
            Drawn(shapely.Point(lon, lat + metres / METRES_PER_DEGREE), address=case.placement.address), on=at.date(), by=None,
            now=at, source=CENSUS_SOURCE,
        )  # fmt: skip
        if case.state not in WAITING:
            attach_component(case, component, how=CHOSEN, by=city.dispatcher(rng), now=city.now)


def _under_way() -> Iterator[tuple[Case, ProblemType]]:
    """The newest located cases of components that somebody has in hand, or had."""
    for case in _located().filter(problem_type__kind="component", problem_type__scheme__code=SCHEME).exclude(state__in=WAITING)[:ON_CASES]:
        assert case.problem_type is not None
        yield case, case.problem_type


def _waiting(city: DemoCity) -> Iterator[tuple[Case, ProblemType]]:
    """A few of those that wait for the dispatcher and look like a component's trouble."""
    offered = ((case, proposal(case, city.now).problem_type) for case in _located().filter(state__in=WAITING)[:LOOKED_AT])
    components = ((case, kind) for case, kind in offered if kind is not None and kind.kind == "component")
    yield from islice(components, ON_WAITING)


def _located() -> QuerySet[Case]:
    joins = ("problem_type__scheme", "placement__town", "placement__community", "placement__grid", "unit")
    return Case.objects.filter(placement__longitude__isnull=False).select_related(*joins).order_by("-opened_at", "-pk")


def _unit(city: DemoCity, code: str | None) -> Unit | None:
    return city.units[code] if code else None
