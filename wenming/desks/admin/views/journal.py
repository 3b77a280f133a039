"""日志, for the auditor: who did what to what, when. Read-only by law of the database."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from wenming.desks.common.access import desk
from wenming.journal.models import Entry
from wenming.journal.selectors import head

from ..forms import JournalSearch

admin_desk = desk("admin")
PAGE_ROWS = 100


@require_safe
@admin_desk("journal.see")
def journal(request: HttpRequest) -> HttpResponse:
    """The newest first; every part of the search narrows it."""
    search = JournalSearch(request.GET, auto_id="journal_%s")
    sound = search.is_valid()
    entries = _narrowed(Entry.objects.order_by("-seq"), search.cleaned_data)
    page = Paginator(entries, PAGE_ROWS).get_page(request.GET.get("page"))
    context = {"search": search, "page": page, "now": timezone.now(), "head": head()}
    return render(request, "admin/journal.html", context, status=200 if sound else 422)


def _narrowed(entries: QuerySet[Entry], asked: dict[str, Any]) -> QuerySet[Entry]:
    if q := asked.get("q"):
        # A whole name (case:26-1122-0001) or the number at its end: both lead to one thing's story.
        entries = entries.filter(Q(about=q) | Q(about__endswith=f":{q}") | Q(facts__icontains=q))
    if action := asked.get("action"):
        entries = entries.filter(action__startswith=action)
    if by := asked.get("by"):
        entries = entries.filter(by=by)
    if since := asked.get("since"):
        entries = entries.filter(at__gte=_midnight(since))
    if until := asked.get("until"):
        entries = entries.filter(at__lt=_midnight(until + timedelta(days=1)))
    return entries


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
