"""通知: what the unit was told, and marking it as read."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from wenming.desks.common.access import whoever
from wenming.responsibilities.models import Duty, Notice
from wenming.responsibilities.services import mark_read

from ..access import unit_desk
from ..rows import number_in

PAGE_ROWS = 50


@require_safe
@unit_desk
def notices(request: HttpRequest) -> HttpResponse:
    """The inbox of one's own unit, the newest first."""
    told = Notice.objects.filter(unit=whoever(request).unit).order_by("-at", "-pk")
    page = Paginator(told, PAGE_ROWS).get_page(request.GET.get("page"))
    newest = told.values_list("entry_seq", flat=True).order_by("-entry_seq").first()
    context = {"page": page, "told": with_links(page.object_list), "newest": newest, "now": timezone.now()}
    return render(request, "unit/notices.html", context)


def with_links(told: Iterable[Notice]) -> list[tuple[Notice, str]]:
    """Each notice with the address of what it is about: a case, an order; "" where this unit has no page for it."""
    notices = list(told)
    others = {(notice.unit_id, notice.subject) for notice in notices if not number_in(notice.subject)}
    duties = Duty.objects.filter(subject__in={subject for _unit, subject in others})
    pages = {(duty.owner_id, duty.subject): reverse("unit:duty", args=[duty.pk]) for duty in duties}
    return [(notice, _case_page(notice) or pages.get((notice.unit_id, notice.subject), "")) for notice in notices]


def _case_page(notice: Notice) -> str:
    number = number_in(notice.subject)
    return reverse("unit:case", args=[number]) if number else ""


@require_POST
@unit_desk
def read(request: HttpRequest) -> HttpResponse:
    """Mark as read what this person had before their eyes; what came in since stays unread."""
    newest = request.POST.get("up_to", "")
    mark_read(whoever(request).unit, now=timezone.now(), up_to=int(newest) if newest.isdecimal() else None)
    return redirect("unit:home")
