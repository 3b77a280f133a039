"""The addresses of OGC API – Features: landing page, conformance, API definition, collections, items."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.desks.common.access import PUBLIC
from wenming.refusals import Refusal
from wenming.territory.models import Area, Level
from wenming.territory.selectors import city_name

from ..callers import View, caller, identify, knock_at, refuse_nul, stated
from .asking import CRS84, read_asked, refuse_unknown
from .description import CONFORMS_TO, definition
from .layers import LAYERS, Layer, one_of, page_of

ROOT = "/api/features"
JSON, GEOJSON, OPENAPI = "application/json", "application/geo+json", "application/vnd.oai.openapi+json;version=3.0"
Shown = dict[str, Any]


class NotFound(Refusal):
    code = "not-found"
    status = 404

    def __init__(self) -> None:
        super().__init__(_("没找到。请核对地址和编号。"))


def served(permission: str, view: Callable[..., HttpResponse]) -> View:
    """An address that states who may use it; every "no" is a stable code and a sentence, as everywhere in this desk."""

    @wraps(view)
    def serve(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            response = _refused("request.method", _("这个地址只能读：GET。"), 405)
            response["Allow"] = "GET, HEAD"
            return response
        try:
            refuse_nul(request)
            identify(request, needs=permission)
            return view(request, *args, **kwargs)
        except Refusal as refusal:
            return _refused(refusal.code, str(refusal), refusal.status)
        except (SuspiciousOperation, BadRequest, RequestDataTooBig):
            return _refused("request.unreadable", _("内容读不出来：要用 UTF-8 编码的 JSON，或者表单。请检查后再交。"), 400)

    return stated(permission, serve)


def landing(request: HttpRequest) -> JsonResponse:
    """Where a client begins."""
    refuse_unknown(request.GET.dict())
    links = [
        _link(request, "", "self", JSON, _("这一页")), _link(request, "/api", "service-desc", OPENAPI, _("接口定义")),
        _link(request, "/conformance", "conformance", JSON, _("遵循的要求")), _link(request, "/collections", "data", JSON, _("图层")),
    ]  # fmt: skip
    title = _("%(city)s文明创建地图数据") % {"city": city_name()}
    words = _("只读；坐标是 CRS84（与 CGCS2000 相差不到一米）。")
    return JsonResponse({"title": title, "description": words, "links": links})


def conformance(request: HttpRequest) -> JsonResponse:
    """Which parts of the standard are kept."""
    refuse_unknown(request.GET.dict())
    return JsonResponse({"conformsTo": CONFORMS_TO})


def api(request: HttpRequest) -> HttpResponse:
    """The OpenAPI definition."""
    refuse_unknown(request.GET.dict())
    return JsonResponse(definition(request.build_absolute_uri(ROOT), _open_to(request)), content_type=OPENAPI)


def collections(request: HttpRequest) -> JsonResponse:
    """The collections that this caller may read."""
    refuse_unknown(request.GET.dict())
    links = [_link(request, "/collections", "self", JSON, _("图层"))]
    shown = [_collection(request, layer) for layer in _open_to(request)]
    return JsonResponse({"links": links, "collections": shown})


def collection_of(layer: Layer) -> View:
    """The view of one collection's description."""

    def collection(request: HttpRequest) -> JsonResponse:
        refuse_unknown(request.GET.dict())
        return JsonResponse(_collection(request, layer))

    return served(layer.permission, collection)


def items_of(layer: Layer) -> View:
    """The view of one collection's features, page by page."""

    def items(request: HttpRequest) -> JsonResponse:
        now = timezone.now()
        asked = read_asked(request.GET.dict())
        knock_at("map", request, now)
        page = page_of(layer, asked, now)
        at = f"/collections/{layer.name}/items"
        given = {name: value for name, value in request.GET.dict().items() if name != "after"}
        links = [
            _link(request, at + _query(request.GET.dict()), "self", GEOJSON, _("这一页")),
            _link(request, f"/collections/{layer.name}", "collection", JSON, str(layer.title)),
        ]
        if page.last:
            links.append(_link(request, at + _query({**given, "after": str(page.last)}), "next", GEOJSON, _("下一页")))
        shown = {
            "type": "FeatureCollection", "features": page.features, "links": links, "numberReturned": len(page.features),
            "timeStamp": now.isoformat(),
        }  # fmt: skip
        return JsonResponse(shown, content_type=GEOJSON)

    return served(layer.permission, items)


def item_of(layer: Layer) -> View:
    """The view of one feature."""

    def item(request: HttpRequest, feature: str) -> JsonResponse:
        now = timezone.now()
        refuse_unknown(request.GET.dict(), frozenset({"f", "crs"}))
        knock_at("map", request, now)
        found = one_of(layer, feature[:40], now)
        if found is None:
            raise NotFound
        at = f"/collections/{layer.name}"
        links = [
            _link(request, f"{at}/items/{feature}", "self", GEOJSON, feature),
            _link(request, at, "collection", JSON, str(layer.title)),
        ]
        return JsonResponse({**found, "links": links}, content_type=GEOJSON)

    return served(layer.permission, item)


def nothing_here(request: HttpRequest, rest: str) -> JsonResponse:
    """Addresses that the standard or this city does not have."""
    raise NotFound


def _open_to(request: HttpRequest) -> list[Layer]:
    """The layers whose permission this caller holds."""
    account = caller(request)
    return [
        layer for layer in LAYERS.values() if layer.permission == PUBLIC or (account and account.may(layer.permission))
    ]


def _collection(request: HttpRequest, layer: Layer) -> Shown:
    at = f"/collections/{layer.name}"
    shown: Shown = {
        "id": layer.name, "title": str(layer.title), "description": str(layer.description), "itemType": "feature", "crs": [CRS84],
        "links": [
            _link(request, at, "self", JSON, str(layer.title)), _link(request, f"{at}/items", "items", GEOJSON, str(layer.title)),
        ],
    }  # fmt: skip
    city = Area.objects.filter(level=Level.CITY, valid_to=None, wkb__isnull=False).defer("wkb").first()
    if city is not None:
        box = [city.min_lon, city.min_lat, city.max_lon, city.max_lat]
        shown["extent"] = {"spatial": {"bbox": [box], "crs": CRS84}}
    return shown


def _link(request: HttpRequest, path: str, rel: str, kind: str, title: str) -> Shown:
    return {"href": request.build_absolute_uri(f"{ROOT}{path}"), "rel": rel, "type": kind, "title": title}


def _query(given: dict[str, str]) -> str:
    return f"?{urlencode(given)}" if given else ""


def _refused(code: str, sentence: str, status: int) -> JsonResponse:
    """In the words of this desk; `description` is what readers of the standard's own example look for."""
    return JsonResponse({"code": code, "message": sentence, "description": sentence}, status=status)
