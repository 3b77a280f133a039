"""导入网格文件: sent once, read by what it declares or what somebody says, looked at with its repair, then taken or dropped."""

from __future__ import annotations

from typing import Any

import shapely
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from wenming.desks.common.access import desk, whoever
from wenming.desks.common.toasts import say
from wenming.refusals import Refusal
from wenming.territory.grids import drafts
from wenming.territory.grids.files import ReadFile, candidates, imported_grids, in_degrees, read_file, system_words
from wenming.territory.grids.selectors import drafts_visible_to
from wenming.territory.grids.staging import drop, stage, staged_file
from wenming.territory.maps import Pin, svg_map
from wenming.territory.models import GridDraft, StagedGrids
from wenming.territory.selectors import nearest_address
from wenming.territory.services import NewCell

from ..grid_forms import GridFileForm, TakeFileForm
from ..grids_page import CLOSE_MAP_SIZE
from .grid_drafts import MOST_SHOWN_ON_MAP, drawn_shapes

office_desk = desk("office")
AS_DECLARED = "declared"
SHOWN_CHANGES, SHOWN_REMARKS, SHOWN_CANDIDATES = 100, 50, 9
# Degrees of the city around the places in question: enough to know where one is.
AROUND = 0.02


@require_POST
@office_desk("grids.draw")
def imports(request: HttpRequest, pk: int) -> HttpResponse:
    """The file, sent once: what is read of it waits beside the draft until somebody takes or drops it."""
    found = _draft(request, pk)
    form = GridFileForm(request.POST, request.FILES)
    if form.is_valid():
        given = form.cleaned_data
        try:
            read = read_file(given["file"].read(), given["file"].name)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            waits = stage(found, read, name=given["file"].name, by=whoever(request), now=timezone.now())
            chosen = read.system if given["datum"] == AS_DECLARED or not read.in_degrees else given["datum"]
            at = reverse("office:grid_staged", args=[pk, waits.pk])
            return redirect(f"{at}?{urlencode({'system': chosen})}" if chosen else at)
    return render(request, "office/grid_import.html", {"draft": found, "form": form}, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@office_desk("grids.draw")
def staged(request: HttpRequest, pk: int, staged: int) -> HttpResponse:
    """What the file would bring by the system asked for; posted, it comes in. Without a system: which there could be, and where."""
    found = _draft(request, pk)
    waits = get_object_or_404(StagedGrids, pk=staged, draft=found, by=whoever(request))
    form = TakeFileForm(request.POST or request.GET)
    system = form.system_asked
    read = staged_file(waits)
    context: dict[str, Any] = {"draft": found, "waits": waits, "says": system_words(waits.says) if waits.says else "", "in_degrees": read.in_degrees}
    if not system:
        return render(request, "office/grid_import_system.html", context | _candidates(read))
    try:
        brought = imported_grids(in_degrees(read, system), found.kind)
        if request.method == "POST" and form.is_valid():
            _take(found, brought, form.cleaned_data["answer"] == "repaired", form.cleaned_data["seen"], request)
            drop(waits)
            say(request, _("已导入 %(count)d 个网格") % {"count": len(brought.cells)})
            return redirect("office:grid_draft", pk=pk)
    except Refusal as refusal:
        return render(request, "office/grid_import_system.html", context | _candidates(read) | {"problem": str(refusal)}, status=422)
    names = {cell.code: cell.name for cell in brought.cells}
    context |= {
        "brought": brought, "system": system, "system_words": system_words(system), "as_declared": system == read.system,
        "changes": [(code, names.get(code, ""), was, is_, is_ - was) for code, was, is_ in brought.repair.changes[:SHOWN_CHANGES]],
        "all_changes": len(brought.repair.changes), "remarks": brought.left_out[:SHOWN_REMARKS],
        "map": drawn_shapes([cell.geometry for cell in brought.cells][:MOST_SHOWN_ON_MAP]),
    }  # fmt: skip
    return render(request, "office/grid_import.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@office_desk("grids.draw")
def dropping(request: HttpRequest, pk: int, staged: int) -> HttpResponse:
    """不导入了: what was read of the file goes."""
    drop(get_object_or_404(StagedGrids, pk=staged, draft=_draft(request, pk), by=whoever(request)))
    say(request, _("没有导入，文件内容已经删掉"))
    return redirect("office:grid_draft", pk=pk)


def _draft(request: HttpRequest, pk: int) -> GridDraft:
    return get_object_or_404(drafts_visible_to(whoever(request)), pk=pk)


def _candidates(read: ReadFile) -> dict[str, Any]:
    """The systems that it could be, each with the place where the middle of the file would lie."""
    found = candidates(read)[:SHOWN_CANDIDATES]
    lines = [(n, one, nearest_address(one.longitude, one.latitude) if one.in_city else "") for n, one in enumerate(found, start=1)]
    pins = [Pin(one.longitude, one.latitude, "here" if one.in_city else "hold", f"{n} {one.words}") for n, one, _near in lines]
    width, height = CLOSE_MAP_SIZE
    near = [(one.longitude, one.latitude) for _n, one, _near in lines if one.in_city]
    box = shapely.MultiPoint(near).buffer(AROUND).bounds if near else None
    return {"candidates": lines, "map": svg_map(bbox=box, pins=pins, width=width, height=height, title=_("文件会落在哪里"))}


def _take(found: GridDraft, brought: Any, repaired: bool, seen: int, request: HttpRequest) -> None:
    """The grids of the file's communities take the place of those there were."""
    shapes = brought.repair.cells if repaired else {cell.code: cell.geometry for cell in brought.cells}
    new = [NewCell(c.code, c.name, c.community, shapes[c.code]) for c in brought.cells if c.code in shapes and not shapes[c.code].is_empty]
    homes = {cell.community.pk for cell in new}
    old = [cell.code for cell in drafts.cells_of(found).values() if cell.community.pk in homes]
    drafts.replace_grids(found, "import", new, instead_of=old, seen=seen, by=whoever(request), now=timezone.now())
