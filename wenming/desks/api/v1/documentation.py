"""What this interface can do: for programs as OpenAPI 3.1, for people as a page without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from .frame import NotFound, api, refused

BASE = "/api/v1/"
KEY_NEEDED = "security"
REFUSED_ANYWHERE = {
    "400": "Unreadable address or content", "401": "The key opens nothing", "404": "Nothing of that name",
    "405": "Another method", "422": "An unknown field or parameter, or a value that does not fit",
}  # fmt: skip


@dataclass(frozen=True)
class OperationShown:
    """One line of the page."""

    method: str
    path: str
    summary: str
    description: str
    needs_key: bool
    parameters: list[dict[str, Any]]
    tag: str


def schema() -> dict[str, Any]:
    """The whole interface as OpenAPI 3.1."""
    described: dict[str, Any] = api.get_openapi_schema(path_prefix=BASE)
    _form_too(described)
    _refused_anywhere(described)
    return described


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """/api/v1/openapi.json"""
    return JsonResponse(schema(), encoder=DjangoJSONEncoder, json_dumps_params={"ensure_ascii": False, "indent": 1})


@require_safe
def documentation(request: HttpRequest) -> HttpResponse:
    """/api/v1/: the same for people."""
    lines = list(_operations(schema()))
    tags = list(dict.fromkeys(line.tag for line in lines))
    groups = [(tag, [line for line in lines if line.tag == tag]) for tag in tags]
    return render(request, "api/documentation.html", {"groups": groups})


def nothing_here(request: HttpRequest, rest: str) -> HttpResponse:
    """Addresses that do not exist, refused in the same shape as everything else."""
    return refused(NotFound())


def _operations(described: dict[str, Any]) -> Iterator[OperationShown]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield OperationShown(
                method=method.upper(), path=path, summary=_(operation["summary"]),
                description=operation.get("description", ""), needs_key=KEY_NEEDED in operation,
                parameters=[*operation.get("parameters", []), *_fields_of(operation, described)],
                tag=_(operation["tags"][0]),
            )  # fmt: skip


def _fields_of(operation: dict[str, Any], described: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of a body, in the shape of parameters."""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    named = body.get("$ref", "").rpartition("/")[2]
    shape = described["components"]["schemas"].get(named, {})
    required = shape.get("required", [])
    return [
        {"name": name, "in": "body", "description": about.get("description", ""), "required": name in required}
        for name, about in shape.get("properties", {}).items()
    ]


def _form_too(described: dict[str, Any]) -> None:
    """A report may be sent as a form with the same fields, and with the photographs in it."""
    content = described["paths"][f"{BASE}reports"]["post"]["requestBody"]["content"]
    content["multipart/form-data"] = content["application/json"]


def _refused_anywhere(described: dict[str, Any]) -> None:
    """What any address may answer before its operation is reached, in the one shape of refusals."""
    refusal = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refused"}}}}
    for methods in described["paths"].values():
        for operation in methods.values():
            for status, reason in REFUSED_ANYWHERE.items():
                operation["responses"].setdefault(status, {"description": reason, **refusal})
