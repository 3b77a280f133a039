"""Small geometry on degrees. Exact enough inside one city: within 100 km flat-earth errors stay below 0.1 %."""

from __future__ import annotations

from math import cos, hypot, radians

import numpy as np
import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

METRES_PER_DEGREE = 111_320.0
HANDS_BREADTH_M = 0.1
Bounds = tuple[float, float, float, float]  # min_lon, min_lat, max_lon, max_lat

_DEFECTS = {
    "Self-intersection": "边线自己交叉",
    "Ring Self-intersection": "边线自己相接",
    "Too few points": "点数太少，围不成面",
    "Hole lies outside shell": "挖空的部分在图形外面",
    "Nested holes": "挖空的部分互相套住",
    "Duplicate Rings": "同一条边线出现两次",
    "Interior is disconnected": "图形被边线分成了几块",
    "Invalid Coordinate": "有的坐标不是数字",
}


def metres_per_degree(latitude: float) -> tuple[float, float]:
    """Metres in one degree of longitude and of latitude here."""
    return METRES_PER_DEGREE * cos(radians(latitude)), METRES_PER_DEGREE


def distance_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Metres between two points of one city."""
    east, north = metres_per_degree((a[1] + b[1]) / 2)
    return hypot((a[0] - b[0]) * east, (a[1] - b[1]) * north)


def box_around(longitude: float, latitude: float, metres: float) -> Bounds:
    """The smallest box of degrees that holds every point within `metres`."""
    east, north = metres_per_degree(latitude)
    return longitude - metres / east, latitude - metres / north, longitude + metres / east, latitude + metres / north


def within_reach(shapes: np.ndarray, cells: np.ndarray, metres: float) -> list[tuple[int, int, tuple[float, float]]]:
    """(number of a shape, number of a cell that some part of it is within `metres` of, a point there), the cells that a shape
    lies in first, by their numbers, then those beside it, the nearest first."""
    if not len(shapes) or not len(cells):
        return []
    tree, many = shapely.STRtree(shapes), len(cells)
    inside = _pairs(tree, cells)
    east, _north = metres_per_degree(float(np.abs(shapely.total_bounds(cells)[[1, 3]]).max()))
    # Around them with a margin: the buffer's corners are cut, and a degree of longitude is the shorter one.
    around = np.setdiff1d(_pairs(tree, shapely.buffer(cells, 1.01 * metres / east)), inside, assume_unique=True)
    lines = shapely.shortest_line(shapes[around // many], cells[around % many])
    ends = shapely.get_coordinates(lines).reshape(-1, 2, 2).tolist()
    beside = sorted(
        (far, *divmod(pair, many), _beyond(a, b, far))
        for pair, (a, b) in zip(around.tolist(), ends, strict=True)
        if (far := distance_m(a, b)) <= metres
    )
    at = shapely.get_coordinates(shapely.point_on_surface(shapes))[inside // many]
    own = zip((inside // many).tolist(), (inside % many).tolist(), map(tuple, at.tolist()), strict=True)
    return [*own, *((number, hit, point) for _far, number, hit, point in beside)]


def _pairs(shapes: shapely.STRtree, cells: np.ndarray) -> np.ndarray:
    """Shapes and cells that meet, each pair as one number: of the shape times how many cells there are, plus that of the cell."""
    hits, numbers = shapes.query(cells, "intersects")
    return np.sort(numbers * len(cells) + hits)


def _beyond(a: tuple[float, float], b: tuple[float, float], far: float) -> tuple[float, float]:
    """A hand's breadth farther than b, coming from a: a border itself is the neighbour's as well."""
    more = HANDS_BREADTH_M / far if far else 0.0
    return b[0] + (b[0] - a[0]) * more, b[1] + (b[1] - a[1]) * more


def area_m2(geometry: BaseGeometry) -> float:
    """Square metres of a polygon in degrees, flattened at the latitude of its own middle."""
    if geometry.is_empty:
        return 0.0
    east, north = metres_per_degree((geometry.bounds[1] + geometry.bounds[3]) / 2)
    return float(geometry.area * east * north)


def sound(shape: BaseGeometry) -> BaseGeometry:
    """The shape itself where it is a usable area; else the areas that can be read of it: a bow tie's two halves, of a line none."""
    if shape.is_valid and shape.geom_type in {"Polygon", "MultiPolygon"}:
        return shape
    made = shapely.make_valid(shape)
    flat = [part for one in shapely.get_parts(made) for part in shapely.get_parts(one) if part.geom_type == "Polygon"]
    return shapely.union_all(flat) if flat else shapely.Polygon()


def label_point(geometry: BaseGeometry) -> tuple[float, float]:
    """Where a name is written: the middle when that lies inside, else a point that does."""
    middle = geometry.centroid
    point: Point = middle if geometry.covers(middle) else geometry.representative_point()
    return round(point.x, 7), round(point.y, 7)


def what_is_wrong(geometry: BaseGeometry) -> str:
    """Why a polygon cannot be used, as a sentence for the person who drew it; empty when it can."""
    if geometry.is_empty:
        return "图形是空的，请重新画一遍。"
    if geometry.geom_type not in {"Polygon", "MultiPolygon"}:
        return "这里要一个面，现在画的是点或线。"
    if geometry.is_valid:
        return ""
    reason = explain_validity(geometry)
    where = reason[reason.find("[") + 1 : -1].replace(" ", ", ") if "[" in reason else ""
    words = next((text for key, text in _DEFECTS.items() if reason.startswith(key)), "边线围不成一个面")
    return f"{words}{f'（在 {where} 附近）' if where else ''}，请改好后再提交。"
