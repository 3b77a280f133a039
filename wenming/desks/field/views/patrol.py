"""重点巡查: a walk with its points, and at each a checklist that is answered once, with or without network. Policy: 4.4."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from wenming.cases.focus.proposing import why_words
from wenming.cases.services import collect
from wenming.desks.common import toasts
from wenming.desks.common.access import whoever
from wenming.desks.common.uploads import MOST_PHOTOS, Kept, keep_photos, still_waiting
from wenming.observations.handing_in import HandedInReceipt
from wenming.observations.models import Channel, Patrol, PatrolPoint, Report
from wenming.observations.patrols.selectors import with_progress
from wenming.observations.patrols.services import see_point
from wenming.observations.services import Where, receive_report
from wenming.organisations.models import Account
from wenming.refusals import Refusal
from wenming.standards.models import FocusItem
from wenming.standards.selectors import type_by_full_code
from wenming.territory.rules.coordinates import Datum
from wenming.territory.selectors import home_of

from ..access import VERIFY, field_desk
from ..forms import OTHER
from ..handing_in import answered, hand_in, received_before, to_be_mended, wants_json
from ..patrols import PointForm, WalkRow, near_map, patrols_here, photos_of, point_rows, walk_map


@require_safe
@field_desk(VERIFY)
def patrol(request: HttpRequest, patrol: str) -> HttpResponse:
    """The points in the order proposed, each with why."""
    found = get_object_or_404(with_progress(patrols_here(whoever(request))), number=patrol)
    rows, now = point_rows(found), timezone.now()
    context = {"patrol": found, "row": WalkRow(found, now), "rows": rows, "drawn": walk_map(rows), "now": now}
    return render(request, "field/patrol.html", context)


@require_safe
@field_desk(VERIFY)
def point(request: HttpRequest, patrol: str, position: int) -> HttpResponse:
    """One place and its checklist."""
    found = _find(request, patrol, position)
    form = PointForm(items=_items(found.patrol), initial={"client_id": str(uuid.uuid4())})
    return _page(request, found, form, {})


@require_POST
@field_desk(VERIFY)
def answers(request: HttpRequest, patrol: str, position: int) -> HttpResponse:
    """What was seen there."""
    now = timezone.now()
    if known := received_before(request):
        return _thanks(request, known, patrol)
    found = _find(request, patrol, position)
    items = _items(found.patrol)
    form = PointForm(request.POST, items=items)
    kept = {photos_of(item): keep_photos(request, now, name=photos_of(item)) for item in items}
    refusals = [why for each in kept.values() for why in each.refusals]
    if form.is_valid() and not refusals:
        try:
            receipt = hand_in(
                request, "patrol", kept, lambda: _see(request, found, form, kept, whoever(request), now), now=now
            )
        except Refusal as refusal:
            refusals.append(refusal)
        else:
            return _thanks(request, receipt, patrol)
    if wants_json(request):
        return to_be_mended(form, refusals)
    for why in refusals:
        form.add_error(None, str(why))
    for each in kept.values():
        each.tokens = still_waiting(each.tokens, now)
    tokens = {name: each.tokens for name, each in kept.items()}
    return _page(request, found, form, tokens, refusals[0].status if refusals else 422)


@transaction.atomic
def _see(
    request: HttpRequest, point: PatrolPoint, form: PointForm, kept: dict[str, Kept], by: Account, now: datetime
) -> str:
    """The look, and for each item that is not in order a report and its case, all or nothing."""
    seen_at = _seen_at(request.POST.get("seen_at", ""), now)
    key = form.cleaned_data["client_id"] or str(uuid.uuid4())

    def report_of(item: FocusItem) -> Report:
        told = _("%(focus)s巡查，“%(item)s”不合格") % {"focus": point.patrol.edition.name, "item": item.words}
        note = form.said_of(item)
        report = receive_report(
            channel=Channel.FIELD, client_id=f"{key}:{item.key}"[:64], where=_where(point), now=now,
            text="；".join(filter(None, [told, note])), seen_at=seen_at, by=by, upload_tokens=kept[photos_of(item)].tokens,
            problem_type=type_by_full_code(item.type_code) if item.type_code else None,
        ).report  # fmt: skip
        collect(report, now=report.received_at)
        return report

    see_point(
        point, seen=form.cleaned_data["found"], answers=form.answers(), note=form.note_said, seen_at=seen_at, by=by, now=now,
        report_of=report_of,
    )  # fmt: skip
    return f"{point.patrol.number}-{point.position}"


def _where(point: PatrolPoint) -> Where:
    """The point's own place: what was planned to be looked at, not where somebody stands.

    In words where today's map has no such place any more: what was found is not lost for it.
    """
    placed = point.placement
    if placed.longitude is None or placed.latitude is None or home_of(placed.longitude, placed.latitude) is None:
        return Where(address=placed.address, town=placed.town)
    return Where(
        placed.longitude, placed.latitude, datum=Datum.CGCS2000, source=placed.source, address=placed.address
    )


def _seen_at(text: str, now: datetime) -> datetime:
    try:
        said = parse_datetime(text)
    except ValueError:
        said = None
    return now if said is None or timezone.is_naive(said) else min(said, now)


def _find(request: HttpRequest, patrol: str, position: int) -> PatrolPoint:
    walks = patrols_here(whoever(request)).filter(number=patrol)
    points = PatrolPoint.objects.select_related("patrol__edition", "patrol__plan", "placement__town", "placement__community")
    return get_object_or_404(points, patrol__in=walks.values("pk"), position=position)


def _items(patrol: Patrol) -> list[FocusItem]:
    return list(patrol.edition.items.order_by("position"))


def _thanks(request: HttpRequest, receipt: HandedInReceipt, patrol: str) -> HttpResponse:
    if not wants_json(request):
        toasts.say(request, _("%(number)s 已送达。") % {"number": receipt.number})
    return answered(request, receipt, reverse("field:patrol", args=[patrol]))


def _page(
    request: HttpRequest, found: PatrolPoint, form: PointForm, tokens: dict[str, list[str]], status: int = 200
) -> HttpResponse:
    context = {
        "point": found, "why": why_words(found.why), "form": form, "checks": form.checks(tokens), "most": MOST_PHOTOS,
        "looks": list(found.looks.order_by("position")),
        "near": near_map(found), "other": OTHER, "chosen": form.data.get("found", "") if form.is_bound else "",
        "now": timezone.now(),
    }  # fmt: skip
    return render(request, "field/point.html", context, status=status)
