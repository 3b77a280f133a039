"""What redrawn grids would open: exact on the ground that changes hands, signed for one by one, or not published."""

from __future__ import annotations

import json
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from wenming.cases.tests.story import FOUNDED, MONDAY
from wenming.refusals import BadInput
from wenming.responsibilities.closure import grounds_of, order_between
from wenming.responsibilities.models import RosterGroup
from wenming.responsibilities.regridding import (
    UNWATCHED,
    closure_of_draft,
    ground_pairs,
    openings_of,
    publish_redrawn,
    restore_or_draft,
    sign_for_opening,
)
from wenming.responsibilities.rules.closure import close
from wenming.responsibilities.services import add_matrix_entry
from wenming.territory.components.services import Drawn, Facts, register_component
from wenming.territory.grids import drafts
from wenming.territory.grounds import CityMap, DrawnCell, city_map
from wenming.territory.models import Area, GridDraft, GridLayer
from wenming.territory.rules.geometry import area_m2
from wenming.territory.services import NewCell
from wenming.territory.tests.conftest import ORIGIN, SIDE, areas, cells, layer, middle_of, square  # noqa: F401 - four squares

DAY = MONDAY.date()
WEST = "442000001001001"
METRE = 1 / 111_320


@pytest.fixture
def city(small_city: SimpleNamespace, layer: object) -> SimpleNamespace:  # noqa: F811
    """Four squares, of which every matter is the east town's."""
    add_matrix_entry(accountable="unit:EAST", basis="兜底", on=FOUNDED, by=None, now=MONDAY)
    return small_city


@pytest.fixture
def draft(city: SimpleNamespace) -> GridDraft:
    return drafts.open_draft("block", name="秋季调整", by=city.officer, now=MONDAY)


def torn(draft: GridDraft, by: object, metres: float = 1.0) -> None:
    """The south-western grid draws back from its northern neighbour."""
    drafts.redraw(draft, {WEST: square(0, 0, 1, 1 - metres * METRE / SIDE)}, seen=draft.steps_count, by=by, now=MONDAY)  # type: ignore[arg-type]
    draft.refresh_from_db()


def test_a_draft_that_changes_nothing_opens_nothing(draft: GridDraft) -> None:
    told = closure_of_draft(draft, since=DAY)
    assert (told.open, told.changed_m2) == ((), 0.0)


def test_a_seam_of_one_metre_is_open_for_every_matter_the_whole_week(draft: GridDraft, city: SimpleNamespace) -> None:
    torn(draft, city.officer)
    (one,) = closure_of_draft(draft, since=DAY).open
    assert one.opening.kind == "no-grid"
    assert len(one.opening.types) == 2
    assert (one.opening.since, one.opening.until) == (DAY, DAY + timedelta(days=7))
    assert one.area_m2 == pytest.approx(1113.2 * 0.924, rel=0.01)
    assert one.largest.town_code == "442000001", "where by the map of towns"


def test_ground_that_comes_to_a_town_without_its_department_is_open_from_the_day_that_one_ends(
    draft: GridDraft,
    city: SimpleNamespace,
    cells: list[NewCell],  # noqa: F811
) -> None:
    """Until Thursday the line holds in both towns; from then on only in the west."""
    ending = DAY + timedelta(days=3)
    for town, unit in (("442000002", city.sanitation.code), ("442000001", "EAST")):
        add_matrix_entry(
            town_code=town,
            accountable=f"unit:{unit}",
            type_pattern="TEST:C*",
            basis="分街道",
            on=FOUNDED,
            by=None,
            now=MONDAY,
        )
    city.sanitation.valid_to = ending
    city.sanitation.save(update_fields=["valid_to"])
    moved = {cell.code: cell for cell in cells}
    half, north = square(0, 0.5, 1, 0.5), moved["442000002001001"]
    moved[WEST] = NewCell(WEST, "甲", moved[WEST].community, square(0, 0, 1, 0.5))
    moved[north.code] = NewCell(north.code, north.name, north.community, shapely.union(north.geometry, half))

    (one,) = openings_of("block", {cell.code: cell for cell in cells}, moved, DAY)
    assert (one.opening.kind, one.opening.since, one.opening.until) == ("ended", ending, DAY + timedelta(days=7))
    assert one.opening.types == ("TEST:C0101",)
    assert one.area_m2 == pytest.approx(area_m2(half), rel=1e-6)


