"""Everything under the pins of a drawn map: simplified once for each whole zoom, then only clipped and written out."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import floor

import numpy as np
import shapely
from django.utils.html import escape
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from .homes import HomeIndex, base_layer, current_index
from .models import Area, GridLayer, Level, Road, Water
from .rules.view import View, path_data

# From these zooms on (as web maps count: 256 px for the world at 0) a kind of line or name is drawn.
COMMUNITIES_FROM, STREETS_FROM, STREET_NAMES_FROM, GRIDS_FROM = 12, 13, 15, 15
TOWN_NAMES_UNTIL = 14
_Box = tuple[float, float, float, float]


class Names:
    """Writes names where no other name is yet, and no pin: pins stay where they are, names make room."""

    def __init__(self) -> None:
        self.taken: list[_Box] = []
        self.pins: list[_Box] = []

    def pin(self, x: float, y: float, width: float, height: float) -> None:
        """A pin stands here, whatever else does."""
        self.pins.append(_box(x, y, width, height))

    def reserve(self, x: float, y: float, width: float, height: float, under_pins: bool = False) -> bool:
        box = _box(x, y, width, height)
        if any(_touch(box, other) for other in (self.taken if under_pins else [*self.taken, *self.pins])):
            return False
        self.taken.append(box)
        return True

    def area(self, view: View, area: Area, css: str, size: int, needed: bool = False) -> str:
        if area.label_lon is None or area.label_lat is None:
            return ""
        return self.write(view, area.label_lon, area.label_lat, area.short_name, css, size, needed)

    def road(self, view: View, road: Road) -> str:
        seen = shapely.clip_by_rect(road.geometry, *view.bounds)
        if seen.is_empty or seen.length * view.pixels_per_degree[0] < 70:
            return ""
        middle = seen.interpolate(0.5, normalized=True)
        return self.write(view, middle.x, middle.y, road.name, "map-road-name", 12)

    def write(
        self, view: View, longitude: float, latitude: float, text: str, css: str, size: int, needed: bool = False
    ) -> str:
        """The text at its place, else a little below or above it, or beside; else not at all.

        needed: rather under a pin than not at all, so that a map of a hundred pins still says where it is.
        """
        x, y = view.pixel(longitude, latitude)
        wide = len(text) * size
        for under_pins in (False, True)[: 1 + needed]:
            for right, down in ((0, 0), (0, size + 4), (0, -size - 4), (wide / 2 + 16, 0), (-wide / 2 - 16, 0)):
                if self._fits(view, x + right, y + down, wide, size, under_pins):
                    place = f'x="{x + right:g}" y="{y + down + size / 3:.0f}"'
                    return f'<text class="{css}" {place} text-anchor="middle">{escape(text)}</text>'
        return ""

    def _fits(self, view: View, x: float, y: float, wide: float, size: int, under_pins: bool) -> bool:
        inside = wide / 2 < x < view.width - wide / 2 and size < y < view.height - size
        return inside and self.reserve(x, y, wide + 8, size + 6, under_pins)


def _box(x: float, y: float, width: float, height: float) -> _Box:
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _touch(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


class MapLayer:
    """Shapes of one class with a tree over them."""

    def __init__(self, css: str, shapes: Iterable[BaseGeometry], tolerance: float, filled: bool = False) -> None:
        simplified = shapely.simplify(np.array(list(shapes), dtype=object), tolerance)
        self.css, self.filled = css, filled
        self.shapes = simplified[~shapely.is_empty(simplified)] if len(simplified) else simplified
        self.tree = shapely.STRtree(self.shapes)

    def draw(self, view: View) -> str:
        hits = self.tree.query(shapely.box(*view.bounds))
        return _drawn(self.css, self.shapes[np.sort(hits)], view, self.filled)


class BaseMap:
    """Everything under the pins at one whole zoom."""

    def __init__(self, index: HomeIndex, zoom: int) -> None:
        pixel = 360 / 256 / 2**zoom
        self.index, self.zoom = index, zoom
        areas = list(Area.objects.filter(valid_to=None, wkb__isnull=False).select_related("parent"))
        self.towns = [area for area in areas if area.level == Level.TOWN]
        self.communities = [area for area in areas if area.level == Level.COMMUNITY]
        self.roads = list(Road.objects.filter(wkb__isnull=False).order_by("pk")) if zoom >= STREET_NAMES_FROM else []
        self.road_tree = shapely.STRtree([road.geometry for road in self.roads])
        self.ground = list(self._ground(areas, 0.7 * pixel))
        self.borders = list(self._borders(0.7 * pixel))
        self.layer = base_layer()

    @property
    def caption(self) -> str:
        """In the language of whoever looks now: the drawing is kept for everybody."""
        return _caption(self.layer)

    def _ground(self, areas: Sequence[Area], tolerance: float) -> Iterable[MapLayer]:
        land = [area.geometry for area in areas if area.level == Level.CITY] or [town.geometry for town in self.towns]
        yield MapLayer("map-land", land, tolerance, filled=True)
        water = (water.geometry for water in Water.objects.filter(wkb__isnull=False).order_by("pk"))
        yield MapLayer("map-water", water, tolerance, filled=True)
        roads = Road.objects.filter(wkb__isnull=False).order_by("pk")
        if self.zoom >= STREETS_FROM:
            yield MapLayer("map-street", [r.geometry for r in roads.filter(rank=Road.Rank.STREET)], tolerance)
        yield MapLayer("map-road", [r.geometry for r in roads.filter(rank=Road.Rank.MAIN)], tolerance)

    def _borders(self, tolerance: float) -> Iterable[MapLayer]:
        if self.zoom >= COMMUNITIES_FROM:
            yield MapLayer("map-community", _borders(area.geometry for area in self.communities), tolerance)
        yield MapLayer("map-town", _borders(town.geometry for town in self.towns), tolerance)

    def draw(self, view: View) -> list[str]:
        ground, borders = ([layer.draw(view) for layer in layers] for layers in (self.ground, self.borders))
        return [*ground, self._draw_grids(view), *borders]

    def _draw_grids(self, view: View) -> str:
        """The cells in the window, straight from the tree: a city may have 200,000, and a close view shows a few."""
        if self.zoom < GRIDS_FROM:
            return ""
        cells = self.index.tree.geometries[self.index.tree.query(shapely.box(*view.bounds))]
        return _drawn("map-grid", _borders(cells), view, filled=False)

    def town_names(self, view: View, names: Names) -> list[str]:
        shown = self.towns if self.zoom <= TOWN_NAMES_UNTIL else []
        return [names.area(view, town, "map-town-name", 15, needed=True) for town in shown]

    def close_names(self, view: View, names: Names) -> list[str]:
        shown = self.communities if self.zoom > COMMUNITIES_FROM else []
        return [
            *(names.area(view, area, "map-name", 13) for area in shown),
            *(
                names.road(view, self.roads[number])
                for number in np.sort(self.road_tree.query(shapely.box(*view.bounds)))
            ),
        ]


def _borders(shapes: Iterable[BaseGeometry | None]) -> list[BaseGeometry]:
    """The lines between cells, each once, so that dashes of two neighbours do not fill each other's gaps."""
    edges = shapely.union_all([shape.boundary for shape in shapes if shape is not None])
    return list(shapely.get_parts(shapely.line_merge(edges)))


def _drawn(css: str, shapes: Sequence[BaseGeometry], view: View, filled: bool) -> str:
    """One path of all shapes, cut a little outside the window so that the cut is not seen."""
    west, south, east, north = view.bounds
    pad = (east - west) * 0.03
    clipped = shapely.clip_by_rect(shapes, west - pad, south - pad, east + pad, north + pad)
    data = "".join(path_data(part, view) for part in shapely.get_parts(clipped))
    fill = "" if filled else ' fill="none"'
    return f'<path class="{css}"{fill} d="{data}"/>' if data else ""


_drawing = threading.Lock()


def base_map(zoom: float) -> BaseMap:
    """The base map of today's layer for this zoom, from the process's cache."""
    with _drawing:  # eight threads asking for a cold zoom must not each simplify the city
        return _cached(current_index(), min(max(floor(zoom), 8), 18))


@lru_cache(maxsize=12)
def _cached(index: HomeIndex, zoom: int) -> BaseMap:
    return BaseMap(index, zoom)


def _caption(layer: GridLayer | None) -> str:
    if layer is None:
        return ""
    if layer.synthetic:
        return _("演示数据 · 边界为合成")
    return _("审图号 %(number)s") % {"number": layer.review_number} if layer.review_number else ""
