"""地图: one page with layers for everything that has a place, and their vector tiles (7.6)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import shapely
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from wenming.cases.selectors import cases_visible_to
from wenming.desks.common.access import View, desk, whoever
from wenming.territory.rules.mvt import Value, tile_bounds
from wenming.territory.tiles import LARGEST_ZOOM, MOST_FEATURES, SOURCES, component_tile, encoded, tile_of_layer

from ..map_page import CASES_SEEN_BY, COMPONENTS_SEEN_BY, SEEN_BY, page_of

office_desk = desk("office")
MVT = "application/vnd.mapbox-vector-tile"
# A tile is asked for again at once, and answered with 304 while its layer stands.
ALWAYS_ASK = "private, no-cache"


@require_safe
@office_desk("who.ask")
def city_map(request: HttpRequest) -> HttpResponse:
    """The map with its switches and legend; without script a picture; beside it the same as a list."""
    return render(request, "office/map.html", page_of(request.GET, whoever(request)))


def tiles_of(name: str) -> View:
    """The tiles of one layer that is the same for everybody who may see it."""

    @require_safe
    @office_desk(SEEN_BY)
    def tile(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
        return _answer(request, *tile_of_layer(SOURCES[name], *_known(z, x, y)))

    return tile


@require_safe
@office_desk(COMPONENTS_SEEN_BY)
def components(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """Components in use."""
    return _answer(request, *component_tile(*_known(z, x, y)))


@require_safe
@office_desk(CASES_SEEN_BY)
def cases(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """Open cases that this person may see: their number and state, never what was written. Not kept anywhere."""
    west, south, east, north = tile_bounds(*_known(z, x, y))
    found = cases_visible_to(whoever(request)).filter(
        closed_at=None, placement__longitude__range=(west, east), placement__latitude__range=(south, north)
    )
    rows = list(
        found.order_by("pk").values_list("pk", "number", "state", "placement__longitude", "placement__latitude")[
            :MOST_FEATURES
        ]
    )
    said: list[tuple[int, Mapping[str, Value]]] = [
        (pk, {"number": number, "state": state}) for pk, number, state, *_at in rows
    ]
    shapes = np.array([shapely.Point(lon, lat) for *_rest, lon, lat in rows], dtype=object)
    response = HttpResponse(encoded("cases", shapes, said, z, x, y), content_type=MVT)
    response["Cache-Control"] = "private, no-store"
    return response


def _known(z: int, x: int, y: int) -> tuple[int, int, int]:
    if z > LARGEST_ZOOM or x >= 2**z or y >= 2**z:
        raise Http404
    return z, x, y


def _answer(request: HttpRequest, tile: bytes, token: str) -> HttpResponse:
    etag = quote_etag(token)
    response: HttpResponse = (
        HttpResponseNotModified()
        if request.headers.get("If-None-Match") == etag
        else HttpResponse(tile, content_type=MVT)
    )
    response["ETag"] = etag
    response["Cache-Control"] = ALWAYS_ASK
    return response


_TILE = "<int:z>/<int:x>/<int:y>.mvt"
ROUTES: tuple[URLPattern, ...] = (
    path("map/", city_map, name="map"),
    *(path(f"map/{name}/{_TILE}", tiles_of(name), name=f"tiles_{name}") for name in SOURCES),
    path(f"map/components/{_TILE}", components, name="tiles_components"),
    path(f"map/cases/{_TILE}", cases, name="tiles_cases"),
)
