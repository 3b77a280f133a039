"""热点话题: what many people write about, one topic with its evidence, and what people decide about it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from wenming.cases.models import Topic, TopicRun
from wenming.cases.services.exporting import note_export
from wenming.cases.topics import services as topics
from wenming.cases.topics.selectors import cases_of_topic, monthly, topics_visible_to, with_heat
from wenming.desks.common.access import desk, whoever
from wenming.desks.common.toasts import say
from wenming.journal.selectors import head
from wenming.organisations.rules.permissions import role_may

from ..exports import case_list_file, table_file
from ..spots_page import period_names
from ..thing_acts import ThingAct
from ..topics_page import (
    ROWS_PER_PAGE,
    TOPICS,
    SplitForm,
    TopicFilter,
    cells_of_file,
    examples_of,
    figures_of,
    lines_of,
    open_acts,
    page_url,
    rows_of,
    said,
    story_of,
    types_of,
    why_of,
    written_by,
)

office_desk = desk("office")


@require_safe
@office_desk("topics.see")
def topics_list(request: HttpRequest) -> HttpResponse:
    """The hottest first."""
    now, chosen = timezone.now(), TopicFilter(request.GET)
    lines = lines_of(chosen.narrow(topics_visible_to(whoever(request))), chosen.period, now)
    context = {
        "filter": chosen, "lines": lines, "days": chosen.period, "now": now, "run": TopicRun.objects.first(),
        "query": urlencode({"days": chosen.period, "state": chosen.state_asked}), "witness": head(),
    }  # fmt: skip
    return render(request, "office/topics.html", context)


@require_safe
@office_desk("topics.see")
def topics_file(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The list as a file; who took it is recorded."""
    now, user, chosen = timezone.now(), whoever(request), TopicFilter(request.GET)
    lines = lines_of(chosen.narrow(topics_visible_to(user)), chosen.period, now)
    file = table_file(iter(cells_of_file(lines)), title=_("热点话题"), kind=kind, by=user, now=now)
    asked = {"days": str(chosen.period), "state": chosen.state_asked}
    note_export(name="topics", kind=kind, asked=asked, rows=len(lines), by=user, now=now)
    return file


@require_safe
@office_desk("topics.see")
def topic(request: HttpRequest, topic: str) -> HttpResponse:
    """One topic: figures, representative messages, and the rows behind whatever figure was tapped."""
    return _page(request, topic)


@require_safe
@office_desk("topics.see")
def topic_file(request: HttpRequest, topic: str, kind: str) -> HttpResponseBase:
    """The topic's cases as a list; reporters and their words are not in it."""
    now, user = timezone.now(), whoever(request)
    found = get_object_or_404(topics_visible_to(user), number=topic)
    cases = cases_of_topic(found, user).order_by("-opened_at")
    file = case_list_file(cases, kind=kind, by=user, now=now)
    note_export(name="topic", kind=kind, asked={"topic": found.number}, rows=cases.count(), by=user, now=now)
    return file


def _page(
    request: HttpRequest, number: str, *, acting: ThingAct[Topic] | None = None, form: Any = None, split: Any = None,
    status: int = 200,
) -> HttpResponse:
    now, user, chosen = timezone.now(), whoever(request), TopicFilter(request.GET)
    days = chosen.period
    hot: Any = get_object_or_404(with_heat(topics_visible_to(user), days=days, now=now), number=number)
    written = written_by(hot)
    words, rows = rows_of(hot, user, request.GET.get("rows", ""), days=days, now=now)
    page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    may_act = role_may(user.role, topics.PERMISSION) and not hot.merged_into_id
    context = {
        "topic": hot, "days": days, "now": now, "figures": figures_of(hot, user, days), "why": why_of(hot, days), "filter": chosen,
        "types": types_of(hot, user, days), "examples": examples_of(hot, user, written), "page": page, "rows_words": words,
        "rows": said(list(page), written), "story": story_of(hot), "acts": open_acts(hot, user, acting, form), "witness": head(),
        "split": (split or SplitForm(auto_id="split_%s")) if may_act and hot.state == "open" else None,
        "periods": monthly(hot, now), "period_names": period_names(12), "back": f"?{urlencode({'days': days})}",
        "ticked": request.POST.getlist("report"),
    }  # fmt: skip
    return render(request, "office/topic.html", context, status=status)


def _again(request: HttpRequest, found: Topic, act: ThingAct[Topic], form: Any) -> HttpResponse:
    return _page(request, found.number, acting=act, form=form, status=422)


ACT_ROUTES = TOPICS.routes("topics", _again, lambda number: reverse("office:topic", args=[number]))


@require_POST
@office_desk("topics.manage")
def topic_split(request: HttpRequest, topic: str) -> HttpResponse:
    """The messages that were ticked leave the topic, into one of their own if it has a name."""
    found = get_object_or_404(topics_visible_to(whoever(request)), number=topic)
    form = SplitForm(request.POST, ticked=request.POST.getlist("report"), auto_id="split_%s")
    if not form.is_valid():
        return _page(request, found.number, split=form, status=422)
    own = topics.split_topic(
        found, reports=form.cleaned_data["report"], name=form.cleaned_data["name"], by=whoever(request), now=timezone.now()
    )
    say(request, _("已拆出，另立话题 %(number)s") % {"number": own.number} if own else _("已拆出，不归任何话题"))
    return redirect(page_url(own.number if own else found.number, 30))
