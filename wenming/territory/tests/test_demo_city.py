"""The made-up map is whole, the same for the same seed, and says that it is made up."""

import numpy as np
import pytest
import shapely
from django.utils.html import strip_tags

from wenming.territory.demo.geography import _plans, _rows, build_geography
from wenming.territory.demo.partition import draw_partition
from wenming.territory.grids.overlays import grids_at
from wenming.territory.maps import geojson_of, svg_map
from wenming.territory.models import Area, Grid, GridLayer, Landmark, Road, Water
from wenming.territory.rules.coverage import Cell, audit_partition
from wenming.territory.rules.geometry import area_m2, label_point
from wenming.territory.selectors import address_candidates, home_of, nearest_address

from .conftest import MONDAY


@pytest.fixture(scope="module")
def plans():
    rows = _rows("zhongshan_areas.csv")
    codes = {row["code"]: Area(code=row["code"], level="community") for row in rows if len(row["code"]) == 12}
    return _plans(codes)


@pytest.fixture(scope="module")
def partition(plans):
    return draw_partition(plans, np.random.default_rng(7))


def test_grids_cover_the_city_once(partition):
    cells = [cell for own in partition.grids.values() for cell in own]
    assert audit_partition([Cell(str(n), cell) for n, cell in enumerate(cells)], partition.city).is_clean
    assert shapely.coverage_is_valid(list(partition.communities.values()))
    assert shapely.coverage_is_valid(list(partition.towns.values()))


def test_it_has_a_citys_size_and_every_unit_is_one_piece(partition):
    assert area_m2(partition.city) / 1e6 == pytest.approx(1780, rel=0.05)
    pieces = [*partition.towns.values(), *partition.communities.values(), partition.city]
    assert {piece.geom_type for piece in pieces} == {"Polygon"}
    assert {len(partition.towns), len(partition.communities)} == {23, 287}


def test_the_same_seed_draws_the_same_map(plans, partition):
    again = draw_partition(plans, np.random.default_rng(7))
    assert again.city.equals(partition.city)
    assert shapely.to_wkb(again.towns["442000001"]) == shapely.to_wkb(partition.towns["442000001"])


@pytest.mark.django_db
def test_the_demo_city_stands():
    build_geography(7, MONDAY)
    layer = GridLayer.objects.get(kind="block")
    assert layer.synthetic
    assert "合成" in layer.note
    assert Grid.objects.count() > 287 * 4
    assert Road.objects.count() > 1000
    assert Water.objects.count() >= 4
    assert Landmark.objects.count() == 620

    for place in Landmark.objects.select_related("town")[:50]:
        assert home_of(place.longitude, place.latitude).town == place.town
        assert place.name in nearest_address(place.longitude, place.latitude)
        assert address_candidates(f"{place.town.short_name}{place.name}门口")[0].text.startswith(place.name)

    asked = Landmark.objects.select_related("town").first()
    best = address_candidates(f"{asked.town.short_name}{asked.road}{asked.number}号有垃圾")[0]
    assert (best.kind, best.longitude) == ("number", asked.longitude)
    assert address_candidates("火星") == []

    picture = svg_map(width=620, height=620)
    assert "石岐街道" in strip_tags(picture)
    assert "演示数据" in picture
    assert len(geojson_of(layer)["features"]) == layer.grids.count()
    over = {one.kind: one for one in GridLayer.objects.exclude(kind="block")}
    assert set(over) == {"strip", "unit"}
    for one in over.values():
        shapes = [grid.geometry for grid in one.grids.all()]
        assert len(shapes) > 5
        assert shapely.area(shapely.union_all(shapes)) == pytest.approx(sum(shapely.area(shapes)), rel=1e-6), "they do not overlap"
    inside = over["unit"].grids.first()
    first = grids_at(*label_point(inside.geometry))
    assert [one.kind for one in first] == ["unit", "block"]
    with pytest.raises(RuntimeError, match="not empty"):
        build_geography(7, MONDAY)
