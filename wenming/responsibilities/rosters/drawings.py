"""Asking for a draft of a roster, and drawing it up in the worker: nobody waits at a page for the solver. Policy: 7.4.

What is drawn is found outside of any transaction and kept in one act with the mark that it is done: a worker killed on
the way leaves no draft, one killed after the commit a whole one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.journal.models import Entry
from wenming.journal.services import LookFirst
from wenming.organisations.models import Account
from wenming.refusals import BadInput

from ..models import DrawingState, RosterDrawing, RosterGroup, RosterTerms
from .services import RosterRefused, keep_draft, to_be_drawn
from .solving import Solution, draw

UNDER_WAY = (DrawingState.ASKED, DrawingState.DRAWING)


class Cancelled(Exception):
    """Whoever asked does not want it any more."""


@dataclass(frozen=True)
class Drawn:
    """What the worker found: a roster, or why there is none; neither when it was cancelled."""

    terms: RosterTerms | None = None
    solution: Solution | None = None
    refusal: str = ""


@transaction.atomic
def ask_for_draft(group: RosterGroup, first: date, last: date, *, by: Account, now: datetime, seed: int = 0) -> RosterDrawing:
    """Have the worker draw up these days. What can be refused at once is; one drawing of a group at a time."""
    group = RosterGroup.objects.select_for_update().get(pk=group.pk)
    if group.drawings.filter(state__in=UNDER_WAY).exists():
        raise RosterRefused(_("这一组正在排班。等它排好，或者先取消，再重新排。"))
    to_be_drawn(group, first, last)
    drawing = RosterDrawing.objects.create(
        group=group, starts_on=first, ends_on=last, seed=seed, asked_at=now, asked_by=by, told_at=now
    )
    journal.record("roster.drawing-asked", by=by, about=drawing, now=now, group=group.code, first=first.isoformat(), last=last.isoformat())
    return drawing


@transaction.atomic
def cancel_drawing(drawing: RosterDrawing, *, by: Account, now: datetime) -> RosterDrawing:
    """取消: whatever is found after this is not kept; the draft that was there stays."""
    RosterGroup.objects.select_for_update().get(pk=drawing.group_id)
    drawing = RosterDrawing.objects.select_for_update().select_related("group").get(pk=drawing.pk)
    if not drawing.is_under_way:
        raise RosterRefused(_("这次排班已经有结果了。刷新页面看最新情况。"))
    drawing.state, drawing.told_at = DrawingState.CANCELLED, now
    drawing.save(update_fields=["state", "told_at"])
    journal.record("roster.drawing-cancelled", by=by, about=drawing, now=now, group=drawing.group.code)
    return drawing


def newest_drawing(group: RosterGroup) -> RosterDrawing | None:
    return group.drawings.select_related("asked_by").order_by("-asked_at", "-id").first()


def _look(entry: Entry, _now: datetime) -> Drawn:
    drawing = _of(entry)
    if drawing is None:
        return Drawn()
    try:
        _tell(drawing, "")
        terms, problem = to_be_drawn(drawing.group, drawing.starts_on, drawing.ends_on)
        return Drawn(terms, draw(problem, seed=drawing.seed, tell=lambda stage: _tell(drawing, stage)))
    except BadInput as refusal:
        return Drawn(refusal=str(refusal))
    except Cancelled:
        return Drawn()


def _keep(entry: Entry, now: datetime, found: Drawn) -> None:
    asked = _of(entry)
    if asked is None:
        return
    RosterGroup.objects.select_for_update().get(pk=asked.group_id)
    drawing = RosterDrawing.objects.select_for_update().select_related("group", "asked_by").get(pk=asked.pk)
    if not drawing.is_under_way:
        return
    if found.solution is not None and found.terms is not None:
        days = drawing.starts_on, drawing.ends_on
        keep_draft(drawing.group, found.terms, days, found.solution, seed=drawing.seed, by=drawing.asked_by, now=now)
        drawing.state, drawing.open_heads, drawing.changed = DrawingState.DONE, found.solution.open_heads, found.solution.changed
    else:
        drawing.state, drawing.refusal = DrawingState.REFUSED, (found.refusal or _("排到一半停了。请再排一次。"))[:200]
    drawing.told_at = now
    drawing.save(update_fields=["state", "open_heads", "changed", "refusal", "told_at"])


def _tell(drawing: RosterDrawing, stage: str) -> None:
    """Says how far it is, in a statement of its own; raises Cancelled where nobody wants it any more."""
    still = RosterDrawing.objects.filter(pk=drawing.pk, state__in=UNDER_WAY)
    if not still.update(state=DrawingState.DRAWING, stage=stage, told_at=timezone.now()):
        raise Cancelled


def _of(entry: Entry) -> RosterDrawing | None:
    key = entry.about.partition(":")[2]
    return RosterDrawing.objects.select_related("group").filter(pk=key).first()


draw_what_was_asked = LookFirst(_look, _keep)
