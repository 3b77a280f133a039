"""The register of frontages: streets, premises, who has which metre; nothing is closed silently. Policy: 3.1, 3.2."""

from __future__ import annotations

from datetime import date

import pytest
import shapely
from django.db import IntegrityError, transaction

from wenming.journal.models import Entry
from wenming.organisations.models import UnitKind
from wenming.organisations.rules.permissions import Role
from wenming.organisations.services import found_unit, open_account
from wenming.refusals import BadInput, NotAllowed
from wenming.territory.frontages.selectors import (
    faults_of,
    frontages_near,
    middle_line_proposals,
    premises_by_plate,
    premises_visible_to,
    sides_of,
    streets_visible_to,
    stretches_of,
)
from wenming.territory.frontages.services import (
    Edge,
    FrontageStepRefused,
    FrontageTaken,
    Walls,
    accept_middle_lines,
    close_premises,
    end_stretch,
    manage_street,
    register_premises,
    renew_plate,
    set_stretch,
)
from wenming.territory.models import EdgeStretch, Premises
from wenming.territory.rules.geometry import area_m2, metres_per_degree

from .conftest import MONDAY, ORIGIN

SPRING, TODAY = date(2026, 3, 1), date(2026, 11, 23)
WALL_TO_KERB = "墙基到人行道路缘石"


@pytest.fixture
def office(db):
    return found_unit(
        code="OFFICE", name="创文办", short_name="创文办", kind=UnitKind.OFFICE, parent=None, on=SPRING, by=None, now=MONDAY
    )


def person(name, role, unit):
    return open_account(
        username=name, display_name=name, role=role, unit=unit, password="test-Only-2026", by=None, now=MONDAY,
        must_change_password=False,
    )  # fmt: skip


@pytest.fixture
def officer(office):
    return person("officer", Role.OFFICE, office)


@pytest.fixture
def street(layer, areas, officer):
    """民权路: a hundred metres to the east, walls nine metres from its middle."""
    lon, lat = ORIGIN[0] + 0.002, ORIGIN[1] + 0.005
    line = shapely.LineString([(lon, lat), (lon + 100 / metres_per_degree(lat)[0], lat)])
    walls = Walls(9, 9, "北侧", "南侧")
    return manage_street("MQ-1", "民权路", line, town=areas["442000001"], walls=walls, on=SPRING, by=officer, now=MONDAY)


@pytest.fixture
def shop(street, officer):
    def register(name):
        lon, lat = street.line.coords[0]
        return register_premises(name, longitude=lon, latitude=lat, on=SPRING, by=officer, now=MONDAY, door="民权路 1 号")

    return register


def give(street, holder, since, to, officer, depth=3.0, side="left"):
    return set_stretch(street, Edge(side, since, to, depth, WALL_TO_KERB), holder=holder, on=SPRING, by=officer, now=MONDAY)


def left(street):
    return sides_of([street])[0]


def test_a_new_street_is_one_long_gap_on_either_side(street):
    faults = faults_of(sides_of([street]))

    assert [(one.side.name, one.length_cm, one.kind) for one in faults] == [("北侧", 10_000, "gap"), ("南侧", 10_000, "gap")]


def test_a_street_divided_without_rest_has_no_faults(street, shop, officer):
    tea, noodles = shop("茶铺"), shop("面馆")
    give(street, tea, 0, 41.5, officer)
    give(street, noodles, 41.5, 100, officer)

    assert left(street).tiling.is_whole
    assert area_m2(stretches_of(tea)[0].area) == pytest.approx(41.5 * 3, rel=0.01)


def test_a_crossing_belongs_to_a_unit(street, office, shop, officer):
    give(street, shop("茶铺"), 0, 90, officer)
    give(street, office, 90, 100, officer)

    assert left(street).tiling.is_whole


def test_two_who_claim_the_same_metre_are_both_kept_and_listed(street, shop, officer):
    give(street, shop("茶铺"), 0, 60, officer)
    give(street, shop("面馆"), 55, 100, officer)

    fault = faults_of([left(street)])[0]

    assert (fault.kind, fault.from_cm, fault.to_cm) == ("overlap", 5_500, 6_000)
    assert set(fault.holders) == {"茶铺", "面馆"}


def test_a_claim_beyond_the_end_is_listed(street, shop, officer):
    give(street, shop("茶铺"), 0, 104, officer)

    assert [(one.kind, one.length_cm) for one in faults_of([left(street)])] == [("outside", 400)]


def test_telling_the_same_piece_again_ends_what_was_told_before(street, shop, officer):
    tea = shop("茶铺")
    give(street, tea, 0, 40, officer)
    give(street, tea, 0, 38, officer, depth=2.5)

    assert [(one.to_cm, one.depth_cm) for one in stretches_of(tea)] == [(3_800, 250)]
    assert EdgeStretch.objects.count() == 2, "the old one stays, ended"


def test_the_middle_line_is_proposed_and_changes_nothing_until_somebody_agrees(street, shop, officer):
    tea, noodles = shop("茶铺"), shop("面馆")
    give(street, tea, 0, 40, officer)
    give(street, noodles, 44, 100, officer)
    proposals = middle_line_proposals(street, "left")
    seen = [f"{one.stretch.key}:{one.from_cm}:{one.to_cm}" for one in proposals]
    assert left(street).tiling.gap_cm == 400

    accept_middle_lines(street, "left", seen=seen, on=TODAY, by=officer, now=MONDAY)

    assert left(street).tiling.is_whole and stretches_of(tea)[0].to_cm == 4_200
    assert stretches_of(tea)[0].how == "midline"


