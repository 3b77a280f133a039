"""A managed street with three shops, for the stories of 门前三包: `pytest_plugins` of the root names this module."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import shapely

from wenming.cases.tests.story import FOUNDED, MONDAY
from wenming.documents.models import Document
from wenming.evidence.services import Prepared, prepare
from wenming.evidence.tests.drawings import encoded, scene
from wenming.responsibilities.frontages.services import issue_area_notice, record_service
from wenming.territory.frontages.services import Edge, Walls, manage_street, register_premises, set_stretch
from wenming.territory.models import Area, Level, Premises
from wenming.territory.rules.geometry import label_point, metres_per_degree
from wenming.territory.services import NewCell, publish_layer

LON, LAT = 113.385, 22.525
KERB = "墙基到人行道路缘石"
DAY = timedelta(days=1)


@pytest.fixture
def street_city(small_city: SimpleNamespace, tmp_path: Path, settings: Any) -> SimpleNamespace:
    """The small city with one community of the east town, 民权路 in it, and three shops that share its north side:
    tea (told in writing), noodles and bikes (not told)."""
    settings.CITY = dataclasses.replace(settings.CITY, root=tmp_path)
    city = small_city
    box = shapely.box(113.38, 22.52, 113.39, 22.53)

    def area(code: str, level: str, name: str, parent: Area | None) -> Area:
        made = Area(code=code, level=level, name=name, short_name=name, kind="街道", parent=parent, valid_from=FOUNDED)
        made.set_geometry(box)
        made.label_lon, made.label_lat = label_point(box)
        made.save()
        return made

    whole = area("442000", Level.CITY, "演示市", None)
    city.town = area("442000002", Level.TOWN, "东区街道", whole)
    city.community = area("442000002001", Level.COMMUNITY, "东坊社区", city.town)
    publish_layer(kind="block", cells=[NewCell("442000002001001", "东坊第 1 网格", city.community, box)], by=None, now=MONDAY)
    line = shapely.LineString([(LON, LAT), (LON + 60 / metres_per_degree(LAT)[0], LAT)])
    city.street = manage_street(
        "DQ-001", "民权路", line, town=city.town, walls=Walls(9, 9, "北侧", "南侧"), on=FOUNDED, by=city.officer, now=MONDAY
    )
    city.tea, city.noodles, city.bikes = (_shop(city, name, n) for n, name in enumerate(("清和茶铺", "阿婆面馆", "顺风单车行")))
    return city


def _shop(city: SimpleNamespace, name: str, place: int) -> Premises:
    lon = LON + (place * 20 + 10) / metres_per_degree(LAT)[0]
    made = register_premises(
        name, longitude=lon, latitude=LAT + 9 / metres_per_degree(LAT)[1], door=f"民权路 {2 * place + 1} 号", on=date(2026, 3, 1),
        by=city.officer, now=MONDAY,
    )  # fmt: skip
    set_stretch(
        city.street, Edge("left", place * 20, place * 20 + 20, 3, KERB), holder=made, on=date(2026, 3, 1), by=city.officer, now=MONDAY
    )
    return made


@pytest.fixture
def told(street_city: SimpleNamespace) -> SimpleNamespace:
    """The tea shop was told in writing, and served, an hour before the story begins."""
    before = MONDAY - timedelta(hours=2)
    notice = issue_area_notice(street_city.tea, by=street_city.officer, now=before)
    serve(notice.document, street_city, before + timedelta(hours=1))
    return street_city


def serve(document: Document, city: SimpleNamespace, at: datetime) -> None:
    record_service(document, way="handed", served_at=at, receiver="店员", by=city.officer, now=at)


@pytest.fixture
def photo(street_city: SimpleNamespace) -> Callable[[], Prepared]:
    picture = encoded(scene(), quality=80)
    return lambda: prepare(BytesIO(picture))
