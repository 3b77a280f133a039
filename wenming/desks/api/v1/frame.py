"""The frame of version 1: one NinjaAPI, one shape of refusal, and addresses that state who may use them.

An operation states its permission through `auth=`: `ANYBODY`, or `Key("cases.see")`. `stated_urls` copies that onto
the address, where the law of the house looks for it, and refuses to build an address that does not say.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.operation import Operation, PathView
from ninja.parser import Parser
from ninja.security import HttpBearer

from wenming.desks.common.access import PUBLIC
from wenming.organisations.models import Account
from wenming.refusals import BadInput, Refusal

from ..callers import View, identify, refuse_nul, stated

Shown = dict[str, Any]
# What our functions call the whole of what came in; nobody outside knows these names.
OUR_ARGUMENTS = ("given", "asked")
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


class ContentTypeNotTaken(Refusal):
    code = "request.content-type"
    status = 415

    def __init__(self) -> None:
        super().__init__(_("内容要用 application/json 或 multipart/form-data。请改 Content-Type 后再交。"))


class Unreadable(BadInput):
    code = "request.unreadable"
    status = 400

    def __init__(self) -> None:
        super().__init__(_("内容读不出来：要用 UTF-8 编码的 JSON，或者表单。请检查后再交。"))


class TooBig(BadInput):
    code = "request.too-big"
    status = 413

    def __init__(self) -> None:
        super().__init__(_("一次最多交 12 MB。请把照片一张一张先传到 /api/v1/photos，再凭返回的 token 交上报。"))


class NotFound(Refusal):
    code = "not-found"
    status = 404

    def __init__(self) -> None:
        super().__init__(_("没找到。请核对地址和编号。"))


class Key(HttpBearer):
    """Only with a key whose account holds the permission."""

    def __init__(self, permission: str) -> None:
        super().__init__()
        self.permission = permission

    def __call__(self, request: HttpRequest) -> Account | None:
        return identify(request, needs=self.permission)

    def authenticate(self, request: HttpRequest, token: str) -> Account | None:
        """Not called: `identify` reads the header itself."""
        raise NotImplementedError


class Anybody:
    """With a key or without one; a key that opens nothing is refused all the same."""

    permission = PUBLIC

    def __call__(self, request: HttpRequest) -> object:
        return identify(request) or self


ANYBODY = Anybody()


class JsonOrForm(Parser):
    """JSON, or a form with the same fields: telephones and old systems send what they can."""

    def parse_body(self, request: HttpRequest) -> Shown:
        if request.content_type in FORMS:
            return {name: values if name == "photos" else values[-1] for name, values in request.POST.lists() if values}
        if request.content_type != "application/json":
            raise ContentTypeNotTaken
        parsed: Shown = super().parse_body(request)
        return parsed


api = NinjaAPI(
    title=gettext_noop("文明创建接口"), version="1.0.0", openapi_url=None, docs_url=None, parser=JsonOrForm(),
    description=gettext_lazy("把上报交进来，查进度，取案件。字段多一个少一个都会说明，不会悄悄丢掉。"),  # type: ignore[arg-type]
)  # fmt: skip


def refused(refusal: Refusal, **more: object) -> JsonResponse:
    """Every "no" of this interface: a stable code and a sentence for people."""
    return JsonResponse({"code": refusal.code, "message": str(refusal), **more}, status=refusal.status)


@api.exception_handler(Refusal)
def _refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return refused(refusal)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields = [_field(each) for each in error.errors[:20]]
    named = "、".join(dict.fromkeys(field["field"] for field in fields))
    sentence = _("这些内容要改：%(fields)s。每一处的说明在 fields 里。") % {"fields": named}
    return refused(BadInput(sentence), fields=fields)


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    return refused(error.__cause__ if isinstance(error.__cause__, Refusal) else _why_unread(error.__cause__))


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return refused(NotFound())


@api.exception_handler(SuspiciousOperation)
@api.exception_handler(BadRequest)
@api.exception_handler(MultiPartParserError)
def _refused_by_django(request: HttpRequest, error: Exception) -> HttpResponse:
    return refused(_why_unread(error))


def stated_urls(frame: NinjaAPI) -> list[URLPattern]:
    """The addresses of every operation, each stating its permission."""
    built = {pattern.name: pattern for pattern in frame.urls[0] if isinstance(pattern, URLPattern)}
    patterns = []
    for route, view in frame.default_router.path_operations.items():
        permissions = {getattr(auth, "permission", None) for each in view.operations for auth in each.auth_callbacks}
        assert len(permissions) == 1, f"{route}: one address states one permission, not {permissions}"
        name = view.operations[0].view_func.__name__
        served = _served(built[name].callback, view, str(permissions.pop()))
        patterns.append(path(str(built[name].pattern), served, name=name))
    return patterns


def _served(run: View, view: PathView, permission: str) -> View:
    """What stands around every operation: readable addresses, known parameters only, refusals in one shape."""
    operations = {method: operation for operation in view.operations for method in operation.methods}

    @wraps(run)
    def serve(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        operation = operations.get(request.method or "")
        if operation is None:
            return _method_not_taken(operations)
        try:
            refuse_nul(request)
        except Refusal as refusal:
            return refused(refusal)
        unknown = set(request.GET) - _parameters(operation)
        if unknown:
            return _unknown_parameters(unknown)
        response: HttpResponse = run(request, *args, **kwargs)
        return response

    return stated(permission, serve)


def _parameters(operation: Operation) -> set[str]:
    """The names that may stand behind the question mark."""
    asked = [model for model in operation.models if model.__ninja_param_source__ == "query"]
    return {name for model in asked for name in model.__ninja_flatten_map__}


def _unknown_parameters(unknown: set[str]) -> HttpResponse:
    sentence = _("没有这些参数：%(names)s。请核对接口文档。") % {"names": "、".join(sorted(unknown)[:10])}
    reason = {"reason": "extra_forbidden", "message": _("没有这个参数")}
    return refused(BadInput(sentence), fields=[{"field": name, **reason} for name in sorted(unknown)[:20]])


def _method_not_taken(operations: dict[str, Operation]) -> HttpResponse:
    allowed = ", ".join(sorted(operations))
    response = JsonResponse(
        {"code": "request.method", "message": _("这个地址只接受：%(methods)s。") % {"methods": allowed}}, status=405
    )
    response["Allow"] = allowed
    return response


def _why_unread(error: BaseException | None) -> Refusal:
    return TooBig() if isinstance(error, RequestDataTooBig) else Unreadable()


def _field(error: Shown) -> Shown:
    """Where it is wrong, and how. What was sent is not repeated: it may be long, and an answer may be logged."""
    steps = [str(step) for step in error.get("loc", ())[1:] if step not in OUR_ARGUMENTS]
    return {"field": ".".join(steps)[:200] or "body", "reason": error.get("type"), "message": error.get("msg")}
