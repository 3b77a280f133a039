"""Open311 GeoReport v2: the addresses of the standard, as JSON and as XML. Policy: 4.2."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.observations.selectors import report_by_receipt

from ..callers import caller, knock_at
from . import filing
from .answering import NOTHING, Answer, NotFound, answers, given
from .parameters import listed, read_asked
from .requests import found_requests, request_by_number
from .services import all_services, definition_of, service_by_code

FILTERS = frozenset({
    "service_request_id", "service_code", "start_date", "end_date", "status", "updated_after", "updated_before", "page",
    "page_size", "extensions",
})  # fmt: skip
CHANGED = "2026-11-22T00:00:00+08:00"
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"


@answers()
def discovery(request: HttpRequest) -> Answer:
    """Where the interface is and what it speaks."""
    endpoint = {
        "specification": SPECIFICATION, "url": request.build_absolute_uri("/open311/v2"), "changeset": CHANGED,
        "type": "test" if settings.DEMO else "production", "formats": ["application/json", "text/xml"],
    }  # fmt: skip
    return "discovery", {
        "changeset": CHANGED, "contact": _("请联系本市创文办"),
        "key_service": _("密钥由本市系统管理员发放；不带密钥也可以上报"), "endpoints": [endpoint],
    }  # fmt: skip


@answers()
def services(request: HttpRequest) -> Answer:
    """What can be reported."""
    return "services", list(all_services())


@answers()
def service(request: HttpRequest, code: str) -> Answer:
    """The conditions of one service."""
    found = service_by_code(code[:40])
    if found is None:
        raise NotFound
    return "service_definition", definition_of(found)


@answers(get=FILTERS, post=filing.TAKES)
def requests(request: HttpRequest) -> Answer:
    """The list of requests, and filing one."""
    if request.method == "POST":
        return "service_requests", [filing.file_request(request)]
    now, account = timezone.now(), caller(request)
    numbers = listed(given(request), "service_request_id")
    knock_at("look-up" if numbers else "map", request, now)
    if numbers:  # overrides all other arguments, says the standard
        found = [request_by_number(number, account, request, now) for number in numbers]
        return "service_requests", [shown for shown in found if shown]
    return "service_requests", found_requests(read_asked(given(request), now), account, request, now)


@answers(get=frozenset({"extensions"}))
def request_status(request: HttpRequest, number: str) -> Answer:
    """One request by its number."""
    now = timezone.now()
    knock_at("look-up", request, now)
    found = request_by_number(number, caller(request), request, now)
    if found is None:
        raise NotFound
    return "service_requests", [found]


@answers()
def token(request: HttpRequest, number: str) -> Answer:
    """From a token to a number. Numbers are given at once here, so a token is the number itself."""
    knock_at("look-up", request, timezone.now())
    report = report_by_receipt(number)
    if report is None:
        raise NotFound
    return "service_requests", [{"service_request_id": report.receipt, "token": report.receipt}]


@answers(post=NOTHING)
def nothing_here(request: HttpRequest, rest: str) -> Answer:
    """Addresses that the standard does not have."""
    raise NotFound
