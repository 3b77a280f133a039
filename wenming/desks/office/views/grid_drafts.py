"""网格草稿: redrawing with shared borders, the audit beside it, what would move, and publication."""

from __future__ import annotations

import json
from typing import Any

import shapely
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse, RawPostDataException
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wenming.desks.common.access import View, desk, whoever
from wenming.desks.common.toasts import say
from wenming.refusals import BadInput, Refusal
from wenming.responsibilities.regridding import publish_redrawn
from wenming.territory.grids import drafts
from wenming.territory.grids.differences import differences, what_would_move
from wenming.territory.grids.proposals import propose_grids
from wenming.territory.grids.selectors import drafts_visible_to
from wenming.territory.maps import Outline, svg_map
from wenming.territory.models import GridDraft, GridPost
from wenming.territory.services import NewCell

from ..grid_forms import ACTS, DraftAct, GridFileForm, NewDraftForm, ProposeForm
from ..grids_page import CLOSE_MAP_SIZE, UNREADABLE, FaultLine, audit_map, drawn, fault_words
from ..proposal_page import proposal_context
from ..regridding_page import closure_context, moving_with

office_desk = desk("office")
SHOWN_FAULTS, SHOWN_CHANGES, SHOWN_STEPS = 100, 100, 30
MOST_SHOWN_ON_MAP = 1500


@require_http_methods(["GET", "HEAD", "POST"])
@office_desk("grids.draw")
def drafts_list(request: HttpRequest) -> HttpResponse:
    """Drafts, the newest first, and the beginning of another."""
    form = NewDraftForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = drafts.open_draft(form.cleaned_data["kind"], name=form.cleaned_data["name"], by=whoever(request), now=timezone.now())
        return redirect("office:grid_draft", pk=made.pk)
    page = Paginator(drafts_visible_to(whoever(request)), 20).get_page(request.GET.get("page"))
    return render(request, "office/grid_drafts.html", {"form": form, "page": page}, status=422 if form.is_bound else 200)


@require_safe
@office_desk("grids.draw")
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """One draft: what it changes, what the audit says, what can be done."""
    return _page(request, _found(request, pk))


def _found(request: HttpRequest, pk: int) -> GridDraft:
    return get_object_or_404(drafts_visible_to(whoever(request)), pk=pk)


def _page(request: HttpRequest, found: GridDraft, acting: DraftAct | None = None, form: Any = None, status: int = 200) -> HttpResponse:
    user = whoever(request)
    before, cells = drafts.cells_of_layer(found.based_on), drafts.cells_of(found)
    changes = differences(before, cells)
    checked = drafts.audit_draft(found, cells)
    moving = what_would_move(before, cells)
    touched = [one.code for one in changes]
    offered = [
        (act, form if act is acting else act.filled(found.steps_count), reverse(f"office:grid_draft_{act.noun}", args=[found.pk]))
        for act in ACTS
        if act.shown and found.kind in act.kinds and (act.noun != "additions" or found.kind != "block" or checked.open)
    ]
    context: dict[str, Any] = {
        "draft": found, "total": len(cells), "changes": changes[:SHOWN_CHANGES], "all_changes": len(changes),
        "faults": [FaultLine(one, fault_words(one)) for one in checked.open[:SHOWN_FAULTS]], "all_faults": len(checked.open),
        "signed": [FaultLine(one, fault_words(one), sign.why, str(sign.by)) for one, sign in checked.signed],
        "moving": moving, **moving_with(moving),
        "posts_left": GridPost.objects.filter(covers__in=[one.code for one in changes if one.what == "removed"], valid_to=None).count(),
        "steps": list(found.steps.select_related("by").order_by("-number")[:SHOWN_STEPS]), "acts": offered, "acting": acting,
        "map": audit_map(cells, checked.open, touched), "codes": [*touched, *list(cells)[:200]][:200],
        "may_publish": user.may("grids.publish"), "file_form": GridFileForm(initial={"seen": found.steps_count}, auto_id="file_%s"),
        "propose_form": ProposeForm(initial={"seen": found.steps_count}, auto_id="propose_%s") if found.kind == "block" else None,
        **closure_context(found, before, cells, checked.signs), "kept_form": form if acting is not None and not acting.shown else None,
    }  # fmt: skip
    return render(request, "office/grid_draft.html", context, status=status)


