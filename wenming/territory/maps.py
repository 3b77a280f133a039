"""The map as a picture drawn by the server: it works without scripts, prints, and is read aloud.

Colours come from `static/territory/map.css` by class; nothing here carries a style, so a strict CSP holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import shapely
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from .base_map import STREET_NAMES_FROM, Names, base_map
from .models import Area, Grid, GridLayer, Level
from .rules.geometry import Bounds, metres_per_degree
from .rules.view import STREET_CORNER, View, path_data

# Not a limit of what is drawn (pins in one cell become one), but of how long placing them may take.
MOST_PINS = 20_000
GROUP_PX = 26


class Pin(NamedTuple):
    """Something on the map. state: late, soon, go, done, hold (as in every desk) or here (the asked place)."""

    longitude: float
    latitude: float
    state: str = "here"
    label: str = ""
    href: str = ""


class Outline(NamedTuple):
    """A shape drawn over the ground. state: chosen (looked at), moved (differs), fault, or plain."""

    geometry: BaseGeometry
    state: str = "plain"
    label: str = ""
    href: str = ""


def around(pins: Sequence[Pin], room: float) -> Bounds | None:
    """What a map shows that is to show all these pins, with this many degrees to spare; None where there are none."""
    if not pins:
        return None
    longitudes, latitudes = [pin.longitude for pin in pins], [pin.latitude for pin in pins]
    return min(longitudes) - room, min(latitudes) - room, max(longitudes) + room, max(latitudes) + room


def svg_map(
    *,
    bbox: Bounds | None = None,
    center: tuple[float, float] | None = None,
    zoom: float = 15,
    width: int = 620,
    height: int = 420,
    pins: Iterable[Pin | tuple[Any, ...]] = (),
    accuracy_m: float | None = None,
    outlines: Iterable[Outline] = (),
    title: str = "",
    description: str = "",
    closest: float = STREET_CORNER,
) -> SafeString:
    """A map of `bbox`, else around `center` (longitude, latitude) at `zoom`, else of the whole city, with its pins.

    pins: (longitude, latitude, state, label, href); pins that would cover one another become one with their number, so
    keep the same things in a list beside the map. accuracy_m draws the circle of the position's
    error around the first pin. closest: no closer than this zoom. The <svg> says in `data-bounds` which west,south,east,north it shows.
    """
    shown = [Pin(*pin) for pin in pins][:MOST_PINS]
    view = View.fitting(bbox, width, height, closest=closest) if bbox is not None else _view(center, zoom, width, height)
    base = base_map(view.zoom)
    names = Names()
    caption = _caption(view, names, base.caption)
    drawn_pins = _pins(view, shown, names)  # before the names, which make room for them
    written = [*base.town_names(view, names), *base.close_names(view, names)]
    drawn = [_outline(view, one) for one in outlines]
    under = [*base.draw(view), *drawn, *written, *_error_circle(view, shown, accuracy_m)]
    return _frame(view, [*under, *drawn_pins, caption], title or _("地图"), description or _describe(shown))


def geojson_of(layer: GridLayer | str) -> dict[str, Any]:
    """A layer of grids, or the areas of a level ("town", "community"), as a GeoJSON collection in CGCS2000 degrees."""
    things: Iterable[Grid | Area] = (
        layer.grids.order_by("code")
        if isinstance(layer, GridLayer)
        else Area.objects.filter(level=layer, valid_to=None, wkb__isnull=False).order_by("code")
    )
    return {"type": "FeatureCollection", "features": [_feature(thing) for thing in things]}


def _feature(thing: Grid | Area) -> dict[str, Any]:
    assert thing.geometry is not None
    return {
        "type": "Feature",
        "id": thing.code,
        "properties": {"code": thing.code, "name": thing.name},
        "geometry": shapely.geometry.mapping(thing.geometry),
    }


def _view(center: tuple[float, float] | None, zoom: float, width: int, height: int) -> View:
    if center is not None:
        return View(center[0], center[1], zoom, width, height)
    city = Area.objects.filter(level=Level.CITY, valid_to=None, wkb__isnull=False).defer("wkb").first()
    if city is None or city.min_lon is None:
        return View(113.38, 22.52, 10, width, height)
    return View.fitting((city.min_lon, city.min_lat, city.max_lon, city.max_lat), width, height)  # type: ignore[arg-type]


# Drawn around 0,0; the same five shapes as the status tags, so that colour never speaks alone.
_SYMBOLS = {
    "late": '<path d="M-4-9h8l5 5v8l-5 5h-8l-5-5v-8z"/><path class="map-mark" d="M0-5v6M0 4v1"/>',
    "soon": '<path d="M0-9 10 8h-20z"/>',
    "go": '<circle class="map-hollow" r="8"/><path d="M0-8a8 8 0 0 1 0 16z"/>',
    "done": '<circle r="8"/><path class="map-mark" fill="none" d="m-4 0 3 3 5-6"/>',
    "hold": (
        '<rect class="map-hollow" x="-8" y="-8" width="16" height="16" rx="2"/>'
        '<path class="map-bar" d="M-3-3v6M3-3v6"/>'
    ),
    "here": (
        '<path d="M0 0C-8-12-11-16-11-22a11 11 0 0 1 22 0C11-16 8-12 0 0z"/><circle class="map-eye" cy="-22" r="4"/>'
    ),
}
_URGENCY = ("here", "late", "soon", "go", "hold", "done")


def _pins(view: View, pins: Sequence[Pin], names: Names) -> list[str]:
    groups: dict[tuple[int, int], list[Pin]] = {}
    for pin in pins:
        x, y = view.pixel(pin.longitude, pin.latitude)
        if -GROUP_PX < x < view.width + GROUP_PX and -GROUP_PX < y < view.height + GROUP_PX:
            groups.setdefault((int(x // GROUP_PX), int(y // GROUP_PX)), []).append(pin)
    # The most urgent is drawn last, on top.
    ordered = sorted(groups.values(), key=lambda group: -min(_URGENCY.index(_known(pin.state)) for pin in group))
    return [_symbol(view, group, names) for group in ordered]


def _symbol(view: View, group: list[Pin], names: Names) -> str:
    pin = min(group, key=lambda one: _URGENCY.index(_known(one.state)))
    x, y = view.pixel(pin.longitude, pin.latitude)
    _make_room(names, x, y, pin, len(group))
    label = pin.label if len(group) == 1 else _("%(label)s 等 %(count)d 件") % {"label": pin.label, "count": len(group)}
    count = f'<text class="map-count" x="10" y="-6">{len(group)}</text>' if len(group) > 1 else ""
    mark = f"<title>{escape(label)}</title>{_SYMBOLS[_known(pin.state)]}{count}"
    placed = f'<g class="map-pin is-{_known(pin.state)}" transform="translate({x:g} {y:g})">{mark}</g>'
    return f'<a href="{escape(pin.href)}" aria-label="{escape(label)}">{placed}</a>' if pin.href else placed


def _outline(view: View, one: Outline) -> str:
    simple = shapely.simplify(one.geometry, 0.5 / view.pixels_per_degree[0])
    path = "".join(path_data(part, view) for part in shapely.get_parts(simple))
    if not path:
        return ""
    state = one.state if one.state in {"chosen", "moved", "fault"} else "plain"
    title = f"<title>{escape(one.label)}</title>" if one.label else ""
    drawn = f'<path class="map-outline is-{state}" d="{path}">{title}</path>'
    return f'<a href="{escape(one.href)}" aria-label="{escape(one.label)}">{drawn}</a>' if one.href else drawn


def _make_room(names: Names, x: float, y: float, pin: Pin, count: int) -> None:
    if pin.state == "here":
        names.pin(x, y - 16, 24, 34)
    else:
        names.pin(x, y, 22, 22)
    if count > 1:
        names.pin(x + 14, y - 10, 16, 14)


def _known(state: str) -> str:
    return state if state in _SYMBOLS else "go"


def _error_circle(view: View, pins: Sequence[Pin], accuracy_m: float | None) -> list[str]:
    if not pins or not accuracy_m:
        return []
    x, y = view.pixel(pins[0].longitude, pins[0].latitude)
    radius = accuracy_m / metres_per_degree(view.latitude)[0] * view.pixels_per_degree[0]
    return [f'<circle class="map-error" cx="{x:g}" cy="{y:g}" r="{min(radius, 4000):.1f}"/>']


def _describe(pins: Sequence[Pin]) -> str:
    labels = [pin.label for pin in pins if pin.label]
    if not pins:
        return _("镇街、道路和水域。")
    if len(pins) == 1:
        return labels[0] if labels else _("图上标出了一个位置。")
    return _("图上有 %(count)d 个位置：%(labels)s") % {"count": len(pins), "labels": "、".join(labels[:5])}


def _caption(view: View, names: Names, text: str) -> str:
    if not text:
        return ""
    wide = len(text) * 11
    names.reserve(view.width - wide / 2, view.height - 8, wide, 16)
    return (
        f'<text class="map-caption" x="{view.width - 6}" y="{view.height - 6}" text-anchor="end">{escape(text)}</text>'
    )


def _frame(view: View, body: Sequence[str], title: str, description: str) -> SafeString:
    # With links inside it is a group of things; without, one picture.
    role = "group" if any(part.startswith("<a ") for part in body) else "img"
    close = " is-close" if view.zoom >= STREET_NAMES_FROM else ""
    bounds = ",".join(f"{edge:.6f}" for edge in view.bounds)
    return mark_safe(  # noqa: S308 - every text in it went through escape()
        f'<svg class="map{close}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {view.width} {view.height}" '
        f'data-bounds="{bounds}" '
        f'role="{role}" aria-label="{escape(title)}" preserveAspectRatio="xMidYMid slice">'
        f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
        f'<rect class="map-beyond" width="{view.width}" height="{view.height}"/>{"".join(body)}</svg>'
    )
