"""One case: its page, and every act on it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from wenming.cases.models import Case
from wenming.cases.selectors import cases_visible_to, visible_case
from wenming.desks.common import toasts
from wenming.desks.common.access import View, desk, whoever
from wenming.refusals import BadInput, Refusal

from ..acts import Act
from ..case_page import page_of
from ..desk_filter import DESK_STATES
from ..dispatching import with_case
from ..forms import ActForm

office_desk = desk("office")
# The list a person came from, with its filters, so that the way back leads there.
LIST_COOKIE = "office_list"


def shown_case(request: HttpRequest, number: str) -> Case:
    """The case of that number with all that its page shows, if there is one for this person."""
    cases = cases_visible_to(whoever(request)).select_related(
        "problem_type__scheme", "establish_rule", "placement__town", "placement__community", "placement__grid", "unit",
        "duty__calendar", "duty__schedule", "handling__calendar", "handling__schedule", "merged_into",
    )  # fmt: skip
    return get_object_or_404(cases, number=number)


@require_safe
@office_desk("cases.oversee")
def case(request: HttpRequest, number: str) -> HttpResponse:
    """The page of one case."""
    found = shown_case(request, number)
    return _page(request, page_of(found, user=whoever(request), now=timezone.now()))


@require_safe
@office_desk("cases.oversee")
def sheet(request: HttpRequest, number: str) -> HttpResponse:
    """案件单: the case on one sheet of A4, for signing and filing."""
    found = shown_case(request, number)
    return render(request, "office/sheet.html", page_of(found, user=whoever(request), now=timezone.now()))


def view_of(act: Act) -> View:
    """The view behind an act's noun: parse, one service, a sentence, go on."""

    @require_POST
    @office_desk(act.permission)
    def take(request: HttpRequest, number: str) -> HttpResponse:
        by, now = whoever(request), timezone.now()
        if (found := visible_case(by, number)) is None:
            raise Http404
        form = act.form(request.POST, case=found, user=by, noun=act.noun)
        if not form.is_valid():
            return _again(request, number, act, form)
        try:
            moved = act.do(found, form.cleaned_data, by, now)
        except BadInput as bad:
            form.add_error(None, str(bad))
            return _again(request, number, act, form)
        except Refusal as refusal:
            return _not_done(request, number, refusal, form.cleaned_data.get("seen_moves"))
        _say(request, act, moved)
        return redirect(_onwards(request, moved))

    return take


def _again(request: HttpRequest, number: str, act: Act, form: ActForm) -> HttpResponse:
    """The page with the form as it was filled in, and what is to be mended."""
    found = shown_case(request, number)
    page = page_of(found, user=whoever(request), now=timezone.now(), refused=form, refused_noun=act.noun)
    return _page(request, page, status=BadInput.status)


def _not_done(request: HttpRequest, number: str, refusal: Refusal, seen_moves: int | None) -> HttpResponse:
    """The page as the case is now, the reason why the act was not done, and what others did in the meantime."""
    found = shown_case(request, number)
    page = page_of(found, user=whoever(request), now=timezone.now(), seen_moves=seen_moves)
    return _page(request, {**page, "not_done": str(refusal)}, status=refusal.status)


def _page(request: HttpRequest, page: dict[str, Any], status: int = 200) -> HttpResponse:
    back = request.COOKIES.get(LIST_COOKIE, "")
    ours = back.startswith(reverse("office:cases"))
    return render(
        request, "office/case.html", {**page, "back": back if ours else reverse("office:cases")}, status=status
    )


def _say(request: HttpRequest, act: Act, case: Case) -> None:
    said = f"{case.number} {act.said % {'unit': case.unit or ''}}"
    if act.undo:
        toasts.offer_undo(request, said, f"{act.undo_address(case)}?{urlencode({'next': _wanted(request)})}")
    else:
        toasts.say(request, said)


def _onwards(request: HttpRequest, case: Case) -> str:
    """Where the form or the undo button came from; the case's own page when that is not said.

    On the dispatch desk a case that still waits there stays selected.
    """
    wanted = _wanted(request)
    if wanted.startswith(reverse("office:dispatch")) and case.state in DESK_STATES:
        return with_case(wanted, case.number)
    return wanted or case.get_absolute_url()


def _wanted(request: HttpRequest) -> str:
    """The page to go on to, when it is one of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else ""
