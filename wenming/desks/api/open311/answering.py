"""What stands around every address of GeoReport v2: the form of the answer, its refusals, and nothing left unsaid."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _

from wenming.desks.common.access import PUBLIC
from wenming.journal.services import acting_from
from wenming.refusals import BadInput, Refusal

from ..callers import View, identify, refuse_nul, stated
from .xml import as_xml

NOTHING: frozenset[str] = frozenset()
ALWAYS_TAKEN = frozenset({"jurisdiction_id", "api_key"})
NO_KEY, BAD_REQUEST = 403, 400


class NotUnderstood(BadInput):
    """GeoReport v2 answers 400 where a parameter is missing, unknown or unreadable."""

    code = "open311.not-understood"
    status = BAD_REQUEST


class NotFound(Refusal):
    code = "not-found"
    status = 404

    def __init__(self) -> None:
        super().__init__(_("没找到。请核对编号和地址。"))


Answer = tuple[str, Any]
"""(root element, content); in JSON only the content is sent."""


def answers(
    get: frozenset[str] = NOTHING, post: frozenset[str] | None = None
) -> Callable[[Callable[..., Answer]], View]:
    """The decorator of a GeoReport view: it returns an Answer and raises Refusals; both are given in the form asked for.

    get, post: the parameters that each method takes; without `post` there is no POST. Any other parameter is refused
    by name, so that a misspelt one is not dropped in silence.
    """
    takes = {"GET": get, "HEAD": get} | ({"POST": post} if post is not None else {})

    def around(view: Callable[..., Answer]) -> View:
        @wraps(view)
        def serve(request: HttpRequest, *args: Any, form: str, **kwargs: Any) -> HttpResponse:
            try:
                with acting_from("open311"):
                    _refuse_strange_requests(request, takes)
                    identify(request, key=given(request).get("api_key"))
                    return rendered(view(request, *args, **kwargs), form)
            except Refusal as refusal:
                return refused(refusal, form)
            except (SuspiciousOperation, BadRequest, MultiPartParserError) as error:
                return refused(_unreadable(error), form)

        return stated(PUBLIC, serve)

    return around


def rendered(answer: Answer, form: str, status: int = 200) -> HttpResponse:
    """An answer as JSON or XML, by the ending of the address."""
    root, content = answer
    if form == "xml":
        return HttpResponse(as_xml(root, content), content_type="application/xml; charset=utf-8", status=status)
    return JsonResponse(
        content, encoder=DjangoJSONEncoder, safe=False, status=status, json_dumps_params={"ensure_ascii": False}
    )


def refused(refusal: Refusal, form: str) -> HttpResponse:
    """The standard's errors: a list with the status and a description; our own stable code stands beside them."""
    status = NO_KEY if refusal.status == 401 else BAD_REQUEST if refusal.status == 422 else refusal.status
    error = {"code": status, "description": str(refusal), "reason": refusal.code}
    return rendered(("errors", [error]), form, status)


def given(request: HttpRequest) -> QueryDict:
    """The parameters, wherever the method carries them."""
    return request.POST if request.method == "POST" else request.GET


def _refuse_strange_requests(request: HttpRequest, takes: Mapping[str, frozenset[str]]) -> None:
    method = request.method or ""
    if method not in takes:
        raise _MethodNotTaken(_("这个地址只接受：%(methods)s。") % {"methods": "、".join(takes)})
    refuse_nul(request)
    named = {*request.GET, *(name for name in given(request) if not name.startswith("attribute["))}
    if unknown := named - takes[method] - ALWAYS_TAKEN:
        names = "、".join(sorted(unknown)[:10])
        raise NotUnderstood(_("没有这些参数：%(names)s。请核对 GeoReport v2 的参数名。") % {"names": names[:300]})
    if any("\x00" in value for _name, values in given(request).lists() for value in values):
        raise NotUnderstood(_("内容里有不能用的字符（NUL）。请去掉后再交。"))


class _MethodNotTaken(Refusal):
    code = "request.method"
    status = 405


class _TooBig(BadInput):
    code = "request.too-big"
    status = 413


def _unreadable(error: Exception) -> Refusal:
    if isinstance(error, RequestDataTooBig):
        return _TooBig(_("一次最多交 12 MB。请把照片缩小后再交。"))
    return NotUnderstood(_("内容读不出来：要用 UTF-8 编码的表单。请检查后再交。"))