def test_an_opening_keeps_a_draft_from_publication_until_somebody_signs_for_it(
    draft: GridDraft, city: SimpleNamespace
) -> None:
    torn(draft, city.officer)
    for fault in drafts.audit_draft(draft).open:
        drafts.sign_for(draft, fault.key, why="河道中线待测绘", by=city.officer, now=MONDAY)
    (one,) = closure_of_draft(draft, since=DAY).open
    with pytest.raises(BadInput, match="没有签认"):
        publish_redrawn(draft, by=city.officer, now=MONDAY)
    with pytest.raises(BadInput, match="为什么"):
        sign_for_opening(draft, one.key, why=" ", by=city.officer, now=MONDAY)
    sign_for_opening(draft, one.key, why="水利局代管到测绘完", by=city.officer, now=MONDAY)
    with pytest.raises(BadInput, match="已经签认过"):
        sign_for_opening(draft, one.key, why="再签", by=city.officer, now=MONDAY)
    assert [sign.why for _one, sign in closure_of_draft(draft, since=DAY).signed] == ["水利局代管到测绘完"]
    assert publish_redrawn(draft, by=city.officer, now=MONDAY).version == 2


def test_a_signature_holds_the_next_day_and_not_for_another_border(draft: GridDraft, city: SimpleNamespace) -> None:
    torn(draft, city.officer)
    (one,) = closure_of_draft(draft, since=DAY).open
    sign_for_opening(draft, one.key, why="待测绘", by=city.officer, now=MONDAY)
    assert not closure_of_draft(draft, since=DAY + timedelta(days=1)).open
    torn(draft, city.officer, metres=2)
    assert len(closure_of_draft(draft, since=DAY).open) == 1


def test_what_was_open_before_is_not_the_drafts(small_city: SimpleNamespace, layer: object) -> None:  # noqa: F811
    """Manholes have no holder anywhere in this city: a split of a grid does not open them once more."""
    draft = drafts.open_draft("block", name="秋季调整", by=small_city.officer, now=MONDAY)
    line = shapely.LineString([(113.379, 22.525), (113.391, 22.525)])
    drafts.split_grid(draft, WEST, line, seen=0, by=small_city.officer, now=MONDAY)
    told = closure_of_draft(draft, since=DAY)
    assert told.open == ()
    assert told.changed_m2 > 0


def test_a_component_with_an_owner_is_asked_for_its_own_kind(city: SimpleNamespace, cells: list[NewCell]) -> None:  # noqa: F811
    """In the south manholes are a unit's that exists no more."""
    add_matrix_entry(
        town_code="442000001",
        accountable=f"unit:{city.sanitation.code}",
        type_pattern="TEST:C*",
        basis="西街道的井盖",
        on=FOUNDED,
        by=None,
        now=MONDAY,
    )
    city.sanitation.valid_to = DAY
    city.sanitation.save(update_fields=["valid_to"])
    lon, lat = middle_of(0, 1)
    drawn = Drawn(shapely.Point(lon, lat - 0.4 * SIDE))
    register_component(
        "4420000101000001", Facts("TEST:C0101", owner=city.sanitation), drawn, on=FOUNDED, by=None, now=MONDAY
    )
    moved = {cell.code: cell for cell in cells}
    north, strip = moved["442000002001001"], square(0, 1, 1, 0.3)
    moved[WEST] = NewCell(WEST, "甲", moved[WEST].community, shapely.union(moved[WEST].geometry, strip))
    moved[north.code] = NewCell(north.code, north.name, north.community, square(0, 1.3, 1, 0.7))
    found = openings_of("block", {cell.code: cell for cell in cells}, moved, DAY)
    assert any(one.area_m2 == 0 and one.opening.types == ("TEST:C0101",) for one in found)


def test_ground_that_no_roster_group_would_walk_is_told_for_any_kind(city: SimpleNamespace, layer: GridLayer) -> None:  # noqa: F811
    RosterGroup.objects.create(
        code="G1",
        name="西坊巡查",
        town_code="442000001",
        grid_codes=[WEST],
        post="patrol",
        unit=city.west,
        valid_from=date(2026, 1, 1),
    )
    draft = drafts.open_draft("block", name="切分", by=city.officer, now=MONDAY)
    line = shapely.LineString([(113.379, 22.523), (113.391, 22.523)])
    drafts.split_grid(draft, WEST, line, seen=0, by=city.officer, now=MONDAY)
    (one,) = closure_of_draft(draft, since=DAY).open
    assert (one.opening.kind, one.opening.units) == (UNWATCHED, ("WEST",))
    assert one.area_m2 == pytest.approx(area_m2(square(0, 0, 1, 0.3)), rel=0.01)
    RosterGroup.objects.create(
        code="G2",
        name="西街道夜班",
        town_code="442000001",
        grid_codes=[],
        post="patrol",
        unit=city.west,
        valid_from=date(2026, 1, 1),
    )
    assert closure_of_draft(draft, since=DAY).open == ()


