"""核实与核查: somebody else looks, and says what is there (4.3)."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from wenming.cases import services
from wenming.cases.models import Case
from wenming.cases.selectors import cases_visible_to
from wenming.desks.common import toasts
from wenming.desks.common.access import whoever
from wenming.desks.common.photo_hints import hints_on_page, judge
from wenming.desks.common.uploads import MOST_PHOTOS, Kept, claim, keep_photos, still_waiting
from wenming.observations.handing_in import HandedInReceipt
from wenming.organisations.models import Account
from wenming.refusals import Refusal

from ..access import VERIFY, field_desk
from ..forms import OTHER, UNSEEN, YES, VerificationForm
from ..handing_in import answered, hand_in, received_before, to_be_mended, wants_json
from ..pack import close_map
from ..tasks import BEFORE, STAGES, task_page


@require_safe
@field_desk(VERIFY)
def task(request: HttpRequest, number: str) -> HttpResponse:
    """How it was, what was done, three answers of equal weight."""
    user = whoever(request)
    case = get_object_or_404(_cases_of(user), number=number)
    form = VerificationForm(stage=STAGES.get(case.state), initial=_seen(case))  # type: ignore[call-overload]
    return _page(request, case, form, Kept([]))


@require_POST
@field_desk(VERIFY)
def verifications(request: HttpRequest, number: str) -> HttpResponse:
    """What was seen."""
    now, user = timezone.now(), whoever(request)
    if known := received_before(request):
        return _thanks(request, known)
    case = get_object_or_404(_cases_of(user), number=number)
    form, kept = VerificationForm(request.POST, stage=STAGES.get(case.state)), keep_photos(request, now)  # type: ignore[call-overload]
    if form.is_valid() and not kept.refusals:
        try:
            receipt = hand_in(
                request, "verification", {"photos": kept}, lambda: _say(case, form, kept, user, now), now=now
            )
        except Refusal as refusal:
            kept.refusals.append(refusal)
        else:
            return _thanks(request, receipt)
    if wants_json(request):
        return to_be_mended(form, kept.refusals, **_standing(case.pk, request.POST.get("asked", ""), user))
    for why in kept.refusals:
        form.add_error(None, str(why))
    kept.tokens = still_waiting(kept.tokens, now)
    status = kept.refusals[0].status if kept.refusals else 422
    return _page(request, get_object_or_404(_cases_of(user), number=number), form, kept, status)


@require_POST
@field_desk(VERIFY)
def photo_hint_verdicts(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """What was made of a hint about a photo; the task itself waits."""
    case = get_object_or_404(_cases_of(whoever(request)), number=number)
    try:
        judge(request, case, pk, timezone.now())
    except Refusal as refusal:
        toasts.say(request, str(refusal))
    return redirect("field:task", number=number)


def _thanks(request: HttpRequest, receipt: HandedInReceipt) -> HttpResponse:
    if not wants_json(request):
        toasts.say(request, _("%(number)s 已送达。") % {"number": receipt.number})
    return answered(request, receipt, reverse("field:home"))


@transaction.atomic
def _say(case: Case, form: VerificationForm, kept: Kept, by: Account, now: datetime) -> str:
    """The service that belongs to the stage and the answer."""
    found, seen_moves = form.cleaned_data["found"], form.cleaned_data["seen_moves"]
    photos = claim(kept.tokens, now)
    if found == UNSEEN:
        services.cannot_see(case, reason=form.reason, photos=photos, by=by, now=now, seen_moves=seen_moves)
    elif form.stage is BEFORE:
        services.verify_before(
            case, holds=found == YES, note=form.reason, photos=photos, by=by, now=now, seen_moves=seen_moves
        )
    elif found == YES:
        services.pass_verification(case, note=form.reason, photos=photos, by=by, now=now, seen_moves=seen_moves)
    else:
        services.send_back(case, reason=form.reason, photos=photos, by=by, now=now, seen_moves=seen_moves)
    return case.number


def _standing(case_id: int, asked: str, user: Account) -> dict[str, object]:
    """Where the case stands now, for a phone whose answer came too late.

    again: the number of moves with which the same answer may be given once more, where the same question is still open;
    merged_into: the case that it became part of.
    """
    case = _cases_of(user).select_related("merged_into").filter(pk=case_id).first()
    if case is None:
        return {}
    still_asked = asked == case.state and task_page(case, user, timezone.now())["stage"] is not None
    return {
        "state": case.get_state_display(), "again": case.moves_count if still_asked else None,
        "merged_into": case.merged_into.number if case.merged_into else "",
    }  # fmt: skip


def _cases_of(user: Account) -> QuerySet[Case]:
    return cases_visible_to(user).select_related(
        "problem_type", "establish_rule", "placement__town", "unit", "duty__calendar", "duty__schedule"
    )


def _seen(case: Case) -> dict[str, object]:
    """What this page shows: which question, after how many moves."""
    return {"client_id": str(uuid.uuid4()), "asked": case.state, "seen_moves": case.moves_count}


def _page(request: HttpRequest, case: Case, form: VerificationForm, kept: Kept, status: int = 200) -> HttpResponse:
    context = {
        **task_page(case, whoever(request), timezone.now()), "form": form, "tokens": kept.tokens,
        "most": MOST_PHOTOS - len(kept.tokens), "chosen": form.data.get("found", "") if form.is_bound else "",
        "other": OTHER, "near": close_map(case), **hints_on_page(case, whoever(request)),
    }  # fmt: skip
    return render(request, "field/task.html", context, status=status)
