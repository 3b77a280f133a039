"""A city of two towns and four square communities, each of one square grid:

+-------+-------+
| 002   | 002   |     each square is 0.01° wide and high;
| 东坊  | 东桥  |     the lower left corner is ORIGIN
+-------+-------+
| 001   | 001   |
| 西坊  | 西桥  |
+-------+-------+
"""

from datetime import UTC, date, datetime

import pytest
import shapely

from wenming.territory.models import Area
from wenming.territory.rules.geometry import label_point
from wenming.territory.services import NewCell, publish_layer

ORIGIN = (113.38, 22.52)
SIDE = 0.01
MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
SINCE = date(2022, 1, 1)
NAMES = {(0, 0): "西坊社区", (1, 0): "西桥社区", (0, 1): "东坊社区", (1, 1): "东桥社区"}


def square(column, row, wide=1.0, high=1.0):
    west, south = ORIGIN[0] + column * SIDE, ORIGIN[1] + row * SIDE
    return shapely.box(round(west, 7), round(south, 7), round(west + wide * SIDE, 7), round(south + high * SIDE, 7))


def middle_of(column, row):
    return ORIGIN[0] + (column + 0.5) * SIDE, ORIGIN[1] + (row + 0.5) * SIDE


def area(code, name, level, parent=None, shape=None):
    made = Area(code=code, name=name, short_name=name, level=level, kind="社区", parent=parent, valid_from=SINCE)
    if shape is not None:
        made.set_geometry(shape)
        made.label_lon, made.label_lat = label_point(shape)
    made.save()
    return made


@pytest.fixture
def areas(db):
    """The two towns and four communities by code, without grids."""
    city = area("442000", "演示市", "city", shape=square(0, 0, 2, 2))
    towns = [area(f"44200000{row + 1}", f"{'西东'[row]}街道", "town", city, square(0, row, 2)) for row in (0, 1)]
    made = [city, *towns]
    for (column, row), name in NAMES.items():
        made.append(area(f"44200000{row + 1}00{column + 1}", name, "community", towns[row], square(column, row)))
    return {one.code: one for one in made}


@pytest.fixture
def cells(areas):
    return [
        NewCell(f"{one.code}001", f"{one.name}第 1 网格", one, one.geometry)
        for one in areas.values()
        if one.level == "community"
    ]


@pytest.fixture
def layer(cells):
    return publish_layer(kind="block", cells=cells, by=None, now=MONDAY)
