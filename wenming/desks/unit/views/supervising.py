"""公共场所的事: what is a duty of the managing body with the town as supervisor, and what was found in the town. Policy: 2.1, 2.5."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from wenming.cases import services
from wenming.cases.models import Case
from wenming.cases.places import supervised_by
from wenming.desks.common import toasts
from wenming.desks.common.access import desk, whoever
from wenming.desks.common.place_proposals import decide
from wenming.desks.common.uploads import Kept, claim, keep_photos, still_waiting
from wenming.organisations.models import Account
from wenming.refusals import Refusal
from wenming.responsibilities.services import remind_duty

from ..case_page import SEEING_TO_IT, Refused
from ..places_page import page_of
from .acts import again
from .cases import cases_of

Do = Callable[[Case, dict[str, Any], Kept, Account, datetime], object]
unit_desk = desk("unit")


@require_safe
@unit_desk("places.own")
def places(request: HttpRequest) -> HttpResponse:
    """What the town sees to, what was found there and waits for it, what should be looked at again."""
    return render(request, "unit/places.html", page_of(whoever(request), timezone.now()))


@require_POST
@unit_desk("places.own")
def proposal_verdicts(request: HttpRequest, proposal: int) -> HttpResponse:
    """登记, 是已有的, or 不登记 of what was found in the town."""
    decide(request, proposal, by=whoever(request), now=timezone.now())
    return redirect("unit:places")


@require_POST
@unit_desk("places.own")
def reminders(request: HttpRequest, number: str) -> HttpResponse:
    """催办: the managing body is told at once, whatever the ladder says."""

    def do(case: Case, given: dict[str, Any], kept: Kept, by: Account, now: datetime) -> None:
        assert case.handling is not None
        remind_duty(case.handling, words=given["words"], by=by, now=now)

    return _take(request, number, "remind", do, _("已催办，管理单位在通知里看到。"))


@require_POST
@unit_desk("places.own")
def looks(request: HttpRequest, number: str) -> HttpResponse:
    """查看整改: mended, and it ends; or not, and it goes back with the reason."""

    def do(case: Case, given: dict[str, Any], kept: Kept, by: Account, now: datetime) -> None:
        told: dict[str, Any] = {"photos": claim(kept.tokens, now), "by": by, "now": now, "seen_moves": given["seen_moves"]}
        if given["mended"] == "yes":
            services.reinspect(case, note=given["note"], **told)
        else:
            services.send_back(case, reason=given["note"], **told)

    return _take(request, number, "look", do, _("已登记现场查看。"))


def _take(request: HttpRequest, number: str, act: str, do: Do, said: str | Promise) -> HttpResponse:
    now, user = timezone.now(), whoever(request)
    case = get_object_or_404(_supervised(user), number=number)
    form, kept = SEEING_TO_IT[act][0](request.POST, case=case), keep_photos(request, now)
    refusals = list(kept.refusals)
    if form.is_valid() and not refusals:
        try:
            with transaction.atomic():  # refused, the photographs are there to be sent again
                do(case, form.cleaned_data, kept, user, now)
        except Refusal as refusal:
            refusals.append(refusal)
        else:
            toasts.say(request, f"{case.number} {said}")
            return redirect("unit:places")
    for why in refusals:
        form.add_error(None, str(why))
    return again(request, number, Refused(act, form, still_waiting(kept.tokens, now)), refusals)


def _supervised(user: Account) -> QuerySet[Case]:
    """What others owe under the eyes of this person's unit."""
    return cases_of(user).filter(pk__in=supervised_by(user).order_by().values("pk"))
