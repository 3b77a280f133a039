"""现场发现的场所, at whichever desk decides: what is proposed beside what the register has, and the three answers. Policy: 2.1."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from wenming.evidence.selectors import exhibits_of_many
from wenming.observations.place_proposals import (
    PHOTOS,
    accept_proposal,
    beside,
    join_proposal,
    open_proposals,
    refuse_proposal,
)
from wenming.organisations.models import Account
from wenming.refusals import BadInput
from wenming.territory.models import PlaceStanding
from wenming.territory.public_places.selectors import places_visible_to

from .toasts import say

LISTED = 20


class VerdictForm(forms.Form):
    """One of three answers; which place, or why not, belongs to two of them."""

    answer = forms.ChoiceField(choices=[("accept", "accept"), ("join", "join"), ("refuse", "refuse")])
    place = forms.CharField(max_length=24, required=False)
    reason = forms.CharField(max_length=200, required=False)


def waiting_for(user: Account) -> dict[str, Any]:
    """Those that wait for this person, the oldest first, each beside what may be the same."""
    found = open_proposals(user)
    shown = list(found[:LISTED])
    photos = exhibits_of_many(PHOTOS, [str(one.pk) for one in shown])
    alike = beside(shown)
    lines = [{"proposal": one, "label": one.get_kind_display(), "beside": alike[one.pk], "photos": photos.get(str(one.pk), [])} for one in shown]
    return {"lines": lines, "total": len(shown) if len(shown) < LISTED else found.count(), "listed": LISTED}


def decide(request: HttpRequest, proposal: int, *, by: Account, now: datetime) -> None:
    """登记, 是已有的, or 不登记; said in a toast. Raises Http404 for what does not wait for this person."""
    found = get_object_or_404(open_proposals(by), pk=proposal)
    form = VerdictForm(request.POST)
    if not form.is_valid():
        raise BadInput(_("还没有选怎么办。请在三个里选一个。"))
    given = form.cleaned_data
    if given["answer"] == "accept":
        say(request, _("已登记公共场所 %(number)s") % {"number": accept_proposal(found, by=by, now=now).number})
    elif given["answer"] == "join":
        same = get_object_or_404(places_visible_to(by).filter(standing=PlaceStanding.OPEN), number=given["place"])
        join_proposal(found, same, by=by, now=now)
        say(request, _("认定是已有的 %(number)s") % {"number": same.number})
    else:
        refuse_proposal(found, reason=given["reason"], by=by, now=now)
        say(request, _("已记下不登记的原因"))