def test_nobody_agrees_to_a_proposal_that_is_no_longer_the_same(street, shop, officer):
    tea, noodles = shop("茶铺"), shop("面馆")
    give(street, tea, 0, 40, officer)
    give(street, noodles, 44, 100, officer)
    seen = [f"{one.stretch.key}:{one.from_cm}:{one.to_cm}" for one in middle_line_proposals(street, "left")]
    give(street, noodles, 42, 100, officer)

    with pytest.raises(FrontageStepRefused):
        accept_middle_lines(street, "left", seen=seen, on=TODAY, by=officer, now=MONDAY)

    assert left(street).tiling.gap_cm == 200


@pytest.mark.parametrize(
    ("since", "to", "depth", "boundary"),
    [
        pytest.param(20, 20, 3, WALL_TO_KERB, id="no length"),
        pytest.param(100, 110, 3, WALL_TO_KERB, id="beyond the street"),
        pytest.param(0, 10, 9.5, WALL_TO_KERB, id="over the middle of the street"),
        pytest.param(0, 10, 0, WALL_TO_KERB, id="no depth"),
        pytest.param(0, 10, 3, " ", id="no boundary"),
    ],
)
def test_it_refuses_a_stretch_that_is_none(street, shop, officer, since, to, depth, boundary):
    tea = shop("茶铺")

    with pytest.raises(BadInput):
        set_stretch(street, Edge("left", since, to, depth, boundary), holder=tea, on=SPRING, by=officer, now=MONDAY)

    assert not EdgeStretch.objects.exists()


def test_what_closes_leaves_a_gap_and_gets_nothing_more(street, shop, officer):
    tea = shop("茶铺")
    give(street, tea, 0, 100, officer)
    close_premises(tea, reason="搬走", on=TODAY, by=officer, now=MONDAY)

    assert left(street).tiling.gap_cm == 10_000
    assert premises_by_plate(tea.plate_code) is None
    with pytest.raises(FrontageStepRefused):
        give(street, Premises.objects.get(), 0, 10, officer)
    with pytest.raises(FrontageStepRefused):
        close_premises(tea, reason="搬走", on=TODAY, by=officer, now=MONDAY)


def test_an_ended_stretch_does_not_end_twice(street, shop, officer):
    stretch = give(street, shop("茶铺"), 0, 100, officer)
    end_stretch(stretch, reason="重新丈量", on=TODAY, by=officer, now=MONDAY)

    with pytest.raises(FrontageStepRefused):
        end_stretch(stretch, reason="重新丈量", on=TODAY, by=officer, now=MONDAY)


def test_a_plate_that_was_renewed_opens_nothing_any_more(shop, officer):
    tea = shop("茶铺")
    old = tea.plate_code
    renewed = renew_plate(tea, reason="门牌丢了", by=officer, now=MONDAY)

    assert premises_by_plate(old) is None and premises_by_plate(renewed.plate_code.upper()) == tea
    assert old not in str(list(Entry.objects.values_list("facts", flat=True))), "the journal keeps no key to a shop's page"


def test_a_street_code_is_used_once(street, areas, officer):
    with pytest.raises(FrontageTaken):
        manage_street("MQ-1", "民权路", street.line, town=areas["442000001"], walls=Walls(9, 9), on=SPRING, by=officer, now=MONDAY)


def test_what_lies_in_front_of_a_door_is_found_by_its_point(street, shop, officer):
    tea = shop("茶铺")
    give(street, tea, 0, 50, officer)
    lon, lat = street.line.coords[0]
    east, north = metres_per_degree(lat)

    inside = frontages_near(lon + 20 / east, lat + 7.5 / north)
    beside = frontages_near(lon + 20 / east, lat + 14 / north)

    assert [(one.stretch.premises, one.metres) for one in inside] == [(tea, 0)]
    assert [one.metres for one in beside] == [5]
    assert frontages_near(lon + 20 / east, lat - 12 / north) == []


def test_only_those_whose_work_it_is_see_and_change_it(street, shop, officer, areas):
    tea = shop("茶铺")
    town = found_unit(
        code="T2", name="东街道", short_name="东街道", kind=UnitKind.TOWN, parent=None, area_code="442000002", on=SPRING, by=None,
        now=MONDAY,
    )  # fmt: skip
    stranger = person("stranger", Role.HANDLER, town)

    assert not premises_visible_to(stranger) and not streets_visible_to(stranger)
    assert tea in premises_visible_to(officer) and street in streets_visible_to(officer)
    with pytest.raises(NotAllowed):
        renew_plate(tea, reason="换", by=stranger, now=MONDAY)
    with pytest.raises(NotAllowed):
        give(street, tea, 0, 10, stranger)


def test_the_database_refuses_a_stretch_of_nobody_and_of_two(street, shop, office):
    tea = shop("茶铺")
    told = {"street": street, "side": "left", "from_cm": 0, "to_cm": 5, "depth_cm": 1, "boundary": "墙", "valid_from": SPRING}
    for held in ({}, {"premises": tea, "unit": office}):
        with pytest.raises(IntegrityError), transaction.atomic():
            EdgeStretch.objects.create(**told, **held)
