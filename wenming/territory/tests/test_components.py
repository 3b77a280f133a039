"""The register of components: told, corrected, retired, and what was told on any day. Clause 4.1."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import shapely
from django.db import DatabaseError, transaction

from wenming.journal.models import Entry
from wenming.organisations.models import UnitKind
from wenming.organisations.rules.permissions import Role
from wenming.organisations.services import found_unit, open_account
from wenming.refusals import BadInput, NotAllowed
from wenming.territory.components.selectors import (
    components_visible_to,
    edition_on,
    editions_of,
    nearest_components,
    public_components,
)
from wenming.territory.components.services import (
    CodeTaken,
    ComponentStepRefused,
    Drawn,
    Facts,
    correct_component,
    facts_of,
    register_component,
    restore_component,
    retire_component,
    take_back_edition,
)
from wenming.territory.models import Component, Condition, Placement
from wenming.territory.rules.coordinates import Datum, wgs84_to_gcj02
from wenming.territory.services import NotAPlace, OutsideCity

from .conftest import MONDAY, middle_of

LAMP, LAMPS = "4420000137000012", "GB30428:C0137"
SPRING, TODAY = date(2026, 3, 1), date(2026, 11, 23)
METRE = 1 / 111_320


@pytest.fixture
def units(db):
    made = [
        found_unit(
            code=code, name=name, short_name=name, kind=UnitKind.DEPARTMENT, parent=None, on=SPRING, by=None, now=MONDAY
        )
        for code, name in (("LAMPS", "照明公司"), ("CITY", "城管局"), ("POWER", "供电局"))
    ]
    return {unit.code: unit for unit in made}


@pytest.fixture
def officer(units):
    return open_account(
        username="officer", display_name="officer", role=Role.OFFICE, unit=units["CITY"], password="test-Only-2026",
        by=None, now=MONDAY, must_change_password=False,
    )  # fmt: skip


@pytest.fixture
def register(layer, units, officer):
    """`register(serial=13, east=5)`: a street lamp that many metres east of the middle of the western grid."""

    def tell(serial=12, east=0.0, kind="0137", **facts):
        lon, lat = middle_of(0, 0)
        where = Drawn(shapely.Point(lon + east * METRE / 0.924, lat), address="民权路 3 号")
        told = Facts(f"GB30428:C{kind}", owner=units["LAMPS"], supervisor=units["CITY"], **facts)
        return register_component(f"442000{kind}{serial:06d}", told, where, on=SPRING, by=officer, now=MONDAY)

    return tell


def test_a_component_carries_its_code_its_owner_and_where_it_lies(register, units):
    lamp = register()

    assert lamp.code == LAMP and lamp.owner == units["LAMPS"] and lamp.condition == Condition.GOOD
    assert lamp.placement.grid.code.endswith("001001") and lamp.placement.town.short_name == "西街道"
    entry = Entry.objects.get(action="component.registered")
    assert entry.about == f"component:{LAMP}" and entry.facts["owner"] == "LAMPS"


def test_every_change_is_kept_and_any_day_can_be_asked(register, units, officer):
    lamp = register()
    broken = replace(facts_of(lamp), condition=Condition.DAMAGED)
    correct_component(lamp, broken, reason="巡查看到灯罩破了", on=date(2026, 6, 1), by=officer, now=MONDAY)
    sold = replace(broken, owner=units["POWER"])
    correct_component(lamp, sold, reason="移交供电局", on=date(2026, 9, 1), by=officer, now=MONDAY)
    retire_component(lamp, reason="道路改造拆除", on=TODAY, by=officer, now=MONDAY)

    assert edition_on(lamp, SPRING - timedelta(days=1)) is None
    assert edition_on(lamp, date(2026, 5, 31)).condition == Condition.GOOD
    assert edition_on(lamp, date(2026, 8, 31)).owner == units["LAMPS"]
    assert edition_on(lamp, date(2026, 9, 1)).owner == units["POWER"]
    assert [(one.act, one.by, one.reason) for one in editions_of(lamp)][1:] == [
        ("correct", officer, "巡查看到灯罩破了"), ("correct", officer, "移交供电局"), ("retire", officer, "道路改造拆除"),
    ]  # fmt: skip
    lamp.refresh_from_db()
    assert not lamp.in_use and lamp.owner == units["POWER"] and lamp not in public_components()
    assert restore_component(lamp, reason="登记错了", on=TODAY, by=officer, now=MONDAY).in_use


def test_a_corrected_place_is_a_new_place_and_the_old_one_stays(register, officer):
    lamp = register()
    first = lamp.placement
    lon, lat = middle_of(1, 0)
    moved = correct_component(
        lamp, facts_of(lamp), Drawn(shapely.Point(lon, lat)), reason="重新测绘", on=TODAY, by=officer, now=MONDAY
    )

    assert moved.placement != first and moved.placement.community.short_name == "西桥社区"
    assert edition_on(lamp, SPRING).placement == first and Placement.objects.get(pk=first.pk).point == first.point


def test_history_refuses_to_be_rewritten(register):
    register()
    for rows in (Component.objects.get().editions.all(),):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(reason="从来如此")
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.delete()


def test_a_line_lies_at_its_middle_and_is_near_along_its_whole_length(layer, units, officer):
    lon, lat = middle_of(0, 0)
    railing = shapely.LineString([(lon - 200 * METRE, lat), (lon + 200 * METRE, lat)])
    told = register_component(
        "4420000217000001", Facts("GB30428:C0217"), Drawn(railing), on=SPRING, by=officer, now=MONDAY
    )

    assert told.placement.point == pytest.approx((lon, lat)) and told.geometry.equals(shapely.from_wkb(told.outline))
    (near,) = nearest_components(lon + 190 * METRE, lat + 6 * METRE, within_m=10)
    assert near.component == told and near.distance_m == pytest.approx(6, abs=0.1)
    assert nearest_components(lon, lat + 20 * METRE, within_m=10) == []


def test_the_nearest_comes_first_and_only_of_the_kinds_asked_for(register, officer):
    far, close, manhole = register(1, east=9), register(2, east=4), register(3, east=1, kind="0101")
    retired = register(4, east=2)
    retire_component(retired, reason="拆了", on=TODAY, by=officer, now=MONDAY)
    here = middle_of(0, 0)

    assert [one.component for one in nearest_components(*here, within_m=30)] == [manhole, close, far]
    lamps = nearest_components(*here, within_m=30, kinds=[LAMPS])
    assert [(one.component, one.metres) for one in lamps] == [(close, 4), (far, 9)]
    assert nearest_components(*here, within_m=30, kinds=["GB30428:C0999"]) == []


def test_a_position_of_another_datum_is_converted_and_says_so(layer, officer):
    lon, lat = middle_of(0, 0)
    given = shapely.Point(*wgs84_to_gcj02(lon, lat))
    lamp = register_component(LAMP, Facts(LAMPS), Drawn(given, Datum.GCJ02), on=SPRING, by=officer, now=MONDAY)

    assert lamp.placement.point == pytest.approx((lon, lat), abs=1e-6) and lamp.placement.given_datum == Datum.GCJ02


@pytest.mark.parametrize(
    ("changed", "refusal", "why"),
    [
        pytest.param({"code": "1101080137000012"}, BadInput, "不是本市", id="another city's"),
        pytest.param({"code": "4420000101000012"}, BadInput, "两处要一致", id="another kind's"),
        pytest.param({"on": date(2026, 12, 1)}, BadInput, "在今天之后", id="from tomorrow"),
        pytest.param({"where": Drawn(shapely.Point(116.4, 39.9))}, OutsideCity, "不在本市", id="outside the city"),
        pytest.param({"where": Drawn(shapely.Point(456123.2, 2491000.7))}, NotAPlace, "投影坐标", id="metres, not degrees"),
        pytest.param(
            {"where": Drawn(shapely.LineString([(113.38, 22.52), (113.40, 22.60)]))}, NotAPlace, "分段", id="kilometres long"
        ),
    ],
)
def test_it_refuses_what_cannot_be(layer, officer, changed, refusal, why):
    given = {"code": LAMP, "where": Drawn(shapely.Point(*middle_of(0, 0))), "on": SPRING, **changed}
    with pytest.raises(refusal, match=why):
        register_component(given["code"], Facts(LAMPS), given["where"], on=given["on"], by=officer, now=MONDAY)
    assert not Component.objects.exists()


def test_a_code_is_given_once_and_a_change_changes_something(register, officer):
    lamp = register()
    with pytest.raises(CodeTaken, match="已经登记过"):
        register()
    with pytest.raises(BadInput, match="没有要改的"):
        correct_component(lamp, facts_of(lamp), reason="没什么", on=TODAY, by=officer, now=MONDAY)
    with pytest.raises(BadInput, match="写明原因"):
        retire_component(lamp, reason=" ", on=TODAY, by=officer, now=MONDAY)
    with pytest.raises(BadInput, match="不能更早"):
        retire_component(lamp, reason="早就没了", on=SPRING - timedelta(days=1), by=officer, now=MONDAY)


def test_whoever_was_overtaken_changes_nothing(register, officer):
    lamp = register()
    retire_component(lamp, reason="拆了", on=TODAY, by=officer, now=MONDAY)
    with pytest.raises(ComponentStepRefused, match="刚刚有人改过"):
        restore_component(lamp, reason="还在", on=TODAY, by=officer, now=MONDAY, expected_edition=1)
    with pytest.raises(ComponentStepRefused, match="已经注销过"):
        retire_component(lamp, reason="拆了", on=TODAY, by=officer, now=MONDAY)


def test_only_the_office_keeps_the_register(register, units):
    handler = open_account(
        username="handler", display_name="handler", role=Role.HANDLER, unit=units["LAMPS"], password="test-Only-2026",
        by=None, now=MONDAY, must_change_password=False,
    )  # fmt: skip
    lamp = register()
    with pytest.raises(NotAllowed):
        retire_component(lamp, reason="拆了", on=TODAY, by=handler, now=MONDAY)
    assert not components_visible_to(handler).exists()


def test_taking_back_a_change_tells_what_was_before_and_a_registration_makes_the_code_free(register, officer):
    lamp = register()
    broken = replace(facts_of(lamp), condition=Condition.DAMAGED)
    lamp = correct_component(lamp, broken, reason="", source="导入 1", on=TODAY, by=officer, now=MONDAY)

    assert take_back_edition(lamp, 2, by=officer, now=MONDAY, source="撤销导入 1")
    lamp.refresh_from_db()
    assert lamp.condition == Condition.GOOD and lamp.editions_count == 3
    assert not take_back_edition(lamp, 1, by=officer, now=MONDAY, source="撤销导入 0"), "told again since"
    other = register(13)
    assert take_back_edition(other, 1, by=officer, now=MONDAY, source="撤销导入 2")
    assert other not in components_visible_to(officer)
    again = register(13)
    assert again.pk == other.pk and again.in_use and [one.act for one in editions_of(again)] == [
        "register", "take_back", "register",
    ]  # fmt: skip
