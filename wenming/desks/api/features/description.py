"""The API definition: OpenAPI 3.0, written from the same table that serves the collections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wenming.desks.common.access import PUBLIC

from .asking import DEFAULT_LIMIT, MOST
from .layers import Layer

_PART_1 = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
CONFORMS_TO = [f"{_PART_1}/core", f"{_PART_1}/oas30", f"{_PART_1}/geojson"]
Shown = dict[str, Any]


def definition(server: str, layers: Sequence[Layer]) -> Shown:
    """What can be asked where; only of the layers that the caller may read."""
    paths: Shown = {
        "/": _get("landing", "application/json"), "/conformance": _get("conformance", "application/json"),
        "/api": _get("api", "application/vnd.oai.openapi+json;version=3.0"), "/collections": _get("collections", "application/json"),
    }  # fmt: skip
    for layer in layers:
        at = f"/collections/{layer.name}"
        secured: list[Shown] = [] if layer.permission == PUBLIC else [{"key": []}]
        paths[at] = _get(f"{layer.name}.collection", "application/json", security=secured)
        paths[f"{at}/items"] = _get(f"{layer.name}.items", "application/geo+json", _ITEMS, secured)
        paths[f"{at}/items/{{featureId}}"] = _get(f"{layer.name}.item", "application/geo+json", _ITEM, secured)
    return {
        "openapi": "3.0.3",
        "info": {"title": "OGC API - Features", "version": "1.0.0"},
        "servers": [{"url": server}],
        "paths": paths,
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    }


def _get(name: str, media: str, parameters: Sequence[Shown] = (), security: Sequence[Shown] = ()) -> Shown:
    refused = {"application/json": {"schema": _REFUSAL}}
    answers: Shown = {
        "200": {"description": "OK", "content": {media: {"schema": {"type": "object"}}}},
        "400": {"description": "a parameter is unknown or unreadable", "content": refused},
        "401": {"description": "a key that opens nothing, or none where one is needed", "content": refused},
        "403": {"description": "the key's account may not read this", "content": refused},
        "404": {"description": "there is nothing of that name", "content": refused},
        "429": {"description": "asked too often without a key", "content": refused},
    }
    shown: Shown = {"operationId": name, "parameters": [*parameters, _F], "responses": answers}
    return {"get": {**shown, "security": list(security)} if security else shown}


def _query(name: str, schema: Shown, description: str, **more: object) -> Shown:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description, **more}


_REFUSAL = {
    "type": "object", "required": ["code", "message"],
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "description": {"type": "string"}},
}  # fmt: skip
_F = _query("f", {"type": "string", "enum": ["json"]}, "the only form there is")
_ITEMS = (
    _query(
        "bbox", {"type": "array", "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}], "items": {"type": "number"}},
        "west,south,east,north in degrees", style="form", explode=False,
    ),
    _query("datetime", {"type": "string"}, "RFC 3339 moment, or two with / between; .. for an open end"),
    _query("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT}, "features of one page"),
    _query("after", {"type": "integer", "minimum": 0}, "given by the link `next`, not to be made up"),
)  # fmt: skip
_ITEM = ({"name": "featureId", "in": "path", "required": True, "schema": {"type": "string"}},)