def _view_of(act: DraftAct) -> View:
    @require_POST
    @office_desk("grids.draw")
    def take(request: HttpRequest, pk: int) -> HttpResponse:
        found = _found(request, pk)
        form = act.filled(found.steps_count, request.POST)
        if form.is_valid():
            try:
                act.do(found, form, whoever(request), timezone.now())
            except BadInput as bad:
                form.add_error(None, str(bad))
            else:
                say(request, _("已存：%(act)s") % {"act": act.words})
                return redirect("office:grid_draft", pk=pk)
        return _page(request, found, act, form, status=422)

    return take


@require_POST
@office_desk("grids.draw")
def borders(request: HttpRequest, pk: int) -> HttpResponse:
    """What the map's editor moved: {"seen": n, "shapes": {code: GeoJSON geometry}}; answers with the new state in words."""
    found = _found(request, pk)
    try:
        told = json.loads(request.body)
        shapes = {str(code): drawn(shapely.geometry.shape(shape)) for code, shape in told["shapes"].items()}
        seen = int(told["seen"])
    except (RawPostDataException, *UNREADABLE):
        return JsonResponse({"sentence": _("地图送来的图形读不懂，没有存。请刷新页面再画。")}, status=422)
    try:
        step = drafts.redraw(found, shapes, seen=seen, by=whoever(request), now=timezone.now())
    except Refusal as refusal:
        return JsonResponse({"sentence": str(refusal)}, status=refusal.status)
    found.refresh_from_db()
    left = len(drafts.audit_draft(found).open)
    words = _("已存第 %(step)d 步，审核没有发现问题。") if not left else _("已存第 %(step)d 步，还有 %(left)d 处要改好或签认。")
    return JsonResponse({"seen": step.number, "sentence": words % {"step": step.number, "left": left}})


@require_safe
@office_desk("grids.draw")
def cells(request: HttpRequest, pk: int) -> HttpResponse:
    """The draft's grids in a box as GeoJSON, every corner to the last digit: `?box=west,south,east,north`."""
    found = _found(request, pk)
    ones = drafts.cells_of(found)
    try:
        west, south, east, north = (float(one) for one in request.GET.get("box", "").split(","))
        box = shapely.box(west, south, east, north)
    except ValueError:
        box = None
    near = [one for one in ones.values() if box is None or one.geometry.intersects(box)][:MOST_SHOWN_ON_MAP]
    return JsonResponse({"type": "FeatureCollection", "features": [_feature(one) for one in near], "seen": found.steps_count})


def _feature(cell: NewCell) -> dict[str, Any]:
    told = {"code": cell.code, "name": cell.name}
    return {"type": "Feature", "id": cell.code, "properties": told, "geometry": shapely.geometry.mapping(cell.geometry)}


@require_http_methods(["GET", "HEAD"])
@office_desk("grids.draw")
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """A proposed partition of a community beside today's; taking it is a step of the draft."""
    found = _found(request, pk)
    asked = request.GET.copy()
    asked["seen"] = str(found.steps_count)
    form = ProposeForm(asked)
    context: dict[str, Any] = {"draft": found, "form": form}
    if form.is_valid():
        given = form.cleaned_data
        try:
            made = propose_grids(given["community"], given["many"], draft=found, by=given["by"])
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            context |= proposal_context(made, given["community"], given["by"]) | {"many": given["many"]}
            context |= {"map": drawn_shapes(made.proposal.cells), "now_map": drawn_shapes([c.geometry for c in made.today])}
    return render(request, "office/grid_proposal.html", context, status=422 if form.errors else 200)


def drawn_shapes(shapes: Any) -> Any:
    width, height = CLOSE_MAP_SIZE
    box = shapely.total_bounds(list(shapes)).tolist() if len(shapes) else None
    return svg_map(bbox=box, outlines=[Outline(shape, "chosen") for shape in shapes], width=width, height=height, title=_("网格"))


@require_POST
@office_desk("grids.publish")
def publication(request: HttpRequest, pk: int) -> HttpResponse:
    """公布为新的一版."""
    found = _found(request, pk)
    layer = publish_redrawn(found, by=whoever(request), now=timezone.now())
    say(request, _("已公布为第 %(version)d 版，位置正在重新归属") % {"version": layer.version})
    return redirect("office:grid_version", pk=layer.pk)


@require_POST
@office_desk("grids.draw")
def discarding(request: HttpRequest, pk: int) -> HttpResponse:
    """放弃."""
    drafts.discard_draft(_found(request, pk), by=whoever(request), now=timezone.now())
    say(request, _("已放弃这份草稿"))
    return redirect("office:grid_drafts")


ACT_ROUTES: list[URLPattern] = [
    path(f"grids/drafts/<int:pk>/{act.noun}/", _view_of(act), name=f"grid_draft_{act.noun}") for act in ACTS
]
