"""案件, for systems that work with the city: the same cases, seen through the same selector, as the key's account."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from ninja import Query
from pydantic import Field

from wenming.cases.models import Case, CaseMove
from wenming.cases.rules.lifecycle import ENDED, State
from wenming.cases.search import saying
from wenming.cases.selectors import cases_visible_to, moves_of, photos_of, reports_of
from wenming.desks.common.access import whoever
from wenming.desks.common.photos import shown
from wenming.evidence.models import Exhibit
from wenming.refusals import BadInput
from wenming.responsibilities.models import Duty

from .frame import Key, NotFound, api
from .shapes import CasePage, CaseWhole, Given, Moment, Refused, Text

MOST = 100
REFUSALS = {401: Refused, 403: Refused, 422: Refused}


class CaseFilter(Given):
    """Which cases; everything given must hold."""

    state: list[State] = Field([], max_length=11)
    unit: Text = Field("", max_length=24, description="code of the unit that holds it")
    town: Text = Field("", max_length=12)
    problem_type: Text = Field("", max_length=40, description="`GB30428:E0192`")
    opened_from: Moment | None = None
    opened_before: Moment | None = None
    moved_since: Moment | None = Field(None, description="for systems that follow: what changed since")
    words: Text = Field("", max_length=60, description="number, address, problem type or text")
    late: bool | None = Field(None, description="past its due moment and not answered")
    after: Text = Field("", max_length=100, description="`next` of the page before")
    limit: int = Field(50, ge=1, le=MOST)


@api.get(
    "/cases", auth=Key("cases.see"), response={200: CasePage, **REFUSALS}, tags=[gettext_noop("案件")],
    summary=gettext_noop("案件清单"),
)  # fmt: skip
def case_list(request: HttpRequest, asked: Annotated[CaseFilter, Query()]) -> dict[str, object]:
    """Cases that the key's account may see, the newest first; follow `next` until it is null."""
    cases = _filtered(cases_visible_to(request.user), asked, timezone.now())
    cases = cases.select_related("problem_type__scheme", "placement__grid").order_by("-opened_at", "-pk")
    if asked.after:
        opened_at, pk = _read_cursor(asked.after)
        cases = cases.filter(Q(opened_at__lt=opened_at) | Q(opened_at=opened_at, pk__lt=pk))
    found = list(cases[: asked.limit + 1])
    page = found[: asked.limit]
    return {
        "cases": [line_of(case, request) for case in page],
        "next": _cursor(page[-1]) if len(found) > asked.limit else None,
    }


@api.get(
    "/cases/{number}", auth=Key("cases.see"), response={200: CaseWhole, 404: Refused, **REFUSALS},
    tags=[gettext_noop("案件")], summary=gettext_noop("一件案件的全部经过"),
)  # fmt: skip
def case_detail(request: HttpRequest, number: str) -> dict[str, object]:
    """One case with its moves, duties and photographs. What the account may not see does not exist for it."""
    visible = cases_visible_to(whoever(request)).select_related(
        "problem_type__scheme", "placement__grid", "establish_rule"
    )
    case = visible.filter(number=number).first()
    if case is None:
        raise NotFound
    now = timezone.now()
    photos = photos_of(case)
    return {
        **line_of(case, request),
        "establish_condition": case.establish_rule.condition if case.establish_rule else None,
        "texts": [report.text for report in reports_of(case)[:MOST] if report.text],
        "photos": [_photo(exhibit, request) for exhibit in [*photos.before, *photos.after, *photos.verified]],
        "moves": [_move(move) for move in moves_of(case)],
        "duties": [_duty(duty, now) for duty in _duties(case)],
    }


