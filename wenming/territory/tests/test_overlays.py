"""Which grid answers where several lie over one another."""

from wenming.territory.grids.overlays import grids_at, grids_at_many
from wenming.territory.rules.precedence import next_code
from wenming.territory.services import NewCell, publish_layer

from .conftest import MONDAY, ORIGIN, SIDE, middle_of, square


def overlay(areas, kind, serial, shape):
    community = areas["442000001001"]
    return publish_layer(kind=kind, cells=[NewCell(f"{community.code}{serial}", "上面的", community, shape)], by=None, now=MONDAY)


def test_a_unit_goes_before_a_strip_and_a_strip_before_a_block(layer, areas):
    overlay(areas, "strip", 601, square(0, 0.4, 1, 0.2))
    overlay(areas, "unit", 801, square(0.4, 0.4, 0.2, 0.2))
    inside, street, field = middle_of(0, 0), (ORIGIN[0] + 0.1 * SIDE, ORIGIN[1] + 0.5 * SIDE), middle_of(1, 1)
    assert [one.kind for one in grids_at(*inside)] == ["unit", "strip", "block"]
    assert [one.code[12:] for one in grids_at(*street)] == ["601", "001"]
    assert [one.kind for one in grids_at(*field)] == ["block"]
    assert grids_at(0.0, 0.0) == []
    many = grids_at_many([inside[0], street[0]], [inside[1], street[1]])
    assert many == [grids_at(*inside), grids_at(*street)]


def test_a_newer_layer_is_followed(layer, areas):
    overlay(areas, "unit", 801, square(0.4, 0.4, 0.2, 0.2))
    assert grids_at(*middle_of(0, 0))[0].kind == "unit"
    overlay(areas, "unit", 801, square(0.1, 0.1, 0.1, 0.1))
    assert grids_at(*middle_of(0, 0))[0].kind == "block"


def test_codes_of_the_kinds_never_meet():
    assert next_code("442000001001", "block", {"442000001001001"}) == "442000001001002"
    assert next_code("442000001001", "strip", set()) == "442000001001601"
    assert next_code("442000001001", "unit", {"442000001001801"}) == "442000001001802"
