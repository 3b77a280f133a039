from xml.etree import ElementTree

import pytest
from django.utils import translation

from wenming.territory import base_map
from wenming.territory.homes import current_index
from wenming.territory.maps import Pin, geojson_of, svg_map
from wenming.territory.models import GridLayer

from .conftest import ORIGIN, SIDE, middle_of

SVG = "{http://www.w3.org/2000/svg}"


def parsed(**wanted):
    return ElementTree.fromstring(svg_map(**wanted))


@pytest.mark.parametrize("zoom", [9, 12, 14, 16.5, 18])
def test_it_is_valid_xml_without_styles_at_every_zoom(layer, zoom):
    root = parsed(center=middle_of(0, 0), zoom=zoom, pins=[(*middle_of(0, 0), "late", "占道经营", "/c/1")])
    assert all("style" not in part.attrib for part in root.iter())
    assert not list(root.iter(f"{SVG}style"))


def test_a_map_drawn_for_a_reader_of_english_speaks_chinese_to_the_next(layer, monkeypatch):
    monkeypatch.setattr(base_map, "base_layer", lambda: GridLayer(synthetic=True))
    drawn = base_map.BaseMap(current_index(), 12)

    with translation.override("en"):
        assert "演示数据" not in drawn.caption
    assert "演示数据" in drawn.caption


def test_it_is_read_aloud_as_one_picture_with_a_name(layer):
    root = parsed(title="问题位置", pins=[Pin(*middle_of(0, 0), label="西坊市场")])
    assert (root.attrib["role"], root.attrib["aria-label"]) == ("img", "问题位置")
    assert (root.find(f"{SVG}title").text, root.find(f"{SVG}desc").text) == ("问题位置", "西坊市场")


def test_pins_that_lead_somewhere_are_named_links(layer):
    root = parsed(pins=[(*middle_of(0, 0), "soon", "垃圾满溢", "/c/1"), (*middle_of(1, 1), "done", "井盖", "/c/2")])
    assert root.attrib["role"] == "group"
    assert {(link.attrib["href"], link.attrib["aria-label"]) for link in root.iter(f"{SVG}a")} == {
        ("/c/1", "垃圾满溢"),
        ("/c/2", "井盖"),
    }


def test_pins_on_top_of_one_another_become_one_that_shows_the_most_urgent(layer):
    here = middle_of(0, 0)
    pins = [Pin(*here, "done", "甲"), Pin(*here, "late", "乙"), Pin(*here, "go", "丙")]
    root = parsed(center=here, zoom=12, pins=pins)
    (pin,) = [part for part in root.iter(f"{SVG}g") if "map-pin" in part.attrib["class"]]
    assert "is-late" in pin.attrib["class"]
    assert pin.find(f"{SVG}title").text == "乙 等 3 件"


def test_words_from_people_cannot_become_markup(layer):
    nasty = '"><script>alert(1)</script>'
    picture = svg_map(title=nasty, pins=[(*middle_of(0, 0), "go", nasty, f"/c/{nasty}")])
    ElementTree.fromstring(picture)
    assert "<script" not in picture


def test_borders_are_drawn_once_and_names_stand_inside(layer):
    box = (ORIGIN[0], ORIGIN[1], ORIGIN[0] + 2 * SIDE, ORIGIN[1] + 2 * SIDE)
    root = parsed(bbox=box, width=400, height=400)
    drawn = [part.attrib["class"] for part in root.iter(f"{SVG}path")]
    assert drawn == ["map-land", "map-community", "map-town"]
    borders = root.find(f"{SVG}path[@class='map-town']").attrib["d"]
    assert borders.count("M") == 3  # two halves of the outline, and one line between the two towns
    texts = [(part.text, float(part.attrib["x"]), float(part.attrib["y"])) for part in root.iter(f"{SVG}text")]
    assert {"西街道", "东街道", "西桥社区"} <= {text for text, _x, _y in texts}
    assert all(0 < x < 400 and 0 < y < 400 for _text, x, y in texts)


def test_a_name_makes_room_for_a_pin(layer):
    box = (ORIGIN[0], ORIGIN[1], ORIGIN[0] + 2 * SIDE, ORIGIN[1] + 2 * SIDE)
    plain = parsed(bbox=box, width=400, height=400)
    [before] = [part for part in plain.iter(f"{SVG}text") if part.text == "西街道"]
    x, y = float(before.attrib["x"]), float(before.attrib["y"]) - 5
    west, south, east, north = (float(edge) for edge in plain.attrib["data-bounds"].split(","))
    on_it = (west + x / 400 * (east - west), north - y / 400 * (north - south))

    pinned = parsed(bbox=box, width=400, height=400, pins=[(*on_it, "late", "占道经营")])
    [after] = [part for part in pinned.iter(f"{SVG}text") if part.text == "西街道"]

    moved_by = max(abs(float(after.attrib["x"]) - x) / (3 * 15 / 2 + 11), abs(float(after.attrib["y"]) - 5 - y) / 18)
    assert moved_by >= 1, "name and pin do not cover one another"


def test_a_map_full_of_pins_still_says_where_it_is(layer):
    box = (ORIGIN[0], ORIGIN[1], ORIGIN[0] + 2 * SIDE, ORIGIN[1] + 2 * SIDE)
    steps = [SIDE * step / 10 for step in range(1, 20)]
    pins = [(ORIGIN[0] + right, ORIGIN[1] + up, "go", "垃圾满溢") for right in steps for up in steps]

    crowded = parsed(bbox=box, width=400, height=400, pins=pins)

    assert {"西街道", "东街道"} <= {part.text for part in crowded.iter(f"{SVG}text")}


def test_a_city_without_any_map_still_gets_a_picture(db):
    assert parsed(pins=[(113.38, 22.52)]).tag == f"{SVG}svg"


def test_geojson_names_every_grid(layer):
    collection = geojson_of(layer)
    assert collection["features"][0]["id"] == "442000001001001"
    assert collection["features"][0]["geometry"]["type"] == "Polygon"
    assert len(geojson_of("town")["features"]) == 2
