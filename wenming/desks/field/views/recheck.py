"""盲复核: a closed problem is looked at again by somebody who does not know whose it was, nor what was found before."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from wenming.cases import services
from wenming.cases.models import Recheck
from wenming.cases.rechecks import rechecks_to_do
from wenming.desks.common import toasts
from wenming.desks.common.access import whoever
from wenming.desks.common.uploads import MOST_PHOTOS, Kept, claim, keep_photos, still_waiting
from wenming.refusals import Refusal

from ..access import VERIFY, field_desk
from ..forms import RecheckForm
from ..rechecks import recheck_page


@require_safe
@field_desk(VERIFY)
def recheck(request: HttpRequest, pk: int) -> HttpResponse:
    """Where it was, how it looked when it was reported, and four answers."""
    return _page(request, _find(request, pk), RecheckForm(), Kept([]))


@require_POST
@field_desk(VERIFY)
def findings(request: HttpRequest, pk: int) -> HttpResponse:
    """What was seen."""
    now, one = timezone.now(), _find(request, pk)
    form, kept = RecheckForm(request.POST), keep_photos(request, now)
    if form.is_valid() and not kept.refusals:
        try:
            with transaction.atomic():
                services.find_recheck(
                    one, found=form.cleaned_data["found"], note=form.reason, photos=claim(kept.tokens, now),
                    by=whoever(request), now=now,
                )  # fmt: skip
        except Refusal as refusal:
            kept.refusals.append(refusal)
        else:
            toasts.say(request, _("已送达。"))
            return redirect("field:home")
    for why in kept.refusals:
        form.add_error(None, str(why))
    kept.tokens = still_waiting(kept.tokens, now)
    return _page(request, one, form, kept, kept.refusals[0].status if kept.refusals else 422)


def _find(request: HttpRequest, pk: int) -> Recheck:
    return get_object_or_404(rechecks_to_do(whoever(request)), pk=pk)


def _page(request: HttpRequest, one: Recheck, form: RecheckForm, kept: Kept, status: int = 200) -> HttpResponse:
    context = {
        **recheck_page(one, timezone.now()), "form": form, "tokens": kept.tokens, "most": MOST_PHOTOS - len(kept.tokens),
        "chosen": form.data.get("found", "") if form.is_bound else "",
    }  # fmt: skip
    return render(request, "field/recheck.html", context, status=status)
