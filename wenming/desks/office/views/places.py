"""公共场所: the register as a list with its counts and gaps (archetype A), the dossier (B), plates, checklists. Policy: 2.1-2.4."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from wenming.cases.services.exporting import note_export
from wenming.desks.common.access import desk, whoever
from wenming.desks.common.paging import CappedPages
from wenming.desks.common.plates import MOST_PLATES, plate_svg
from wenming.desks.common.toasts import say
from wenming.refusals import Refusal
from wenming.responsibilities.selectors import matrix_on
from wenming.standards.places.selectors import checklists, versions_of
from wenming.standards.places.services import publish_place_checklist
from wenming.territory.models import Place, PlaceKind
from wenming.territory.public_places.selectors import places_visible_to
from wenming.territory.public_places.services import register_place

from ..exports import MOST_ROWS, geojson_file, table_file
from ..map_page import register_map
from ..place_checklists import ChecklistForm
from ..places_completeness import figures_by_town
from ..places_page import (
    LISTED,
    PLACE_DUTIES,
    PLACES,
    DayForm,
    NewPlaceForm,
    PlaceFilter,
    detail_of,
    features,
    lines_of,
    table_rows,
)
from ..point_map import ground_of, looked_up
from ..thing_acts import ThingAct

office_desk = desk("office")


@require_safe
@office_desk("places.see")
def places(request: HttpRequest) -> HttpResponse:
    """The register: filters, what each place lacks and when it is due."""
    user, chosen, today = whoever(request), PlaceFilter(request.GET), localdate()
    found = chosen.narrow(places_visible_to(user), today)
    pages = CappedPages(found, LISTED)
    page = pages.get_page(request.GET.get("page"))
    context = {
        "filter": chosen, "page": page, "full": pages.full, "total": page.paginator.count, "lines": lines_of(list(page), today),
        "may_keep": user.may("places.manage"), **register_map("places", urlencode(chosen.applied), user),
    }  # fmt: skip
    return render(request, "office/places.html", context)


@require_safe
@office_desk("places.see")
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered register as csv, xlsx or GeoJSON; the columns are those that the import reads."""
    now, user = timezone.now(), whoever(request)
    found = PlaceFilter(request.GET).narrow(places_visible_to(user), localdate())
    if kind == "geojson":
        file = geojson_file(features(found), latin="places", title=_("公共场所清单"), by=user, now=now)
    else:
        file = table_file(table_rows(found, MOST_ROWS.get(kind, 0)), title=_("公共场所清单"), kind=kind, by=user, now=now)
    note_export(name="places", kind=kind, asked=request.GET.dict(), rows=found.count(), by=user, now=now)
    return file


@require_safe
@office_desk("places.see")
def completeness(request: HttpRequest) -> HttpResponse:
    """Counts per town and kind, how complete the dossiers are, and how many places are probably still missing."""
    return render(request, "office/places_completeness.html", figures_by_town(places_visible_to(whoever(request)), localdate()))


@require_http_methods(["GET", "HEAD", "POST"])
@office_desk("places.manage")
def registration(request: HttpRequest) -> HttpResponse:
    """登记一个公共场所."""
    form = NewPlaceForm(request.POST or None)
    if "look_up" in request.POST:
        form = NewPlaceForm(initial=looked_up(request.POST, whoever(request)))
    elif request.method == "POST" and form.is_valid():
        given, where = form.cleaned_data, form.where
        assert where is not None
        try:
            made = register_place(
                form.telling(), where, on=given["on"], by=whoever(request), now=timezone.now(), number=given["number"], origin=given["origin"]
            )
            say(request, _("已登记公共场所 %(number)s") % {"number": made.number})
            return redirect("office:place", place=made.number)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "map": ground_of(form, whoever(request))}
    return render(request, "office/place_new.html", context, status=422 if form.is_bound else 200)


@require_safe
@office_desk("places.see")
def place(request: HttpRequest, place: str) -> HttpResponse:
    """The dossier; `?on=` tells what held on a day."""
    return _page(request, place)


@require_safe
@office_desk("places.see")
def plates(request: HttpRequest) -> HttpResponse:
    """Plates to print, two by four on A4: of one place, or of those that the list shows."""
    user = whoever(request)
    found = PlaceFilter(request.GET).narrow(places_visible_to(user), localdate())
    if number := request.GET.get("place", ""):
        found = places_visible_to(user).filter(number=number)
        if not found:
            raise Http404
    shown = list(found[: MOST_PLATES + 1])
    drawn = [(one.name, f"{one.short_code} · {one.number}", plate_svg(request, one.short_code)) for one in shown[:MOST_PLATES]]
    context = {
        "plates": drawn, "most": MOST_PLATES, "more": len(shown) > MOST_PLATES, "back": reverse("office:places"),
        "back_words": _("公共场所"),
    }  # fmt: skip
    return render(request, "office/plates.html", context)


@require_safe
@office_desk("places.see")
def kinds(request: HttpRequest) -> HttpResponse:
    """The sixteen kinds with their checklists."""
    lists = checklists()
    rows = [(kind, PlaceKind(kind).label, lists.get(kind)) for kind in PlaceKind.values]
    line = any(rule.accountable == "place" for rule in matrix_on(localdate()))
    context = {"rows": rows, "has_line": line, "may_publish": whoever(request).may("standards.manage")}
    return render(request, "office/place_kinds.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@office_desk("standards.manage")
def checklist(request: HttpRequest, place_kind: str) -> HttpResponse:
    """One kind's checklist in force, earlier versions, and the next one."""
    if place_kind not in PlaceKind.values:
        raise Http404
    versions = versions_of(place_kind)
    newest = versions[0] if versions else None
    form = ChecklistForm(request.POST or None, checklist=newest)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = publish_place_checklist(
                place_kind, cycle_days=given["cycle_days"], items=form.items(), source=given["source"], reason=given["reason"],
                seen_version=given["seen_version"], by=whoever(request), now=timezone.now(),
            )  # fmt: skip
            say(request, _("已发布“%(list)s”") % {"list": made})
            return redirect("office:place_kinds")
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "versions": versions, "label": PlaceKind(place_kind).label}
    return render(request, "office/place_checklist.html", context, status=422 if form.is_bound else 200)


def _page(request: HttpRequest, number: str, act: ThingAct[Place] | None = None, form: Any = None) -> HttpResponse:
    user = whoever(request)
    found = get_object_or_404(places_visible_to(user), number=number)
    day = DayForm(request.GET)
    on = day.cleaned_data["on"] if "on" in request.GET and day.is_valid() else None
    return render(request, "office/place.html", detail_of(found, user, on, act, form), status=422 if form is not None else 200)


def _again(request: HttpRequest, found: Place, act: ThingAct[Place], form: Any) -> HttpResponse:
    return _page(request, found.number, act, form)


def _address(number: str) -> str:
    return reverse("office:place", args=[number])


ACT_ROUTES = [*PLACES.routes("places", _again, _address), *PLACE_DUTIES.routes("places", _again, _address)]
