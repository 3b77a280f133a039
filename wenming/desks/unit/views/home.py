"""待办: every kind of duty of the unit in one list, the most urgent first (5.1)."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from wenming.desks.common.access import whoever
from wenming.desks.common.due_groups import by_due
from wenming.responsibilities.selectors import duties_visible_to, open_duties, unread_notices

from ..access import unit_desk
from ..filters import DutyFilter
from ..rows import duty_rows
from .notices import with_links

PAGE_ROWS = 50
NEWS = 3
COLUMNS = [_("事项"), _("要求"), _("剩余"), _("来源"), _("操作")]


@require_safe
@unit_desk
def home(request: HttpRequest) -> HttpResponse:
    """What the unit and those below it owe now; filter and search combine."""
    now, user = timezone.now(), whoever(request)
    chosen = DutyFilter(request.GET, user=user, now=now)
    owed = chosen.narrow(open_duties(duties_visible_to(user)))
    shown = chosen.in_time(owed).select_related("owner", "calendar", "schedule")
    page = Paginator(shown, PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "filter": chosen, "page": page, "groups": by_due(duty_rows(list(page.object_list), now), now),
        "columns": COLUMNS, "counts": chosen.counts(owed), "now": now,
        "news": with_links(unread_notices(user.unit)[:NEWS]), "unread": unread_notices(user.unit).count(),
    }  # fmt: skip
    return render(request, "unit/home.html", context)
