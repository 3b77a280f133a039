"""A real city's towns and communities come in once, from one file, and grids can be drawn and published over them."""

from __future__ import annotations

import json

import pytest
import shapely
from django.core.management import CommandError, call_command

from wenming.journal.models import Entry
from wenming.territory.areas import AreasNotUsable, AreasThere, enter_areas
from wenming.territory.models import Area
from wenming.territory.rules.coordinates import Datum, from_cgcs2000
from wenming.territory.services import NewCell, publish_layer

from .conftest import MONDAY, SINCE, square

NAMES = {
    "442000": "演示市", "442000001": "西坊街道办事处", "442000002": "东坊镇", "442000001001": "西坊社区居民委员会",
    "442000001002": "西桥社区居民委员会", "442000002201": "东坊村民委员会",
}  # fmt: skip
GROUND = {
    "442000001001": square(0, 0),
    "442000001002": square(1, 0),
    "442000002201": shapely.union_all([square(0, 1), square(1, 1)]),
}


def drawn(shape):
    return shape and shapely.geometry.mapping(shape)


def geojson(names=NAMES, ground=GROUND) -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": name},
            "geometry": drawn(ground.get(code)),
        }
        for code, name in names.items()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


def enter(content: bytes, datum: Datum = Datum.CGCS2000):
    return enter_areas(content, datum=datum, on=SINCE, now=MONDAY)


def test_a_city_begins_with_its_areas_and_can_publish_grids_over_them(db):
    entered = enter(geojson())

    assert entered.faults == 0 and len(entered.areas) == 6
    assert [str(one) for one in entered.areas] == ["演示市", "西坊街道", "东坊镇", "西坊社区", "西桥社区", "东坊村"]
    assert [one.kind for one in entered.areas] == ["市", "街道", "镇", "社区", "社区", "村"]
    assert entered.areas[0].geometry.equals(square(0, 0, 2, 2)), "the city is what its communities cover"
    assert entered.areas[5].parent.parent == entered.areas[0]
    assert Entry.objects.filter(action="territory.areas-entered").count() == 1
    cells = [NewCell(f"{one.code}001", f"{one}第 1 网格", one, one.geometry) for one in entered.areas[3:]]
    assert publish_layer(kind="block", cells=cells, by=None, now=MONDAY).grids.count() == 3


def test_they_come_in_once(db):
    enter(geojson())

    with pytest.raises(AreasThere):
        enter(geojson())
    assert Area.objects.count() == 6


def test_gaps_and_overlaps_between_communities_are_counted_not_mended(db):
    apart = enter(geojson(ground={**GROUND, "442000001002": square(0.9, 0, 1.1)}))

    assert apart.faults > 0
    assert Area.objects.get(code="442000001002").geometry.equals(square(0.9, 0, 1.1))


def test_another_datum_is_converted_at_the_edge(db):
    moved = {
        code: shapely.transform(one, lambda p: [from_cgcs2000(x, y, Datum.GCJ02) for x, y in p])
        for code, one in GROUND.items()
    }

    entered = enter(geojson(ground=moved), Datum.GCJ02)

    assert entered.areas[3].geometry.hausdorff_distance(square(0, 0)) < 1e-6 and entered.faults == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"\x00", "读不懂", id="no text"),
        pytest.param(b"[]", "读不懂", id="no collection"),
        pytest.param(geojson({**NAMES, "44200": "短"}), "“44200”", id="a code of five digits"),
        pytest.param(geojson({**NAMES, "442000001": ""}), "没有名称", id="no name"),
        pytest.param(geojson({code: name for code, name in NAMES.items() if code != "442000"}), "一个市", id="no city"),
        pytest.param(
            geojson({code: name for code, name in NAMES.items() if code != "442000002"}),
            "上级 442000002",
            id="an orphan",
        ),
        pytest.param(geojson({**NAMES, "442000003": "空镇"}), "442000003 下面一个村居也没有", id="an empty town"),
        pytest.param(geojson(ground={}), "没有画面", id="a community nobody drew"),
        pytest.param(geojson(ground={**GROUND, "442000001001": shapely.Point(113, 22)}), "要一个面", id="a point"),
    ],
)
def test_what_makes_no_city_is_refused_whole_and_in_words(db, content, words):
    with pytest.raises(AreasNotUsable, match=words):
        enter(content)
    assert not Area.objects.exists()


def test_the_command_says_what_came_in(db, tmp_path, capsys):
    file = tmp_path / "区划.geojson"
    file.write_bytes(geojson())

    call_command("load_areas", str(file), "--on", "2026-01-01")

    assert "镇街 2 个，村居 3 个" in capsys.readouterr().out
    with pytest.raises(CommandError, match="已经有区划"):
        call_command("load_areas", str(file))
