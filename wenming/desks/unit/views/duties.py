"""A duty that is not a case's: an order, later a letter. What is asked, by when, and the written answer."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from wenming.desks.common import toasts
from wenming.desks.common.access import whoever
from wenming.organisations.models import Account
from wenming.refusals import Refusal
from wenming.responsibilities.models import Duty
from wenming.responsibilities.places.selectors import VERIFY
from wenming.responsibilities.selectors import duties_visible_to
from wenming.responsibilities.services import answer_duty

from ..access import unit_desk
from ..forms import DutyAnswerForm
from ..rows import DutyRow

# 盲复核 is answered at the field desk, by somebody who was there.
LOOKED_AT = "case.recheck"
# So is a public place; its checklist is the answer.
ON_THE_SPOT = (LOOKED_AT, VERIFY)


@require_safe
@unit_desk
def duty(request: HttpRequest, pk: int) -> HttpResponse:
    """The duty and its story."""
    found = get_object_or_404(_duties(whoever(request)), pk=pk)
    return _page(request, found, DutyAnswerForm(duty=found))


@require_POST
@unit_desk
def answers(request: HttpRequest, pk: int) -> HttpResponse:
    """回复 an order or a letter."""
    user, now = whoever(request), timezone.now()
    found = get_object_or_404(_duties(user).exclude(kind__in=ON_THE_SPOT), pk=pk)
    form, status = DutyAnswerForm(request.POST, duty=found), 422
    if form.is_valid():
        try:
            answer_duty(found, text=form.cleaned_data["text"], by=user, now=now)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            toasts.say(request, str(_("回复已送达。")))
            return redirect("unit:home")
    return _page(request, found, form, status)


def _duties(user: Account) -> QuerySet[Duty]:
    """Case duties are answered on the case's own page; what is looked at again is nobody's case here."""
    own_page = Q(kind__startswith="case.") & ~Q(kind=LOOKED_AT)
    return duties_visible_to(user).exclude(own_page).select_related("calendar", "schedule", "order")


def _page(request: HttpRequest, found: Duty, form: DutyAnswerForm, status: int = 200) -> HttpResponse:
    now = timezone.now()
    context = {
        "duty": found, "row": DutyRow(found, now), "form": form, "now": now, "order": getattr(found, "order", None),
        "looked_at": found.kind == LOOKED_AT, "place": found.subject.partition(":")[2] if found.kind == VERIFY else "", "lines": [
            {"what": _ACTS.get(move.act, move.act), "at": move.at, "note": move.reason}
            for move in found.moves.all()
        ],
    }  # fmt: skip
    return render(request, "unit/duty.html", context, status=status)


_ACTS = {
    "answer": _("回复"), "send_back": _("退回重办"), "suspend": _("挂账"), "resume": _("恢复办理"), "extend": _("同意延期"),
    "refuse_extension": _("不同意延期"), "warned": _("临期提醒"), "overdue": _("逾期"), "reminded": _("催办"),
    "supervised": _("督办"),
}  # fmt: skip
