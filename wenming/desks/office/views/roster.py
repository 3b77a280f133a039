"""排班: the roster of a group, its draft, publishing, changes at once, and what waits for approval."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wenming.cases.services.exporting import note_export
from wenming.desks.common.access import desk, whoever
from wenming.desks.common.toasts import offer_undo, say
from wenming.refusals import Refusal
from wenming.responsibilities.models import RosterDraft, RosterGroup, RosterRequest
from wenming.responsibilities.rosters import changes, cpsat, drawings, services, words
from wenming.responsibilities.rosters.selectors import groups_on
from wenming.responsibilities.rosters.what_if import standing_for

from ..exports import table_file
from ..roster_opening_page import all_shown
from ..roster_page import (
    CellForm,
    ChangeForm,
    DrawUpForm,
    SpanForm,
    draft_table,
    file_rows,
    next_days,
    published_table,
)

MOST_REQUESTS = 30
office_desk = desk("office")


@require_safe
@office_desk("rosters.see")
def roster(request: HttpRequest) -> HttpResponse:
    """One group's people × days; what is not covered on top."""
    return _page(request)


def _page(request: HttpRequest, *, status: int = 200, **forms: Any) -> HttpResponse:
    today, user = localdate(), whoever(request)
    groups = list(RosterGroup.objects.select_related("draft").order_by("town_code", "code"))
    ended = [group for group in groups if group.valid_to and group.valid_to < today]
    chosen = SpanForm(request.GET, [group for group in groups if group not in ended], today)
    group = chosen.chosen
    context: dict[str, Any] = {"filter": chosen, "group": group, "may_plan": user.may("rosters.manage"), "days": chosen.days, "ended": ended}
    if group is not None:
        table = published_table(group, chosen.days, today)
        first, last = next_days(group, today)
        context |= {
            "table": table, "draft": getattr(group, "draft", None), "query": chosen.query(),
            "before": chosen.query(-len(chosen.days)), "after": chosen.query(len(chosen.days)),
            "draw_up": DrawUpForm(initial={"starts_on": first, "ends_on": last}),
            "change": ChangeForm(group=group, shifts=table.shifts, initial={"day": today}), "solver": cpsat.installed(),
            "waiting": changes.requests_to_decide(user).count() if user.may("rosters.manage") else 0,
        }  # fmt: skip
    return render(request, "office/roster.html", {**context, **forms}, status=status)


