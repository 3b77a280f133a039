"""Metres of a projection to degrees: against PROJ's own figures, by code or by the words that drawing programmes write."""

from __future__ import annotations

import numpy as np
import pytest

from wenming.territory.rules.geometry import METRES_PER_DEGREE
from wenming.territory.rules.projections import PROJECTIONS, Projection, declared, plausible

ZHONGSHAN = (113.38, 22.52)
# Forward by PROJ 9 (pyproj), from degrees of EPSG:4490 (EPSG:4326 for UTM and Mercator).
FIGURES = [
    ("EPSG:4513", 75.9, 39.5, 25577412.692085985, 4374400.865221143),
    ("EPSG:4526", 113.38, 22.52, 38436212.61467313, 2491514.243117095),
    ("EPSG:4533", 134.2, 47.8, 45440069.52375714, 5296499.877548155),
    ("EPSG:4534", 74.1, 38.9, 421925.9268119415, 4307787.611748234),
    ("EPSG:4547", 113.38, 22.52, 436212.61467312893, 2491514.243117095),
    ("EPSG:4554", 135.05, 48.3, 503709.58354313875, 5351786.775709243),
    ("EPSG:4509", 113.38, 22.52, 127392.77663745242, 2495894.4697134397),
    ("EPSG:32649", 113.38, 22.52, 744810.0011293705, 2492333.687624308),
    ("EPSG:32650", 113.38, 22.52, 127541.81952769926, 2494896.1120015606),
    ("EPSG:3857", 113.38, 22.52, 12621403.866141357, 2574073.0484266914),
]
ESRI = (
    'PROJCS["CGCS2000_3_Degree_GK_CM_114E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",'
    'SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],'
    'PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",114.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)
XIAN = ESRI.replace("D_China_2000", "D_Xian_1980").replace("CGCS2000", "Xian_80").replace("China_Geo", "Geo")


@pytest.mark.parametrize(("name", "lon", "lat", "east", "north"), FIGURES, ids=[one[0] for one in FIGURES])
def test_every_projection_leads_back_within_a_millimetre(name: str, lon: float, lat: float, east: float, north: float) -> None:
    found = PROJECTIONS[name].to_degrees(np.array([[east, north]]))[0]
    assert found == pytest.approx([lon, lat], abs=0.001 / METRES_PER_DEGREE)


def test_all_zones_of_the_standard_are_known() -> None:
    named = {f"EPSG:{code}" for code in range(4491, 4555)} | {f"EPSG:{code}" for code in range(32643, 32654)} | {"EPSG:3857"}
    assert set(PROJECTIONS) == named


def test_a_local_meridian_is_read_from_the_words() -> None:
    """A city's own zone has no code; a draughtsman's programme still writes its meridian."""
    local = declared(ESRI.replace("114.0", "113.3333333333").replace("CM_114E", "CM_113_20"))
    assert isinstance(local, Projection)
    same = declared(ESRI)
    assert isinstance(same, Projection)
    point = np.array([[436212.61467312893, 2491514.243117095]])
    assert same.to_degrees(point)[0] == pytest.approx(ZHONGSHAN, abs=1e-8)
    assert local.to_degrees(point)[0][0] == pytest.approx(113.38 - 2 / 3, abs=1e-5)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        pytest.param("EPSG:4490", "cgcs2000", id="degrees of CGCS2000"),
        pytest.param("EPSG:4326", "wgs84", id="degrees of WGS 84"),
        pytest.param("EPSG:2422", None, id="Beijing 1954 is not approximated"),
        pytest.param(XIAN, None, id="nor Xi'an 1980"),
        pytest.param(ESRI.replace("Gauss_Kruger", "Albers"), None, id="another projection"),
        pytest.param(ESRI.replace('"Latitude_Of_Origin",0.0', '"Latitude_Of_Origin",22.0'), None, id="from another origin"),
        pytest.param("", None, id="nothing said"),
    ],
)
def test_what_a_file_says_is_known_or_it_is_not(text: str, means: object) -> None:
    assert declared(text) == means


def test_metres_that_nobody_named_are_offered_with_where_they_would_lie() -> None:
    """Two systems bring the same numbers into the same city, a kilometre apart: nobody but a person can tell."""
    with_zone = plausible(38436212.6, 2491514.2, ZHONGSHAN)
    assert [one.name for one, *_at in with_zone] == ["EPSG:4526"]
    bare = [one.name for one, *_at in plausible(744810.0, 2492333.7, ZHONGSHAN)]
    assert bare[0] == "EPSG:32649"
    assert {"EPSG:4508", "EPSG:4546"} <= set(bare)
    assert plausible(1e9, 1e9, ZHONGSHAN) == []


def test_what_is_no_place_is_no_number() -> None:
    assert np.isnan(PROJECTIONS["EPSG:4547"].to_degrees(np.array([[9e6, 9e9]]))).any()
