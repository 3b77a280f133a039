"""我的班 and 交接班. Handing over and taking over wait in the phone for the network; swaps and leave need it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from wenming.desks.common.access import public, whoever
from wenming.desks.common.toasts import say
from wenming.observations.handing_in import HandedInReceipt
from wenming.refusals import Refusal
from wenming.responsibilities.models import Handover, RosterGroup, RosterRequest, RosterShift
from wenming.responsibilities.rosters import changes, handovers
from wenming.responsibilities.rosters.selectors import groups_of
from wenming.responsibilities.rosters.services import RosterRefused

from ..access import field_desk
from ..calendar_feed import calendar_of
from ..handing_in import answered, hand_in, received_before, seen_at, to_be_mended, wants_json
from ..shift_page import HandoverForm, page_of, told_matters

OWN = "rosters.own"


@require_safe
@field_desk(OWN)
def shift(request: HttpRequest) -> HttpResponse:
    """The shift now, what is handed over, what comes."""
    return _page(request)


def _page(request: HttpRequest, refused: str = "", status: int = 200, **more: Any) -> HttpResponse:
    now = timezone.now()
    context = {**page_of(whoever(request), now), "now": now, "refused": refused, **more}
    return render(request, "field/shift.html", context, status=status)


@require_POST
@field_desk(OWN)
def handing_over(request: HttpRequest) -> HttpResponse:
    """交班, once however often a phone sends it, at the time at which it was done."""
    if known := received_before(request):
        return _thanks(request, known, _("已交班，等下一班来接"))
    user, now, form = whoever(request), timezone.now(), HandoverForm(request.POST)
    refusals: list[Refusal] = []
    if form.is_valid():
        given = form.cleaned_data
        shift = RosterShift.objects.filter(pk=given["shift"], account=user).select_related("edition__group").first()

        def act() -> str:
            if shift is None:
                raise RosterRefused(_("没有您的这一班。请打开“我的班”重新交。"))
            made = handovers.hand_over(
                shift, notes=given["notes"], matters=told_matters(user, request.POST.getlist("matters")), client_id=given["client_id"],
                by=user, now=now, given_at=seen_at(request, now),
            )  # fmt: skip
            return f"{made.group.code}-{made.pk}"

        try:
            return _thanks(request, hand_in(request, "handover", {}, act, now=now), _("已交班，等下一班来接"))
        except Refusal as refusal:
            refusals.append(refusal)
    if wants_json(request):
        return to_be_mended(form, refusals)
    why = str(refusals[0]) if refusals else _("话太长了，最多 1000 字。请写短一点再交。")
    return _page(request, why, refusals[0].status if refusals else 422, handover=form)


@require_POST
@field_desk(OWN)
def taking_over(request: HttpRequest, pk: int) -> HttpResponse:
    """接班, once however often a phone sends it."""
    if known := received_before(request):
        return _thanks(request, known, _("已接班"))
    user, now, found = whoever(request), timezone.now(), get_object_or_404(Handover, pk=pk)

    def act() -> str:
        handovers.take_over(found, by=user, now=now, said=request.POST.get("said", ""), taken_at=seen_at(request, now))
        return f"{found.group.code}-{found.pk}"

    try:
        return _thanks(request, hand_in(request, "taking", {}, act, now=now), _("已接班"))
    except Refusal as refusal:
        if wants_json(request):
            return to_be_mended(HandoverForm(), [refusal])
        return _page(request, str(refusal), refusal.status)


def _thanks(request: HttpRequest, receipt: HandedInReceipt, words: str) -> HttpResponse:
    if not wants_json(request):
        say(request, words)
    return answered(request, receipt, reverse("field:shift"))


@require_POST
@field_desk(OWN)
def swapping(request: HttpRequest) -> HttpResponse:
    """换班 or 替班."""
    user, now = whoever(request), timezone.now()
    form = page_of(user, now)["swap"]
    form = type(form)(request.POST, rows=list(form.rows.values()), user=user, now=now)
    if not form.is_valid():
        return _page(request, _("请选好自己的哪个班，和换给谁。"), 422)
    own, colleague, other = form.parties()
    try:
        changes.ask_swap(own, colleague=colleague, other=other, said=form.cleaned_data["said"], by=user, now=now)
    except Refusal as refusal:
        return _page(request, str(refusal), refusal.status)
    say(request, _("已请 %(person)s 答复；同意后由负责人批准") % {"person": colleague})
    return redirect("field:shift")


@require_POST
@field_desk(OWN)
def leaving(request: HttpRequest) -> HttpResponse:
    """请假."""
    user, now = whoever(request), timezone.now()
    form = page_of(user, now)["leave"]
    form = type(form)(request.POST, groups=list(groups_of(user, timezone.localdate())))
    if not form.is_valid():
        return _page(request, _("请选好值班组和请假的日子。"), 422)
    given = form.cleaned_data
    try:
        group = get_object_or_404(RosterGroup, code=given["group"])
        changes.ask_leave(group, given["starts_on"], given["ends_on"], by=user, now=now)
    except Refusal as refusal:
        return _page(request, str(refusal), refusal.status)
    say(request, _("已提交请假，等负责人批准"))
    return redirect("field:shift")


@require_POST
@field_desk(OWN)
def answering(request: HttpRequest, pk: int) -> HttpResponse:
    """The colleague's answer."""
    return _act(
        request, pk,
        lambda one, by, now: changes.answer_request(one, agrees=request.POST.get("verdict") == "agree", by=by, now=now),
        _("已答复"),
    )  # fmt: skip


@require_POST
@field_desk(OWN)
def withdrawing(request: HttpRequest, pk: int) -> HttpResponse:
    """撤回."""
    return _act(request, pk, lambda one, by, now: changes.withdraw_request(one, by=by, now=now), _("已撤回"))


@require_POST
@field_desk(OWN)
def deciding(request: HttpRequest, pk: int) -> HttpResponse:
    """The lead's decision."""
    return _act(
        request, pk,
        lambda one, by, now: changes.decide_request(one, approves=request.POST.get("verdict") == "approve", by=by, now=now),
        _("已决定"),
    )  # fmt: skip


def _act(request: HttpRequest, pk: int, act: Any, words: str) -> HttpResponse:
    try:
        act(get_object_or_404(RosterRequest, pk=pk), whoever(request), timezone.now())
    except Refusal as refusal:
        return _page(request, str(refusal), refusal.status)
    say(request, words)
    return redirect("field:shift")


@require_POST
@field_desk(OWN)
def calendar(request: HttpRequest) -> HttpResponse:
    """A new calendar address; it is shown once."""
    token = handovers.open_feed(whoever(request), now=timezone.now())
    return _page(request, address=request.build_absolute_uri(reverse("field:shift_feed", args=[token])))


@require_POST
@field_desk(OWN)
def calendar_removal(request: HttpRequest) -> HttpResponse:
    """The address opens nothing any more."""
    handovers.end_feed(whoever(request), now=timezone.now())
    say(request, _("日历地址已停用"))
    return redirect("field:shift")


@require_safe
@public
def feed(_request: HttpRequest, token: str) -> HttpResponse:
    """One person's own shifts, for their calendar; the address itself is the key."""
    owner = handovers.owner_of_feed(token)
    if owner is None:
        raise Http404
    text = calendar_of(owner, timezone.now())
    return HttpResponse(text, content_type="text/calendar; charset=utf-8", headers={"Cache-Control": "private, no-store"})
