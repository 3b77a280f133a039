"""部件: the register as list, map and detail (archetype G), what a person does to it, and its files."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from wenming.cases.services.exporting import note_export
from wenming.desks.common.access import desk, whoever
from wenming.desks.common.paging import CappedPages, listed_or_found
from wenming.desks.common.toasts import say
from wenming.refusals import Refusal
from wenming.territory.components.selectors import components_visible_to
from wenming.territory.components.services import register_component
from wenming.territory.models import Component

from ..components_page import (
    CLOSE_MAP_SIZE,
    COMPONENTS,
    LISTED,
    MOST_PINS,
    ComponentFilter,
    DayForm,
    NewComponentForm,
    detail_of,
    drawn_map,
    features,
    lines_of,
    query_of,
    table_rows,
)
from ..exports import MOST_ROWS, geojson_file, table_file
from ..point_map import ground_of, looked_up
from ..thing_acts import ThingAct

office_desk = desk("office")


@require_safe
@office_desk("components.see")
def components(request: HttpRequest) -> HttpResponse:
    """The register: filter, list, map; the selected one beside them."""
    user, chosen = whoever(request), ComponentFilter(request.GET)
    found = chosen.narrow(components_visible_to(user))
    pages = CappedPages(found, LISTED)
    page = pages.get_page(request.GET.get("page"))
    wanted = request.GET.get("component", "")
    listed = list(page)
    current = listed_or_found(listed, components_visible_to(user), code=wanted) if wanted else None
    context: dict[str, Any] = {
        "filter": chosen, "query": query_of(chosen), "page": page, "full": pages.full, "lines": lines_of(listed, chosen.names),
        "total": page.paginator.count, "map": drawn_map(found, current, query_of(chosen)),
        "drawn": MOST_PINS if page.paginator.count > MOST_PINS else None,
        "may_keep": user.may("components.manage"),
    }  # fmt: skip
    if current is not None:
        context |= detail_of(current, user, names=chosen.names)
    return render(request, "office/components.html", context)


@require_safe
@office_desk("components.see")
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered register as csv, xlsx or GeoJSON; the columns are those that the import reads."""
    now, user = timezone.now(), whoever(request)
    found = ComponentFilter(request.GET).narrow(components_visible_to(user))
    if kind == "geojson":
        file = geojson_file(features(found), latin="components", title=_("部件清单"), by=user, now=now)
    else:
        most = MOST_ROWS.get(kind, 0)
        file = table_file(table_rows(found, most), title=_("部件清单"), kind=kind, by=user, now=now)
    note_export(name="components", kind=kind, asked=request.GET.dict(), rows=found.count(), by=user, now=now)
    return file


@require_http_methods(["GET", "HEAD", "POST"])
@office_desk("components.manage")
def registration(request: HttpRequest) -> HttpResponse:
    """登记一个部件."""
    form = NewComponentForm(request.POST or None)
    if "look_up" in request.POST:
        form = NewComponentForm(initial=looked_up(request.POST, whoever(request)))
    elif request.method == "POST" and form.is_valid():
        given, where = form.cleaned_data, form.drawn
        assert where is not None
        try:
            made = register_component(
                form.wanted_code(), form.facts(given["kind"]), where, on=given["on"], by=whoever(request), now=timezone.now()
            )
            say(request, _("已登记部件 %(code)s") % {"code": made.code})
            return redirect("office:component", component=made.code)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "map": ground_of(form, whoever(request))}
    return render(request, "office/component_new.html", context, status=422 if form.is_bound else 200)


@require_safe
@office_desk("components.see")
def component(request: HttpRequest, component: str) -> HttpResponse:
    """One component, with its history and its cases; `?on=` tells what held on a day."""
    return _page(request, component)


def _page(request: HttpRequest, code: str, act: ThingAct[Component] | None = None, form: Any = None) -> HttpResponse:
    user = whoever(request)
    found = get_object_or_404(components_visible_to(user), code=code)
    day = DayForm(request.GET)
    on = day.cleaned_data["on"] if "on" in request.GET and day.is_valid() else None
    context = detail_of(found, user, on, act, form)
    context["map"] = drawn_map(components_visible_to(user).filter(pk=found.pk), found, "", CLOSE_MAP_SIZE)
    return render(request, "office/component.html", context, status=422 if form is not None else 200)


def _again(request: HttpRequest, found: Component, act: ThingAct[Component], form: Any) -> HttpResponse:
    return _page(request, found.code, act, form)


ACT_ROUTES = COMPONENTS.routes("components", _again, lambda code: reverse("office:component", args=[code]))