def line_of(case: Case, request: HttpRequest) -> dict[str, object]:
    """A case as one line."""
    place = case.placement
    return {
        "number": case.number, "state": case.state, "state_name": case.get_state_display(),
        "title": case.title, "channel": case.channel,
        "problem_type": case.problem_type.full_code if case.problem_type else None,
        "unit": case.unit.code if case.unit else None, "unit_name": case.unit.name if case.unit else None,
        "place": {
            "longitude": place.longitude, "latitude": place.latitude, "address": place.address,
            "town": place.town.code if place.town else None,
            "community": place.community.code if place.community else None,
            "grid": place.grid.code if place.grid else None,
        },
        "urgent": case.urgent, "reporters": case.reporters, "photo_count": case.photos, "opened_at": case.opened_at,
        "moved_at": case.moved_at, "due_at": case.due_at, "closed_at": case.closed_at,
        "url": request.build_absolute_uri(reverse("api:case_detail", args=[case.number])),
    }  # fmt: skip


def _filtered(cases: QuerySet[Case], asked: CaseFilter, now: datetime) -> QuerySet[Case]:
    wanted = Q()
    if asked.state:
        wanted &= Q(state__in=asked.state)
    if asked.unit:
        wanted &= Q(unit__code=asked.unit)
    if asked.town:
        wanted &= Q(town_code=asked.town)
    if asked.problem_type:
        wanted &= _of_type(asked.problem_type)
    if asked.opened_from:
        wanted &= Q(opened_at__gte=asked.opened_from)
    if asked.opened_before:
        wanted &= Q(opened_at__lt=asked.opened_before)
    if asked.moved_since:
        wanted &= Q(moved_at__gte=asked.moved_since)
    if asked.late is not None:
        late = Q(due_at__lt=now, paused_at=None) & ~Q(state__in=ENDED)
        wanted &= late if asked.late else ~late
    cases = cases.filter(wanted)
    return saying(cases, asked.words) if asked.words else cases


def _of_type(full_code: str) -> Q:
    scheme, _colon, short = full_code.partition(":")
    kind = {"C": "component", "E": "incident"}.get(short[:1], "")
    return Q(problem_type__scheme__code=scheme, problem_type__kind=kind, problem_type__code=short[1:])


def _cursor(case: Case) -> str:
    return base64.urlsafe_b64encode(f"{case.opened_at.isoformat()} {case.pk}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, int]:
    try:
        at, _space, pk = base64.urlsafe_b64decode(cursor.encode("ascii")).decode("ascii").partition(" ")
        opened_at, key = parse_datetime(at), int(pk)
    except (binascii.Error, ValueError):
        opened_at, key = None, 0
    if opened_at is None or timezone.is_naive(opened_at) or not 1990 <= opened_at.year <= 2100 or not 0 < key < 2**63:
        raise BadInput(_("after 要原样用上一页的 next。请从第一页重新取。"))
    return opened_at, key


def _move(move: CaseMove) -> dict[str, object]:
    return {
        "position": move.position, "act": move.act,
        "act_name": move.get_act_display(),
        "at": move.at, "from_state": move.from_state, "to_state": move.to_state,
        "by_unit": move.by_unit.code if move.by_unit else None, "unit": move.unit.code if move.unit else None,
        "reason": move.reason, "due_at": move.facts.get("due"),
    }  # fmt: skip


def _duties(case: Case) -> QuerySet[Duty]:
    return Duty.objects.filter(subject=case.key).select_related("owner").order_by("started_at", "pk")


def _duty(duty: Duty, now: datetime) -> dict[str, object]:
    names = (
        "kind", "title", "state", "started_at", "due_at", "warn_at", "provisional", "acknowledged_at", "answered_at",
        "answered_on_time", "ended_at",
    )  # fmt: skip
    return {**{name: getattr(duty, name) for name in names}, "owner": duty.owner.code, "lateness": duty.lateness(now)}


def _photo(exhibit: Exhibit, request: HttpRequest) -> dict[str, object]:
    picture = shown(exhibit)
    return {
        "at": picture["at"], "role": exhibit.role, "url": request.build_absolute_uri(picture["url"]),
        "large_url": request.build_absolute_uri(picture["large_url"]),
    }  # fmt: skip
