"""地图: one page with layers for everything that has a place, and their vector tiles (7.6)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.http import quote_etag
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from wenming.cases.selectors import cases_visible_to
from wenming.desks.common.access import View, desk, whoever
from wenming.territory.point_tiles import Things, component_tile, premises_tile, tile_of_things
from wenming.territory.public_places.selectors import places_visible_to
from wenming.territory.tiles import LARGEST_ZOOM, SOURCES, Tile, tile_of_layer

from ..map_page import CASES_SEEN_BY, COMPONENTS_SEEN_BY, PLACES_SEEN_BY, PREMISES_SEEN_BY, SEEN_BY, page_of
from ..places_page import PlaceFilter

office_desk = desk("office")
MVT = "application/vnd.mapbox-vector-tile"
# A tile is asked for again at once, and answered with 304 while its content stands; one asked for by its edition never changes.
ALWAYS_ASK, FOR_GOOD = "private, no-cache", "private, max-age=31536000, immutable"


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
        found, edition = tile_of_layer(SOURCES[name], *_known(z, x, y))
        return _answer(request, found, edition)

    return tile


@require_safe
@office_desk(COMPONENTS_SEEN_BY)
def components(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """Components in use."""
    return _answer(request, component_tile(*_known(z, x, y)))


@require_safe
@office_desk(PREMISES_SEEN_BY)
def premises(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """Premises along the managed streets."""
    return _answer(request, premises_tile(*_known(z, x, y)))


@require_safe
@office_desk(CASES_SEEN_BY)
def cases(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """Open cases that this person may see: their number and state, never what was written. Not kept anywhere."""
    found = cases_visible_to(whoever(request)).filter(closed_at=None)
    return _unkept(Things("cases", found, ("number", "state")), *_known(z, x, y))


@require_safe
@office_desk(PLACES_SEEN_BY)
def places(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """Public places that this person may see, as their list is filtered; how each is, by a word. Not kept anywhere."""
    found = PlaceFilter(request.GET).narrow(places_visible_to(whoever(request)), localdate())
    return _unkept(Things("places", found, ("number", "name", "condition")), *_known(z, x, y))


def _unkept(things: Things, z: int, x: int, y: int) -> HttpResponse:
    """What depends on who asks stays in no browser."""
    response = HttpResponse(tile_of_things(things, z, x, y), content_type=MVT)
    response["Cache-Control"] = "private, no-store"
    return response


def _known(z: int, x: int, y: int) -> tuple[int, int, int]:
    if z > LARGEST_ZOOM or x >= 2**z or y >= 2**z:
        raise Http404
    return z, x, y


def _answer(request: HttpRequest, tile: Tile, edition: str = "") -> HttpResponse:
    etag = quote_etag(tile.hash)
    response: HttpResponse = (
        HttpResponseNotModified()
        if request.headers.get("If-None-Match") == etag
        else HttpResponse(tile.content, content_type=MVT)
    )
    response["ETag"] = etag
    response["Cache-Control"] = FOR_GOOD if edition and request.GET.get("edition") == edition else ALWAYS_ASK
    return response


_TILE = "<int:z>/<int:x>/<int:y>.mvt"
ROUTES: tuple[URLPattern, ...] = (
    path("map/", city_map, name="map"),
    *(path(f"map/{name}/{_TILE}", tiles_of(name), name=f"tiles_{name}") for name in SOURCES),
    path(f"map/components/{_TILE}", components, name="tiles_components"),
    path(f"map/premises/{_TILE}", premises, name="tiles_premises"),
    path(f"map/places/{_TILE}", places, name="tiles_places"),
    path(f"map/cases/{_TILE}", cases, name="tiles_cases"),
)