def test_a_former_version_that_would_open_something_becomes_a_draft_of_it(
    draft: GridDraft, city: SimpleNamespace
) -> None:
    torn(draft, city.officer)
    for fault in drafts.audit_draft(draft).open:
        drafts.sign_for(draft, fault.key, why="待测绘", by=city.officer, now=MONDAY)
    for one in closure_of_draft(draft, since=DAY).open:
        sign_for_opening(draft, one.key, why="待测绘", by=city.officer, now=MONDAY)
    open_one = publish_redrawn(draft, by=city.officer, now=MONDAY)
    first = GridLayer.objects.get(version=1)
    closed = restore_or_draft(first, by=city.officer, now=MONDAY)
    assert isinstance(closed, GridLayer)
    again = restore_or_draft(open_one, by=city.officer, now=MONDAY)
    assert isinstance(again, GridDraft)
    assert [one.opening.kind for one in closure_of_draft(again, since=DAY).open] == ["no-grid"]
    assert json.dumps(sorted(drafts.cells_of(again))) == json.dumps(sorted(drafts.cells_of_layer(open_one)))


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.floats(0.05, 0.95), min_size=4, max_size=4))
def test_what_the_changed_ground_says_is_what_the_whole_city_says(cuts: list[float]) -> None:
    """Random redrawings with gaps and overlaps: the same square metres without a grid, or with two, as the proof of all."""
    shapes = [
        square(0, 0, 2 * cuts[0]),
        square(2 * cuts[1], 0, 2 - 2 * cuts[1]),
        square(0, 1, 2 * cuts[2]),
        square(2 * cuts[3], 1, 2 - 2 * cuts[3]),
    ]
    _same_as_the_whole(shapes)


def _same_as_the_whole(shapes: list[shapely.Polygon]) -> None:
    codes = ["442000001001", "442000001002", "442000002001", "442000002002"]
    homes = [Area(code=code, level="community") for code in codes]
    today = [square(0, 0), square(1, 0), square(0, 1), square(1, 1)]
    before, after = (
        {
            f"{home.code}001": NewCell(f"{home.code}001", "", home, shape)
            for home, shape in zip(homes, ones, strict=True)
        }
        for ones in (today, shapes)
    )
    whole = CityMap(
        {
            "town": [],
            "community": [],
            "block": [DrawnCell(c.code, c.geometry, c.community.code, c.community.code[:9]) for c in after.values()],
        }
    )
    wanted: dict[int, float] = {}
    for ground in grounds_of(whole, whole.cut()).grounds:
        wanted[len(ground.spots)] = wanted.get(len(ground.spots), 0.0) + ground.area_m2
    changed = shapely.union_all([*today, *shapes])
    pairs = ground_pairs(before, after, changed, (), ())
    doubled = sum(new.area_m2 for was, new in pairs if len(new.spots) > 1)
    assert doubled == pytest.approx(wanted.get(2, 0.0), abs=1)
    bare = sum(new.area_m2 for was, new in pairs if was.spots and not new.spots)
    covered = shapely.union_all(shapes)
    assert bare == pytest.approx(area_m2(square(0, 0, 2, 2).difference(covered)), rel=1e-3, abs=5)


def test_the_week_is_asked_as_the_proof_asks_it(city: SimpleNamespace) -> None:
    drawn = city_map()
    order = order_between(DAY, DAY + timedelta(days=7))
    assert close(grounds_of(drawn, drawn.cut()).grounds, order, DAY, DAY + timedelta(days=7)).is_closed


def test_a_grid_that_crosses_itself_is_asked_about_as_far_as_it_can_be_read(draft: GridDraft, city: SimpleNamespace) -> None:
    bow = shapely.Polygon([(113.38, 22.52), (113.39, 22.53), (113.39, 22.52), (113.38, 22.53)])
    broken = NewCell(WEST, "蝴蝶结", Area.objects.get(code=WEST[:12]), bow)
    drafts.replace_grids(draft, "import", [broken], instead_of=[], seen=0, by=city.officer, now=MONDAY)
    (one,) = closure_of_draft(draft, since=DAY).open
    assert one.opening.kind == "no-grid" and one.area_m2 == pytest.approx(area_m2(square(0, 0)) / 2, rel=0.01)


def test_a_border_that_comes_within_reach_of_an_owner_s_component_is_asked_about(draft: GridDraft, city: SimpleNamespace) -> None:
    """Thirty-five metres off nobody means it; when the border comes ten metres nearer, whoever stands at it does."""
    for target in ("owner", f"unit:{city.sanitation.code}"):
        add_matrix_entry(type_pattern="C01*", town_code="442000001", accountable=target, basis="同样具体", on=FOUNDED, by=None, now=MONDAY)
    beyond = shapely.Point(middle_of(0, 0)[0], ORIGIN[1] + SIDE + 35 * METRE)
    register_component("4420000101000001", Facts("TEST:C0101", "井盖", owner=city.west), Drawn(beyond), on=FOUNDED, by=None, now=MONDAY)
    nearer = {WEST: square(0, 0, 1, 1 + 10 * METRE / SIDE), "442000002001001": square(0, 1 + 10 * METRE / SIDE, 1, 1 - 10 * METRE / SIDE)}
    drafts.redraw(draft, nearer, seen=0, by=city.officer, now=MONDAY)
    (one,) = closure_of_draft(draft, since=DAY).open
    assert (one.opening.kind, one.opening.types, one.grounds[0].town_code) == ("conflict", ("TEST:C0101",), "442000001")
