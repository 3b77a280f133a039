from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from wenming.territory import services
from wenming.territory.models import Placement, PlacementHoming
from wenming.territory.rules.coordinates import Datum, from_cgcs2000
from wenming.territory.selectors import near
from wenming.territory.services import (
    LayerNotClean,
    NewCell,
    NotAPlace,
    OutsideCity,
    Position,
    place,
    place_many,
    place_unlocated,
    publish_layer,
    rehome_placements,
)

from .conftest import MONDAY, ORIGIN, SIDE, middle_of, square

TUESDAY = MONDAY + timedelta(days=1)


def at(column, row, **more):
    lon, lat = middle_of(column, row)
    return place(longitude=lon, latitude=lat, datum=Datum.CGCS2000, source="gps", now=MONDAY, **more)


def test_a_position_is_stored_with_the_units_it_lies_in(layer):
    placement = at(1, 1, address="东桥路 8 号", accuracy_m=18.0)
    placement.refresh_from_db()
    assert (placement.town.name, placement.community.name) == ("东街道", "东桥社区")
    assert placement.grid.code == "442000002002001"
    assert (placement.layer_version, placement.accuracy_m, placement.area_text) == (1, 18.0, "东街道东桥社区")


@pytest.mark.parametrize("datum", Datum)
def test_any_datum_ends_in_the_same_place(layer, datum):
    lon, lat = from_cgcs2000(*middle_of(0, 0), datum)
    placement = place(longitude=lon, latitude=lat, datum=datum, source="map", now=MONDAY)
    assert placement.point == pytest.approx(middle_of(0, 0), abs=1e-6)
    assert placement.given_datum == datum


def test_a_point_outside_the_city_is_refused_in_words(layer):
    with pytest.raises(OutsideCity, match="不在本市范围内") as refusal:
        place(longitude=116.4, latitude=39.9, datum=Datum.WGS84, source="gps", now=MONDAY)
    assert (refusal.value.code, refusal.value.status) == ("territory.outside-city", 422)
    assert not Placement.objects.exists()


def test_a_phone_just_outside_the_border_is_taken_within_its_own_error(layer):
    outside = (ORIGIN[0] - 0.0002, ORIGIN[1] + SIDE / 2)  # 20 m west of the city
    with pytest.raises(OutsideCity):
        place(longitude=outside[0], latitude=outside[1], datum=Datum.CGCS2000, source="gps", now=MONDAY, accuracy_m=5)
    placement = place(
        longitude=outside[0], latitude=outside[1], datum=Datum.CGCS2000, source="gps", now=MONDAY, accuracy_m=60
    )
    assert placement.community.name == "西坊社区"


def test_numbers_that_are_no_place_are_refused(layer):
    with pytest.raises(NotAPlace):
        place(longitude=float("nan"), latitude=22.5, datum=Datum.WGS84, source="gps", now=MONDAY)


def test_a_place_may_be_known_by_words_alone(areas):
    placement = place_unlocated(address=" 西坊市场门口 ", town=areas["442000001"], now=MONDAY)
    assert (placement.address, placement.town.name, placement.is_located) == ("西坊市场门口", "西街道", False)


def test_many_positions_are_placed_in_order_or_not_at_all(layer):
    wanted = [Position(*middle_of(1, 0), source="gps"), Position(*middle_of(0, 1), source="map")]
    assert [one.community.name for one in place_many(wanted, now=MONDAY)] == ["西桥社区", "东坊社区"]
    with pytest.raises(OutsideCity):
        place_many([*wanted, Position(120, 30, source="gps")], now=MONDAY)
    assert Placement.objects.count() == 2


def test_the_database_refuses_half_a_point(layer):
    placement = at(0, 0)
    placement.latitude = None
    with pytest.raises(IntegrityError, match="placement_has_both_coordinates_or_neither"), transaction.atomic():
        placement.save(update_fields=["latitude"])


def test_near_finds_the_nearest_first(layer):
    here, there = at(0, 0), at(1, 0)
    assert list(near(*here.point, 50)) == [here]
    assert list(near(*there.point, 2000)) == [there, here]


