"""网格: the register as list, map and detail; one grid with everything in it; who serves it; versions and their audit."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wenming.desks.common.access import desk, whoever
from wenming.desks.common.paging import listed_or_found
from wenming.desks.common.plates import MOST_PLATES, plate_svg
from wenming.desks.common.toasts import say
from wenming.refusals import Refusal
from wenming.responsibilities.regridding import restore_or_draft
from wenming.territory.grids import drafts
from wenming.territory.grids.differences import differences
from wenming.territory.grids.people import assign_post, end_post, people_over_time
from wenming.territory.grids.rehoming import moved_by, moved_rows
from wenming.territory.grids.selectors import grids_visible_to, layers_visible_to
from wenming.territory.models import GridDraft, GridLayer, GridPost
from wenming.territory.rules.coverage import codes_in_several_layers
from wenming.territory.rules.place_numbers import grid_plate_code
from wenming.territory.services import audit_layer

from ..grid_inside import everything_in
from ..grids_page import (
    LISTED,
    EndForm,
    FaultLine,
    GridFilter,
    GridPostForm,
    TownForm,
    close_map,
    difference_map,
    fault_words,
    layers_in_force,
    lines_of,
    listed_map,
    vacancy_lines,
)
from ..regridding_page import moved_lines, restoring_opens

office_desk = desk("office")


@require_safe
@office_desk("grids.see")
def grids(request: HttpRequest) -> HttpResponse:
    """The grids in force: filter, list, map; the selected one beside them."""
    user, chosen, now = whoever(request), GridFilter(request.GET), timezone.now()
    page = Paginator(chosen.narrow(grids_visible_to(user)), LISTED).get_page(request.GET.get("page"))
    wanted = request.GET.get("grid", "")
    shown = list(page)
    current = listed_or_found(shown, grids_visible_to(user), code=wanted) if wanted else None
    people = people_over_time({one.code for one in (*shown, *filter(None, [current]))})
    query = f"{urlencode(chosen.applied)}&" if chosen.applied else ""
    context: dict[str, Any] = {
        "filter": chosen, "query": query, "page": page, "lines": lines_of(shown, people, localdate(now)), "total": page.paginator.count,
        "map": listed_map(shown, current, query), "may_draw": user.may("grids.draw"),
    }  # fmt: skip
    if current is not None:
        context |= everything_in(current, user, now, people[current.code])
    return render(request, "office/grids.html", context)


@require_safe
@office_desk("grids.see")
def grid(request: HttpRequest, grid: str) -> HttpResponse:
    """One grid: everything in it, today and over twelve weeks, and what lies just beyond its border."""
    return _grid_page(request, grid)


@require_safe
@office_desk("grids.see")
def plates(request: HttpRequest) -> HttpResponse:
    """Plates to print, two by four on A4: of one grid, or of those that the list shows."""
    user, wanted = whoever(request), request.GET.get("grid", "")
    found = GridFilter(request.GET).narrow(grids_visible_to(user))
    if wanted:
        found = grids_visible_to(user).filter(code=wanted)
        if not found:
            raise Http404
    shown = list(found[: MOST_PLATES + 1])
    drawn = [(one.name, one.code, plate_svg(request, grid_plate_code(one.code))) for one in shown[:MOST_PLATES]]
    context = {
        "plates": drawn, "most": MOST_PLATES, "more": len(shown) > MOST_PLATES,
        "back": reverse("office:grid", args=[wanted]) if wanted else reverse("office:grids"), "back_words": _("网格"),
    }  # fmt: skip
    return render(request, "office/plates.html", context)


def _grid_page(request: HttpRequest, code: str, form: Any = None) -> HttpResponse:
    user, now = whoever(request), timezone.now()
    found = get_object_or_404(grids_visible_to(user), code=code)
    context = everything_in(found, user, now) | {"map": close_map(found), "may_draw": user.may("grids.draw")}
    if context["may_draw"]:
        context |= {"form": form or GridPostForm(), "served": context["over_time"].unended, "end_form": EndForm(auto_id=False)}
    return render(request, "office/grid.html", context, status=422 if form is not None else 200)


@require_POST
@office_desk("grids.draw")
def posts(request: HttpRequest, grid: str) -> HttpResponse:
    """定岗."""
    found = get_object_or_404(grids_visible_to(whoever(request)), code=grid)
    form = GridPostForm(request.POST)
    if not form.is_valid():
        return _grid_page(request, grid, form)
    given = form.cleaned_data
    try:
        assign_post(
            given["post"], covers=found.code[: int(given["width"])], role=given["role"], on=given["on"], by=whoever(request),
            now=timezone.now(),
        )  # fmt: skip
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _grid_page(request, grid, form)
    say(request, _("已定岗：%(post)s") % {"post": given["post"]})
    return redirect("office:grid", grid=grid)


@require_POST
@office_desk("grids.draw")
def post_ending(request: HttpRequest, pk: int) -> HttpResponse:
    """从这一天起不再管."""
    found = get_object_or_404(GridPost, pk=pk)
    form = EndForm(request.POST)
    back = request.POST.get("grid", "")
    if form.is_valid():
        end_post(found, on=form.cleaned_data["on"], by=whoever(request), now=timezone.now())
        say(request, _("已截止：%(post)s") % {"post": found.post})
    else:
        say(request, _("日期没有填好，没有改动。"))
    if grids_visible_to(whoever(request)).filter(code=back).exists():
        return redirect("office:grid", grid=back)
    return redirect("office:grid_vacancies")


@require_safe
@office_desk("grids.see")
def vacant(request: HttpRequest) -> HttpResponse:
    """空缺: grids without a chief, posts that nobody holds."""
    form = TownForm(request.GET)
    found = vacancy_lines(localdate(), form.applied.get("town", ""))
    page = Paginator(found, LISTED).get_page(request.GET.get("page"))
    return render(request, "office/grid_vacancies.html", {"filter": form, "page": page, "total": len(found)})


@require_safe
@office_desk("grids.see")
def audit(request: HttpRequest) -> HttpResponse:
    """覆盖审核 of the layers in force: every metre in exactly one block grid, no overlaps within a kind, codes unique."""
    told, codes = [], []
    for layer in layers_in_force():
        cells = drafts.cells_of_layer(layer)
        found = audit_layer(layer.kind, list(cells.values()), within_communities=True)
        codes.append(cells)
        draft = getattr(layer, "draft", None)
        signs = {one.key: one for one in draft.signed.select_related("by")} if draft else {}
        left = [one for one in found.findings if one.key not in signs]
        told.append({
            "layer": layer, "audit": found, "km2": round(found.area_m2 / 1e6, 2), "left": len(left),
            "lines": [FaultLine(one, fault_words(one)) for one in left[:200]],
            "signed": [FaultLine(one, fault_words(one), signs[one.key].why, str(signs[one.key].by)) for one in found.findings if one.key in signs],
        })  # fmt: skip
    return render(request, "office/grid_audit.html", {"told": told, "clashes": sorted(codes_in_several_layers(codes))})


@require_safe
@office_desk("grids.see")
def versions(request: HttpRequest) -> HttpResponse:
    """Every version that was in force."""
    page = Paginator(layers_visible_to(whoever(request)), LISTED).get_page(request.GET.get("page"))
    return render(request, "office/grid_versions.html", {"page": page})


@require_safe
@office_desk("grids.see")
def version(request: HttpRequest, pk: int) -> HttpResponse:
    """What a version changed against another, what it moved, and who signed for what."""
    user = whoever(request)
    layer = get_object_or_404(layers_visible_to(user), pk=pk)
    others = layers_visible_to(user).filter(kind=layer.kind).exclude(pk=layer.pk)
    wanted = request.GET.get("with", "")
    before = others.filter(version=wanted).first() if wanted.isdecimal() and len(wanted) < 9 else None
    before = before or others.filter(version__lt=layer.version).first()
    was, cells = drafts.cells_of_layer(before), drafts.cells_of_layer(layer)
    changes = differences(was, cells) if before else []
    page = Paginator(changes, LISTED).get_page(request.GET.get("page"))
    newest = drafts.layer_in_force(layer.kind)
    draft = getattr(layer, "draft", None)
    may_restore = user.may("grids.publish") and newest is not None and newest.pk != layer.pk
    moved = moved_rows(layer)
    context = {
        "layer": layer, "before": before, "others": list(others[:LISTED]), "page": page, "total": len(changes),
        "map": difference_map(was, cells, [one.code for one in changes]) if changes else "",
        "signed": list(draft.signed.select_related("by")) if draft else [], "moving": moved_by(layer), "may_restore": may_restore,
        "moved": moved_lines(list(moved[:LISTED]), user),
        "restoring": restoring_opens(newest, drafts.cells_of_layer(newest), cells) if may_restore and newest else [],
    }  # fmt: skip
    return render(request, "office/grid_version.html", context)


@require_http_methods(["POST"])
@office_desk("grids.publish")
def restoration(request: HttpRequest, pk: int) -> HttpResponse:
    """退回这一版: published again as a new one."""
    layer = get_object_or_404(GridLayer, pk=pk, published_at__isnull=False)
    made = restore_or_draft(layer, by=whoever(request), now=timezone.now())
    if isinstance(made, GridDraft):
        say(request, _("退回会打开没人负责的地方，先开成草稿：逐处改好或签认后再公布"))
        return redirect("office:grid_draft", pk=made.pk)
    say(request, _("已公布为第 %(version)d 版，位置正在重新归属") % {"version": made.version})
    return redirect("office:grid_version", pk=made.pk)