@require_safe
@office_desk("rosters.see")
def roster_file(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The table as xlsx or csv."""
    now, user, today = timezone.now(), whoever(request), localdate()
    chosen = SpanForm(request.GET, list(groups_on(today, today)), today)
    group = chosen.chosen
    rows = list(file_rows(published_table(group, chosen.days, today))) if group else [[_("还没有值班组")]]
    file = table_file(iter(rows), title=_("排班表"), kind=kind, by=user, now=now)
    note_export(name="roster", kind=kind, asked=request.GET.dict(), rows=len(rows) - 1, by=user, now=now)
    return file


@require_http_methods(["GET", "HEAD", "POST"])
@office_desk("rosters.manage")
def draft(request: HttpRequest, group: str) -> HttpResponse:
    """The draft with its figures, what stays open, and what publishing would change; POST draws one up."""
    return _draw_up(request, group) if request.method == "POST" else _draft_page(request, _draft(group))


def _draft_page(request: HttpRequest, found: RosterDraft, refused: str = "", status: int = 200) -> HttpResponse:
    shown = draft_table(found, localdate())
    who, day = request.GET.get("who", ""), request.GET.get("day", "")
    cell = next(
        ((row, one) for row in shown.table.rows if row.username == who for one in row.cells if one.on.isoformat() == day), None
    )
    context = {
        "shown": shown, "draft": found, "table": shown.table, "group": found.group, "cell": cell, "refused": refused,
        "solver": cpsat.installed(),
    }  # fmt: skip
    return render(request, "office/roster_draft.html", context, status=status)


def _draw_up(request: HttpRequest, group: str) -> HttpResponse:
    found = get_object_or_404(RosterGroup, code=group)
    form = DrawUpForm(request.POST)
    if not form.is_valid():
        return _page(request, draw_up=form, status=422)
    given = form.cleaned_data
    try:
        drawings.ask_for_draft(found, given["starts_on"], given["ends_on"], by=whoever(request), now=timezone.now())
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _page(request, draw_up=form, status=refusal.status)
    return redirect("office:roster_drawing", group=found.code)


@require_safe
@office_desk("rosters.manage")
def drawing(request: HttpRequest, group: str) -> HttpResponse:
    """How far the drawing is, and what came of it."""
    found = get_object_or_404(RosterGroup, code=group)
    newest = drawings.newest_drawing(found)
    stage = words.STAGES.get(newest.stage, newest.stage) if newest else ""
    return render(request, "office/roster_drawing.html", {"group": found, "drawing": newest, "stage": stage, "now": timezone.now()})


@require_POST
@office_desk("rosters.manage")
def cancellation(request: HttpRequest, group: str) -> HttpResponse:
    """取消 a drawing under way."""
    newest = drawings.newest_drawing(get_object_or_404(RosterGroup, code=group))
    try:
        if newest is not None:
            drawings.cancel_drawing(newest, by=whoever(request), now=timezone.now())
            say(request, _("已取消，原来的草稿和已发布的班都没有变"))
    except Refusal as refusal:
        say(request, str(refusal))
    return redirect("office:roster_drawing", group=group)


@require_POST
@office_desk("rosters.manage")
def cells(request: HttpRequest, group: str) -> HttpResponse:
    """Change one cell of the draft."""
    found, form = _draft(group), CellForm(request.POST)
    if not form.is_valid():
        return _draft_page(request, found, _("表里没有这个人、这一天或者这个班。刷新页面再改。"), 422)
    given = form.cleaned_data
    try:
        services.edit_draft(found, given["who"], given["day"], given["shift"], expected_version=given["version"])
    except Refusal as refusal:
        return _draft_page(request, found, str(refusal), refusal.status)
    offer_undo(request, _("改好了这一格"), reverse("office:roster_undo", args=[group]))
    return redirect("office:roster_draft", group=group)


@require_POST
@office_desk("rosters.manage")
def undo(request: HttpRequest, group: str) -> HttpResponse:
    """撤销 the last edit of the draft."""
    found = _draft(group)
    try:
        services.undo_edit(found, expected_version=int(request.POST.get("version") or found.version))
    except (Refusal, ValueError) as refusal:
        return _draft_page(request, found, str(refusal), 409)
    say(request, _("已撤销上一次改动"))
    return redirect("office:roster_draft", group=group)


@require_POST
@office_desk("rosters.manage")
def removal(request: HttpRequest, group: str) -> HttpResponse:
    """放弃草稿."""
    services.drop_draft(_draft(group), by=whoever(request), now=timezone.now())
    say(request, _("草稿已放弃，已发布的排班表没有变"))
    return redirect(f"{reverse('office:roster')}?group={group}")


@require_POST
@office_desk("rosters.manage")
def publication(request: HttpRequest, group: str) -> HttpResponse:
    """发布."""
    found = _draft(group)
    try:
        version = int(request.POST.get("version") or 0)
        made = services.publish_roster(found, expected_version=version, by=whoever(request), now=timezone.now())
    except (Refusal, ValueError) as refusal:
        return _draft_page(request, found, str(refusal), 409)
    say(request, _("已发布 %(edition)s") % {"edition": made})
    return redirect(f"{reverse('office:roster')}?group={group}&first={made.starts_on.isoformat()}")


@require_safe
@office_desk("rosters.manage")
def requests(request: HttpRequest) -> HttpResponse:
    """What waits for approval, with what approving it would open."""
    return _requests(request)


def _requests(request: HttpRequest, refused: str = "", status: int = 200) -> HttpResponse:
    user = whoever(request)
    waiting, decided = list(changes.requests_to_decide(user)[:MOST_REQUESTS]), list(changes.requests_decided(user)[:MOST_REQUESTS])
    standing = standing_for(waiting)
    would = all_shown([standing.with_request(one) if standing else None for one in waiting])
    context = {"rows": list(zip(waiting, would, strict=True)), "decided": decided, "refused": refused, "now": timezone.now()}
    return render(request, "office/roster_requests.html", context, status=status)


@require_POST
@office_desk("rosters.manage")
def decision(request: HttpRequest, pk: int) -> HttpResponse:
    """批准 or 不批准."""
    found = get_object_or_404(RosterRequest, pk=pk)
    try:
        changes.decide_request(
            found, approves=request.POST.get("verdict") == "approve", said=request.POST.get("said", ""), by=whoever(request),
            now=timezone.now(),
        )  # fmt: skip
    except Refusal as refusal:
        return _requests(request, str(refusal), refusal.status)
    sentence = _("已决定，提出的人会在“我的班”里看到")
    if request.POST.get("verdict") == "approve":
        offer_undo(request, sentence, reverse("office:roster_decision_removal", args=[pk]))
    else:
        say(request, sentence)
    return redirect("office:roster_requests")


@require_POST
@office_desk("rosters.manage")
def decision_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """撤销批准."""
    found = get_object_or_404(RosterRequest, pk=pk)
    try:
        changes.take_back_decision(found, by=whoever(request), now=timezone.now())
    except Refusal as refusal:
        return _requests(request, str(refusal), refusal.status)
    say(request, _("已撤销批准，班回到原来的人"))
    return redirect("office:roster_requests")


def _draft(group: str) -> RosterDraft:
    return get_object_or_404(RosterDraft.objects.select_related("group", "terms"), group__code=group)