# A redrawn layer: the borders between 坊 and 桥 move west, so that most of each 坊 becomes the 桥's.


@pytest.fixture
def redrawn(cells):
    shapes = [square(0, 0, 0.4), square(0.4, 0, 1.6), square(0, 1, 0.4), square(0.4, 1, 1.6)]
    return [NewCell(cell.code, cell.name, cell.community, shape) for cell, shape in zip(cells, shapes, strict=True)]


def test_a_redrawn_layer_moves_placements_and_keeps_where_they_were(layer, redrawn):
    moved, stays = at(0, 0), at(1, 1)
    newer = publish_layer(kind="block", cells=redrawn, by=None, now=TUESDAY)

    assert rehome_placements(layer=newer, by=None, now=TUESDAY) == 1

    moved.refresh_from_db()
    assert (moved.community.name, moved.layer_version) == ("西桥社区", 2)
    history = moved.homings.all()
    assert [(one.community.name, one.from_at, one.layer.version) for one in history] == [
        ("西坊社区", MONDAY, 1),
        ("西桥社区", TUESDAY, 2),
    ]
    stays.refresh_from_db()
    assert (stays.layer_version, stays.homings.count()) == (2, 0)
    assert rehome_placements(layer=newer, by=None, now=TUESDAY) == 0


def test_rehoming_goes_on_in_portions(layer, redrawn, monkeypatch):
    monkeypatch.setattr(services, "ROWS_PER_TRANSACTION", 2)
    placed = [at(0, 0) for _ in range(5)]
    newer = publish_layer(kind="block", cells=redrawn, by=None, now=TUESDAY)
    assert rehome_placements(layer=newer, by=None, now=TUESDAY) == 5
    assert Placement.objects.filter(layer=newer).count() == len(placed)


def test_history_cannot_be_rewritten(layer, redrawn):
    at(0, 0)
    rehome_placements(layer=publish_layer(kind="block", cells=redrawn, by=None, now=TUESDAY), by=None, now=TUESDAY)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        PlacementHoming.objects.update(reason="改写")


# What may be published


def test_a_layer_with_a_gap_is_refused(cells):
    with pytest.raises(LayerNotClean, match="漏空"):
        publish_layer(kind="block", cells=cells[:-1], by=None, now=MONDAY)


def test_a_layer_with_an_overlap_names_the_grids(cells):
    wide = NewCell(cells[0].code, cells[0].name, cells[0].community, square(0, 0, 1.2))
    with pytest.raises(LayerNotClean, match="442000001001001"):
        publish_layer(kind="block", cells=[wide, *cells[1:]], by=None, now=MONDAY)


def test_borders_that_do_not_meet_vertex_for_vertex_are_refused(cells):
    west, east = square(0, 0, 0.4), square(0.4, 0, 1.6)  # the northern neighbours have no vertex at 0.4
    uneven = [NewCell(c.code, c.name, c.community, shape) for c, shape in zip(cells, (west, east), strict=False)]
    with pytest.raises(LayerNotClean, match="没有逐点重合"):
        publish_layer(kind="block", cells=[*uneven, *cells[2:]], by=None, now=MONDAY)


def test_a_code_must_begin_with_its_communitys(cells):
    stranger = NewCell("442000009009001", "别处", cells[0].community, cells[0].geometry)
    with pytest.raises(LayerNotClean, match="15 位"):
        publish_layer(kind="block", cells=[stranger, *cells[1:]], by=None, now=MONDAY)


def test_strip_grids_may_lie_over_one_another(cells):
    layer = publish_layer(kind="strip", cells=[cells[0], cells[1]], by=None, now=MONDAY)
    assert (layer.kind, layer.version, layer.grids.count()) == ("strip", 1, 2)


def test_publishing_is_in_the_journal(layer):
    from wenming.journal.models import Entry

    entry = Entry.objects.get(action="territory.layer-published")
    assert (entry.about, entry.facts["cells"]) == ("gridlayer:block-1", 4)
