"""门店自己的页面: its ground and duties, what is open, 改好了, reporting others, asking. The code on its plate is the only key. Policy: 3.1-3.5."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from wenming.cases.frontages import reported_by
from wenming.desks.common import toasts
from wenming.desks.common.paging import first_of
from wenming.desks.common.uploads import claim
from wenming.observations.door import Lane
from wenming.observations.frontages import report_from_frontage
from wenming.refusals import Refusal
from wenming.responsibilities.frontages.selectors import (
    agreements_of,
    open_with_facts,
    told_of_all,
    who_answers_for,
    with_told,
)
from wenming.responsibilities.frontages.services import ask_question, say_mended, say_statement, sign_agreement
from wenming.responsibilities.models import FrontageMatter
from wenming.responsibilities.rules.frontage_steps import Facts, StepKind
from wenming.standards.models import PublicCategory
from wenming.territory.frontages.selectors import premises_by_plate, stretches_of
from wenming.territory.maps import Outline, Pin, around, svg_map
from wenming.territory.models import EdgeStretch, Premises

from ..uploads import keep_photos
from ..visitors import citizen, knock_at

# Degrees to spare around a door and its ground: some twenty metres.
CLOSE_UP = 0.0002
# The zoom at which a shop front is as wide as a thumb.
DOORSTEP = 19.0
SHOWN = 5


class ShopReportForm(forms.Form):
    """反映别人的问题: a photo, a kind or a sentence; one is enough."""

    client_id = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    category = forms.ModelChoiceField(
        label=gettext_lazy("是什么问题"), queryset=PublicCategory.objects.all(), to_field_name="code", required=False, empty_label=None,
        widget=forms.RadioSelect,
    )  # fmt: skip
    text = forms.CharField(label=gettext_lazy("想补充什么"), max_length=1000, required=False, widget=forms.Textarea({"rows": 2}))


class QuestionForm(forms.Form):
    question = forms.CharField(label=gettext_lazy("想问什么"), max_length=500, widget=forms.Textarea({"rows": 2}))


class SigningForm(forms.Form):
    signer = forms.CharField(label=gettext_lazy("签字人姓名"), max_length=40, widget=forms.TextInput({"autocomplete": "name"}))
    read = forms.BooleanField(label=gettext_lazy("我看过责任书，同意"))


class StatementForm(forms.Form):
    statement = forms.CharField(label=gettext_lazy("您要说的"), max_length=400, widget=forms.Textarea({"rows": 3}))


@require_safe
@never_cache
@citizen
def shop(request: HttpRequest, shop: str) -> HttpResponse:
    """The page behind the code on the plate."""
    knock_at("look-up", request, timezone.now())
    found = premises_by_plate(shop)
    return _page(request, found) if found else _unknown(request)


@require_POST
@citizen
def mended(request: HttpRequest, shop: str, matter: str) -> HttpResponse:
    """改好了: one press; a photograph only if they wish."""
    now, found = timezone.now(), _premises(request, shop)
    if found is None:
        return _unknown(request)
    wanted = get_object_or_404(FrontageMatter, premises=found, number=matter)
    kept = keep_photos(request, now)
    try:
        if kept.refusals:
            raise kept.refusals[0]
        with transaction.atomic():  # refused, the photographs are there to be sent again
            say_mended(wanted, now=now, photos=claim(kept.tokens, now))
    except Refusal as refusal:
        return _page(request, found, refusal=refusal, status=refusal.status)
    toasts.say(request, _("已告诉镇街：改好了。会有人来看。"))
    return _back(found)


@require_POST
@citizen
def statements(request: HttpRequest, shop: str, matter: str) -> HttpResponse:
    """陈述申辩 in their own words."""
    now, found = timezone.now(), _premises(request, shop)
    if found is None:
        return _unknown(request)
    wanted, form = get_object_or_404(FrontageMatter, premises=found, number=matter), StatementForm(request.POST)
    if not form.is_valid():
        return _page(request, found, statement=form, status=422)
    say_statement(wanted, text=form.cleaned_data["statement"], now=now)
    toasts.say(request, _("陈述申辩收到了，会记录并答复。"))
    return _back(found)


@require_POST
@citizen
def reports(request: HttpRequest, shop: str) -> HttpResponse:
    """反映别人的问题, credited to these premises."""
    now, found = timezone.now(), _premises(request, shop)
    if found is None:
        return _unknown(request)
    form = ShopReportForm(request.POST)
    lane = knock_at("report", request, now)
    kept = keep_photos(request, now)
    try:
        if kept.refusals:
            raise kept.refusals[0]
        if not form.is_valid():
            return _page(request, found, report=form, status=422)
        given = form.cleaned_data
        receipt = report_from_frontage(
            found, client_id=given["client_id"] or str(uuid.uuid4()), text=given["text"], category=given["category"], now=now,
            upload_tokens=kept.tokens, slow_lane=lane == Lane.SLOW,
        )  # fmt: skip
    except Refusal as refusal:
        return _page(request, found, report=form, refusal=refusal, status=refusal.status)
    toasts.say(request, _("收好了，编号 %(number)s，记在本店名下。") % {"number": receipt.number})
    return _back(found)


@require_POST
@citizen
def questions(request: HttpRequest, shop: str) -> HttpResponse:
    """问一问; the answer comes on the same page."""
    found, form = _premises(request, shop), QuestionForm(request.POST)
    if found is None:
        return _unknown(request)
    if not form.is_valid():
        return _page(request, found, question=form, status=422)
    ask_question(found, text=form.cleaned_data["question"], now=timezone.now())
    toasts.say(request, _("问题收到了，答复会出现在这一页。"))
    return _back(found)


@require_POST
@citizen
def signature(request: HttpRequest, shop: str, pk: int) -> HttpResponse:
    """网页确认责任书."""
    found, form = _premises(request, shop), SigningForm(request.POST)
    if found is None:
        return _unknown(request)
    agreement = get_object_or_404(agreements_of(found), pk=pk)
    if not form.is_valid():
        return _page(request, found, signing=form, status=422)
    try:
        sign_agreement(agreement, way="screen", signer=form.cleaned_data["signer"], by=None, now=timezone.now())
    except Refusal as refusal:
        return _page(request, found, refusal=refusal, status=refusal.status)
    toasts.say(request, _("责任书已签订。"))
    return _back(found)


def _premises(request: HttpRequest, code: str) -> Premises | None:
    knock_at("verdict", request, timezone.now())
    return premises_by_plate(code)


def _back(found: Premises) -> HttpResponse:
    answer = redirect("public:shop", found.plate_code)
    answer.status_code = 303
    return answer


def _page(
    request: HttpRequest, found: Premises, *, refusal: Refusal | None = None, report: forms.Form | None = None,
    question: forms.Form | None = None, signing: forms.Form | None = None, statement: forms.Form | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    now, today = timezone.now(), localdate()
    stretches = list(with_told(stretches_of(found)))
    reports, report_count = first_of(reported_by(found), SHOWN)
    agreements = list(agreements_of(found).filter(withdrawal=None)[:2])
    context = {
        "premises": found, "now": now, "refusal": refusal,
        "held": [(one, who_answers_for(one, one.told_at is not None)) for one in stretches],
        "matters": [_shown(*each, now) for each in open_with_facts(found, told_of_all(stretches))],
        "agreement": next((one for one in agreements if hasattr(one, "signature") and one.period_from <= today < one.period_to), None),
        "to_sign": next((one for one in agreements if not hasattr(one, "signature") and one.period_to > today), None),
        "reports": reports, "report_count": report_count,
        "questions": list(found.questions.all()[:SHOWN]), "report_form": report or ShopReportForm(initial={"client_id": str(uuid.uuid4())}),
        "question_form": question or QuestionForm(), "signing_form": signing or SigningForm(), "statement_form": statement or StatementForm(),
        "report_open": report is not None, "question_open": question is not None,
        "map": _map_of(found, stretches),
    }  # fmt: skip
    return render(request, "public/shop.html", context, status=status)


def _map_of(found: Premises, stretches: Sequence[EdgeStretch]) -> str:
    """The door, and its ground from wall to kerb as far as it reaches; "" where the register has no position for it."""
    if found.placement.point is None:
        return ""
    door = Pin(*found.placement.point, "here", found.name)
    grounds = [one.area for one in stretches if not one.area.is_empty]
    corners = [Pin(x, y) for ground in grounds for x, y in (ground.bounds[:2], ground.bounds[2:])]
    return svg_map(
        bbox=around([door, *corners], CLOSE_UP), pins=[door], outlines=[Outline(ground, "chosen") for ground in grounds], width=620,
        height=240, title=_("门前责任区"), closest=DOORSTEP,
    )  # fmt: skip


def _shown(matter: FrontageMatter, facts: Facts, now: datetime) -> dict[str, object]:
    """A matter with its newest document, its term, and whether they may still say something."""
    last = facts.last_step
    claimed = facts.claimed_at is not None and (facts.last_look is None or facts.last_look.at < facts.claimed_at)
    asked = last is not None and last.kind is StepKind.HEARING and last.served_at is not None
    in_term = last is not None and last.due_at is not None and now <= last.due_at
    may_speak = asked and (in_term or facts.heard_at is None)
    return {"matter": matter, "due_at": last.due_at if last else None, "claimed": claimed, "may_speak": may_speak}


def _unknown(request: HttpRequest) -> HttpResponse:
    """One answer for codes that never were, were renewed, or belong to what has closed."""
    return render(request, "public/shop_unknown.html", status=404)
