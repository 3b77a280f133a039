"""What a unit does with a case. Each view finds, parses, calls one service and goes back to the list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from wenming.cases import services
from wenming.cases.models import Case, Support
from wenming.cases.selectors import supports_of
from wenming.desks.common import toasts
from wenming.desks.common.access import whoever
from wenming.desks.common.uploads import Kept, claim, hold_one, keep_photos, still_waiting
from wenming.organisations.models import Account
from wenming.refusals import Refusal

from ..access import unit_desk
from ..case_page import FORMS, PART_FORMS, Refused, page_of
from ..forms import AnswerForm, CaseForm, ExtensionForm, ReturnForm
from .cases import cases_of

Do = Callable[[Case, CaseForm, Kept, Account, datetime], object]


@require_POST
@unit_desk
def photos(request: HttpRequest) -> HttpResponse:
    """Take one photo in while the reply is still being written."""
    return hold_one(request, timezone.now())


@require_POST
@unit_desk
def acknowledgement(request: HttpRequest, number: str) -> HttpResponse:
    """签收."""

    def do(case: Case, form: CaseForm, kept: Kept, by: Account, now: datetime) -> None:
        services.acknowledge(case, by=by, now=now)

    return _take(request, number, "acknowledge", do, _("已签收。"), stay=True)


@require_POST
@unit_desk
def answers(request: HttpRequest, number: str) -> HttpResponse:
    """回复."""

    def do(case: Case, form: CaseForm, kept: Kept, by: Account, now: datetime) -> None:
        assert isinstance(form, AnswerForm)
        given = form.cleaned_data
        services.answer(
            case, text=given["text"], done=given["done"], despite=given.get("despite", ""), photos=claim(kept.tokens, now), by=by,
            now=now, seen_moves=given["seen_moves"],
        )  # fmt: skip

    return _take(request, number, "answer", do, _("回复已送达，等别的单位核查。"))


@require_POST
@unit_desk
def extensions(request: HttpRequest, number: str) -> HttpResponse:
    """申请延期. Whoever asks for more time has seen the case: it counts as signed for."""

    def do(case: Case, form: CaseForm, kept: Kept, by: Account, now: datetime) -> None:
        assert isinstance(form, ExtensionForm)
        case = services.acknowledge(case, by=by, now=now)
        services.ask_extension(case, limit=form.limit(), reason=form.cleaned_data["reason"], by=by, now=now)

    return _take(request, number, "ask_extension", do, _("延期申请已送指挥中心，批复前时限不变。"), stay=True)


@require_POST
@unit_desk
def returns(request: HttpRequest, number: str) -> HttpResponse:
    """退回."""

    def do(case: Case, form: CaseForm, kept: Kept, by: Account, now: datetime) -> None:
        assert isinstance(form, ReturnForm)
        given = form.cleaned_data
        services.hand_back(
            case, owner=given["owner"], reason=given["reason"], by=by, now=now, seen_moves=given["seen_moves"]
        )

    return _take(request, number, "hand_back", do, _("已退回。和权责清单一致的由指挥中心重新派遣，有争议的由创文办裁定。"))


@require_POST
@unit_desk
def appeals(request: HttpRequest, number: str) -> HttpResponse:
    """申诉."""

    def do(case: Case, form: CaseForm, kept: Kept, by: Account, now: datetime) -> None:
        given = form.cleaned_data
        services.appeal(case, about=given["about"], reason=given["reason"], by=by, now=now, seen_moves=given["seen_moves"])

    return _take(request, number, "appeal", do, _("申诉已送创文办，裁定后在这里看结果。"), stay=True)


@require_POST
@unit_desk
def part_answers(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """协办回复."""
    part = _part(request, number, pk)

    def do(case: Case, form: CaseForm, kept: Kept, by: Account, now: datetime) -> None:
        text = form.cleaned_data["text"]
        services.answer_support(case, part, text=text, photos=claim(kept.tokens, now), by=by, now=now)

    return _take(request, number, "answer_support", do, _("协办回复已送达主办单位。"), part=pk)


@require_POST
@unit_desk
def part_returns(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """退回协办."""
    part = _part(request, number, pk)

    def do(case: Case, form: CaseForm, kept: Kept, by: Account, now: datetime) -> None:
        services.hand_back_support(case, part, reason=form.cleaned_data["reason"], by=by, now=now)

    return _take(request, number, "hand_back_support", do, _("已退回指挥中心，由指挥中心另请单位。"), part=pk)


def _part(request: HttpRequest, number: str, pk: int) -> Support:
    return get_object_or_404(supports_of(get_object_or_404(cases_of(whoever(request)), number=number)), pk=pk)


def _take(
    request: HttpRequest,
    number: str,
    act: str,
    do: Do,
    said: str | Promise,
    *,
    stay: bool = False,
    part: int | None = None,
) -> HttpResponse:
    """One act: done and said, or the page again with what to mend and every photo that had arrived."""
    now, user = timezone.now(), whoever(request)
    case = get_object_or_404(cases_of(user), number=number)
    form, kept = (FORMS | PART_FORMS)[act](request.POST, case=case), keep_photos(request, now)
    refusals = list(kept.refusals)
    if form.is_valid() and not refusals:
        try:
            with transaction.atomic():
                do(case, form, kept, user, now)
        except Refusal as refusal:
            refusals.append(refusal)
        else:
            toasts.say(request, f"{case.number} {said}")
            return redirect("unit:case", number) if stay else redirect("unit:home")
    for why in refusals:
        form.add_error(None, str(why))
    return again(request, number, Refused(act, form, still_waiting(kept.tokens, now), part), refusals)


def again(request: HttpRequest, number: str, refused: Refused, refusals: list[Refusal]) -> HttpResponse:
    user = whoever(request)
    case = get_object_or_404(cases_of(user), number=number)
    page = page_of(case, user=user, now=timezone.now(), refused=refused)
    return render(request, "unit/case.html", page, status=refusals[0].status if refusals else 422)
