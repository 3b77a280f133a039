"""指挥: the list by remaining time, the map, and the selected case with its act on one key (archetype G).

The page is whole without scripts. With them the same pieces come one by one: the detail of another case, further lines
of the list, what moved in the meantime, every pin, the ground of another part of the map, the long choices.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from wenming.cases.models import Case
from wenming.cases.selectors import cases_visible_to
from wenming.desks.common.access import desk, whoever
from wenming.journal.selectors import head
from wenming.refusals import BadInput

from .. import dispatching
from ..desk_detail import detail_of
from ..desk_filter import DeskFilter
from ..desk_news import news_since
from ..dispatching import bare_map, drawn_map, lines_of, located, page_of_rows, place_in, with_case
from ..kinds import kinds
from ..long_choices import units_to_choose
from ..on_duty import on_duty

office_desk = desk("office")
KEYS = [
    ("J K", _("下一件、上一件")), ("D", _("派遣（待受理的先立案）")), ("A", _("改派")), ("C", _("改类")),
    ("M", _("对比并案，再按一次并案")), ("R", _("不予受理")), ("V", _("派人核实，写核查结果")), ("H", _("挂账，恢复办理")),
    ("1–9", _("选第几条原因")), ("X", _("选中，再选别的")), ("Z", _("撤销刚才的操作（10 秒内）")), ("N", _("看新到的")),
    ("Space", _("放大照片")), ("Enter", _("打开案件页")), ("/", _("搜索")), ("F", _("筛选")), ("?", _("快捷键")),
]  # fmt: skip
SHORT_WHILE = 600


@require_safe
@office_desk("cases.dispatch")
def dispatch(request: HttpRequest) -> HttpResponse:
    """The whole desk."""
    now, chosen = timezone.now(), DeskFilter(request.GET)
    seq, _hash = head()  # before the list: what comes in between is told twice rather than never
    waiting = _waiting(request, chosen)
    lines = lines_of(waiting, now)
    asked = request.GET.get("case", "")
    place = place_in([line.number for line in lines], asked, _number(request, "page", 1))
    context: dict[str, Any] = {
        "rows": page_of_rows(waiting, place.page, now),
        "total": len(lines),
        "listed": dispatching.LISTED,
        "place": place,
        "missing": asked if asked and asked != place.number else "",
        "filter": chosen,
        "here": chosen.here,
        "chosen_words": chosen.words,
        "seq": seq,
        "now": now,
        "keys": KEYS,
        "map": drawn_map(lines, place.number, chosen.here, close=chosen.applied),
        "on_duty": on_duty(now),
    }
    if place.number:
        context |= detail_of(request, place.number, with_case(request.get_full_path(), place.next_number))
    return render(request, "office/dispatch.html", context)


@require_safe
@office_desk("cases.dispatch")
def detail(request: HttpRequest) -> HttpResponse:
    """The case selected and its acts; `after` is the number that follows it in the list. What an act said comes along."""
    # What follows an act, or a comparison, is the whole page.
    here = f"{reverse('office:dispatch')}?{request.GET.urlencode()}"
    context: dict[str, Any] = {"now": timezone.now()}
    if number := request.GET.get("case", ""):
        context |= detail_of(request, number, with_case(here, request.GET.get("after", "")))
    return render(request, "office/_desk_answer.html", context)


@require_safe
@office_desk("cases.dispatch")
def rows(request: HttpRequest) -> HttpResponse:
    """One page of the list; with `case`, the page on which that one stands."""
    now, chosen = timezone.now(), DeskFilter(request.GET)
    waiting = _waiting(request, chosen)
    page = _number(request, "page", 1)
    if number := request.GET.get("case"):
        page = place_in([line.number for line in lines_of(waiting, now)], number).page
    context = {"rows": page_of_rows(waiting, page, now), "page": page, "here": chosen.here, "now": now}
    return render(request, "office/_desk_rows.html", context)


@require_safe
@office_desk("cases.dispatch")
def news(request: HttpRequest) -> HttpResponse:
    """What moved since journal entry `since`: the lines that are new or changed, and the numbers that left the list."""
    now = timezone.now()
    asked_at = parse_datetime(request.GET.get("at", "")) or now
    chosen = DeskFilter(request.GET)
    waiting = _waiting(request, chosen)
    found = news_since(_number(request, "since", 0), asked_at, waiting, now)
    if not (found.rows or found.gone or found.too_much):
        response = HttpResponse(status=204)
        response["X-Desk-Since"] = str(found.seq)
        return response
    context = {"news": found, "rows": found.rows, "total": waiting.count(), "here": chosen.here, "now": now}
    return render(request, "office/_desk_news.html", context)


@require_safe
@office_desk("cases.dispatch")
def pins(request: HttpRequest) -> JsonResponse:
    """Every case of the list that has a position: number, longitude, latitude, look; in the order of the list."""
    lines = lines_of(_waiting(request, DeskFilter(request.GET)), timezone.now())
    return JsonResponse({"pins": [[n, round(x or 0, 5), round(y or 0, 5), look] for n, x, y, look in located(lines)]})


@require_safe
@office_desk("cases.dispatch")
def ground(request: HttpRequest) -> HttpResponse:
    """The map without pins between `box` (west,south,east,north)."""
    try:
        west, south, east, north = (float(edge) for edge in request.GET.get("box", "").split(","))
    except ValueError as wrong:
        raise BadInput(_("没有说明要看哪一块地图。请回到指挥页再试。")) from wrong
    return _kept(HttpResponse(bare_map((west, south, east, north)), content_type="image/svg+xml"))


@require_safe
@office_desk("cases.dispatch")
def choices(request: HttpRequest) -> HttpResponse:
    """The long lists of the acts, once for all cases: units with the initials of their names, kinds of problems."""
    found = {**units_to_choose(), "kinds": [kind.label for kind in kinds()]}
    return _kept(JsonResponse(found))


def _waiting(request: HttpRequest, chosen: DeskFilter) -> QuerySet[Case]:
    return chosen.narrow(cases_visible_to(whoever(request)), timezone.now())


def _number(request: HttpRequest, name: str, default: int) -> int:
    given = request.GET.get(name, "")
    return int(given) if given.isdecimal() else default


def _kept(answer: HttpResponse) -> HttpResponse:
    """Good for a short while in the browser that asked."""
    patch_cache_control(answer, private=True, max_age=SHORT_WHILE)
    return answer
