"""机构人员: the tree of units, who heads them, and every change of either."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Q
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wenming.desks.common import toasts
from wenming.desks.common.access import desk, whoever
from wenming.organisations.models import Appointment, Person, Post, Unit, UnitKind
from wenming.organisations.selectors import heads_of
from wenming.organisations.services import add_post, appoint, close_unit, found_unit, move_unit
from wenming.refusals import Refusal

from ..forms import AccountForm, AppointmentForm, EndForm, MoveForm, PostForm, UnitForm, UnitSearch

admin_desk = desk("admin")
PAGE_ROWS = 100


@require_safe
@admin_desk("organisations.manage")
def organisations(request: HttpRequest) -> HttpResponse:
    """The tree as a table; the many communities only when asked for."""
    search = UnitSearch(request.GET)
    chosen = search.cleaned_data if search.is_valid() else {}
    units = Unit.objects.filter(valid_to=None).order_by("path")
    if q := chosen.get("q"):
        units = units.filter(Q(name__icontains=q) | Q(short_name__icontains=q) | Q(code__istartswith=q))
    if kind := chosen.get("kind"):
        units = units.filter(kind=kind)
    elif not q:
        units = units.exclude(kind=UnitKind.COMMUNITY)
    below = Count("children", filter=Q(children__valid_to=None), distinct=True)
    people = Count("accounts", filter=Q(accounts__is_active=True), distinct=True)
    counted = units.annotate(below=below, people=people).select_related("parent")
    page = Paginator(counted, PAGE_ROWS).get_page(request.GET.get("page"))
    heads = heads_of(page.object_list, timezone.localdate())
    rows = [(unit, unit.path.count("/") - 2, heads.get(unit.pk)) for unit in page.object_list]
    context = {"search": search, "page": page, "rows": rows, "hides_communities": not kind and not q}
    return render(request, "admin/organisations.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@admin_desk("organisations.manage")
def new(request: HttpRequest) -> HttpResponse:
    """Enter a unit into the tree."""
    form = UnitForm(request.POST or None, initial={"parent": request.GET.get("parent", "")})
    if request.method == "POST" and form.is_valid():
        try:
            unit = found_unit(**form.cleaned_data, by=whoever(request), now=timezone.now())
        except ValidationError as wrong:
            form.add_error(None, "".join(wrong.messages))
        else:
            toasts.say(request, _("已新增%(unit)s。") % {"unit": unit})
            return redirect("admin:unit", code=unit.code)
    return render(request, "admin/new_unit.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@admin_desk("organisations.manage")
def unit(request: HttpRequest, code: str) -> HttpResponse:
    """One unit: where it stands, its posts and who holds them, its accounts."""
    return unit_page(request, _unit(code))


@require_POST
@admin_desk("organisations.manage")
def parent(request: HttpRequest, code: str) -> HttpResponse:
    """Move the unit under another."""
    found, form = _unit(code), MoveForm(request.POST)
    return _act(
        request, found, "move", form, lambda given: move_unit(found, **given, **_by(request)), _("已移到新的上级。")
    )


@require_POST
@admin_desk("organisations.manage")
def end(request: HttpRequest, code: str) -> HttpResponse:
    """End the unit by a day."""
    found, form = _unit(code), EndForm(request.POST)
    return _act(
        request,
        found,
        "end",
        form,
        lambda given: close_unit(found, **given, **_by(request)),
        _("已撤销，以前的记录都在。"),
    )


@require_POST
@admin_desk("organisations.manage")
def posts(request: HttpRequest, code: str) -> HttpResponse:
    """Add a post."""
    found, form = _unit(code), PostForm(request.POST)
    return _act(request, found, "post", form, lambda given: add_post(found, **given, **_by(request)), _("已新增岗位。"))


@require_POST
@admin_desk("organisations.manage")
def appointments(request: HttpRequest, code: str) -> HttpResponse:
    """Give a post to a person from a day on."""
    found = _unit(code)
    form = AppointmentForm(request.POST, unit=found)
    return _act(request, found, "appointment", form, lambda given: _appoint(given, request), _("已任命。"))


def unit_page(request: HttpRequest, found: Unit, status: int = 200, **forms: Form) -> HttpResponse:
    """The page with every form empty, but for the one that has to be mended."""
    may_open = whoever(request).may("accounts.manage")
    context: dict[str, Any] = {
        "unit": found, "posts": _posts(found), "below": found.children.filter(valid_to=None).order_by("path"),
        "accounts": found.accounts.order_by("-is_active", "username") if may_open else (),
        "move": MoveForm(auto_id="move_%s"), "end": EndForm(auto_id="end_%s"), "post": PostForm(auto_id="post_%s"),
        "appointment": AppointmentForm(unit=found, auto_id="appointment_%s"), "account": AccountForm(auto_id="account_%s"), **forms,
    }  # fmt: skip
    return render(request, "admin/unit.html", context, status=status)


def _act(request: HttpRequest, found: Unit, name: str, form: Form, act: Any, done: str) -> HttpResponse:
    """One act on a unit: back to its page with a sentence, or with what has to be mended."""
    status = 422
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        except ValidationError as wrong:
            form.add_error(None, "".join(wrong.messages))
        else:
            toasts.say(request, done)
            return redirect("admin:unit", code=found.code)
    return unit_page(request, found, status, **{name: form})


@transaction.atomic
def _appoint(given: dict[str, Any], request: HttpRequest) -> None:
    appoint(Person.objects.create(name=given["name"]), to=given["post"], on=given["on"], **_by(request))


def _posts(found: Unit) -> list[tuple[Post, Appointment | None]]:
    """(post, who holds it or None for a vacancy)."""
    current = {
        a.post_id: a for a in Appointment.objects.filter(post__unit=found, valid_to=None).select_related("person")
    }
    return [(post, current.get(post.pk)) for post in found.posts.order_by("pk")]


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"by": whoever(request), "now": timezone.now()}


def _unit(code: str) -> Unit:
    return get_object_or_404(Unit.objects.select_related("parent"), code=code)
