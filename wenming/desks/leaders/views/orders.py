"""批示 and 督办: what leaders ordered, how it stands, and whether the answer will do."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from wenming.accountability.models import LeaderOrder
from wenming.accountability.selectors import orders_visible_to
from wenming.accountability.services import accept_order, give_order, send_order_back
from wenming.desks.common import toasts
from wenming.desks.common.access import desk, whoever
from wenming.refusals import Refusal

from ..forms import OrderForm, ReturnForm
from ..order_lines import ORDER_COLUMNS, grouped, order_page
from ..overview_page import page_of

leaders_desk = desk("leaders")
PAGE_ROWS = 50


@require_POST
@leaders_desk("leaders.order")
def give(request: HttpRequest) -> HttpResponse:
    """批示; a form that says nothing comes back open under the same line."""
    user, now, form = whoever(request), timezone.now(), OrderForm(request.POST)
    if not form.is_valid():
        context = page_of(user, now, order_to=request.POST.get("to", ""), form=form)
        return render(request, "leaders/home.html", context, status=422)
    given = form.cleaned_data
    order = give_order(by=user, to=given["to"], about=given["about"], text=given["text"], limit=form.limit, now=now)
    toasts.say(request, _("已批给%(unit)s，%(number)s。") % {"unit": order.to, "number": order.number})
    return redirect("leaders:home")


@require_safe
@leaders_desk("leaders.read")
def resolutions(request: HttpRequest) -> HttpResponse:
    """督办: every order with its clock, what is overdue first."""
    now = timezone.now()
    page = Paginator(orders_visible_to(whoever(request)).order_by("duty__ended_at", "duty__due_at"), PAGE_ROWS)
    shown = page.get_page(request.GET.get("page"))
    context = {"page": shown, "groups": grouped(shown.object_list, now), "columns": ORDER_COLUMNS, "now": now}
    return render(request, "leaders/resolutions.html", context)


@require_safe
@leaders_desk("leaders.read")
def resolution(request: HttpRequest, order: str) -> HttpResponse:
    """One order with its answer."""
    return _page(request, _order(request, order), ReturnForm())


@require_POST
@leaders_desk("leaders.judge")
def acceptance(request: HttpRequest, order: str) -> HttpResponse:
    """销号."""
    accept_order(_order(request, order), by=whoever(request), now=timezone.now())
    toasts.say(request, _("%(number)s 已办结销号。") % {"number": order})
    return redirect("leaders:resolutions")


@require_POST
@leaders_desk("leaders.judge")
def returns(request: HttpRequest, order: str) -> HttpResponse:
    """退回重办."""
    found, form, status = _order(request, order), ReturnForm(request.POST), 422
    if form.is_valid():
        try:
            send_order_back(found, reason=form.cleaned_data["reason"], by=whoever(request), now=timezone.now())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            toasts.say(request, _("已退回%(unit)s重办。") % {"unit": found.to})
            return redirect("leaders:resolution", order=order)
    return _page(request, found, form, status)


def _order(request: HttpRequest, number: str) -> LeaderOrder:
    return get_object_or_404(orders_visible_to(whoever(request)), number=number)


def _page(request: HttpRequest, order: LeaderOrder, form: ReturnForm, status: int = 200) -> HttpResponse:
    may_judge = whoever(request).may("leaders.judge")
    context = {**order_page(order, timezone.now()), "form": form, "may_judge": may_judge}
    return render(request, "leaders/resolution.html", context, status=status)
