"""The offline pack (离线包): what a shift needs without network, page by page, each with the version it has now."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from django.db.models import Count
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.timezone import localdate, now
from django.utils.translation import get_language, gettext

from wenming.cases.models import Case
from wenming.observations.models import PatrolPoint
from wenming.observations.patrols.selectors import patrols_to_do
from wenming.organisations.models import Account
from wenming.territory.maps import Pin, svg_map
from wenming.territory.models import PlaceStanding
from wenming.territory.public_places.selectors import overdue, places_visible_to, register_begun

from . import shell
from .shift_page import kept_line
from .tasks import STAGES, beside, tasks_for

# More than anybody looks at in a shift; each is a page of some 10 kB and two small photos.
MOST_TASKS = 200
# Walks of a few points each are many: what fills a phone is their points. Whole walks, those due first, until it is full.
MOST_WALKS, MOST_POINTS = 60, 400
PLAIN_PAGES = ("field:home", "field:find", "field:outbox", "field:map", "field:me", "field:places", "field:place_new")
# The longest overdue; any other is asked for with network.
MOST_PLACES = 30
CLOSE_UP = 0.004  # degrees, some 400 m: a map of one corner still shows the next crossing


def pages_for(user: Account, look: str) -> list[dict[str, str]]:
    """Address and version of each page; a page whose version is kept need not be fetched again.

    look: whatever else changes how this person's pages are drawn (theme, size, hand).
    """
    tasks = list(tasks_for(user)[:MOST_TASKS])
    everything = [f"{case.number} {case.moves_count}" for case in tasks]
    walks, beside_us = _walks(user), [f"{near.case.number} {near.case.moves_count}" for near in beside(user)[:MOST_TASKS]]
    common = (shell.version(), user.username, look, get_language() or "")
    shifts = [{"url": reverse("field:shift"), "version": _version(*common, kept_line(user, now()))}] if user.may("rosters.own") else []
    plain = [{"url": reverse(name), "version": _version(*common, *everything, *walks.values(), *beside_us)} for name in PLAIN_PAGES]
    walks |= _places(user)
    walked = [{"url": url, "version": _version(*common, line)} for url, line in walks.items()]
    return plain + shifts + walked + [
        {"url": reverse("field:task", args=[case.number]), "version": _version(*common, line)}
        for case, line in zip(tasks, everything, strict=True)
    ]


def _walks(user: Account) -> dict[str, str]:
    """{address: what its version follows from} of each walk that is due and each of its points."""
    found: dict[str, str] = {}
    walks = list(patrols_to_do(user)[:MOST_WALKS])
    points = PatrolPoint.objects.filter(patrol__in=walks).annotate(times=Count("looks")).order_by("patrol", "position")
    by_walk: dict[int, list[tuple[int, int]]] = {}
    for key, position, times in points.values_list("patrol", "position", "times"):
        by_walk.setdefault(key, []).append((position, times))
    room = MOST_POINTS
    for walk in walks:
        own = by_walk.get(walk.pk, [])
        if found and len(own) > room:
            break
        room -= len(own)
        found[reverse("field:patrol", args=[walk.number])] = f"{walk.number} {own}"
        for position, times in own:
            found[reverse("field:point", args=[walk.number, position])] = f"{walk.number} {position} {times}"
    return found


def _places(user: Account) -> dict[str, str]:
    """{address: what its version follows from} of the public places that are due."""
    if not register_begun():
        return {}
    due = places_visible_to(user).filter(overdue(localdate()), standing=PlaceStanding.OPEN).order_by("due_on", "number")
    return {reverse("field:place", args=[one.number]): f"{one.number} {one.editions_count} {one.verified_on}" for one in due[:MOST_PLACES]}


def map_of(tasks: Sequence[Case], *, width: int = 620, height: int = 620) -> SafeString:
    """The area in which this person's tasks lie, drawn, each pin leading to its task."""
    pins = [pin for case in tasks if (pin := _pin(case))]
    if not pins:
        return svg_map(width=width, height=height, title=gettext("全市地图"))
    lons, lats = [pin.longitude for pin in pins], [pin.latitude for pin in pins]
    box = (min(lons) - CLOSE_UP, min(lats) - CLOSE_UP, max(lons) + CLOSE_UP, max(lats) + CLOSE_UP)
    return svg_map(bbox=box, width=width, height=height, pins=pins, title=gettext("待看的地点"))


def close_map(case: Case) -> SafeString | None:
    """The streets around one task, for finding it on foot."""
    here = _position(case)
    return here and svg_map(center=here, zoom=16, width=340, height=180, pins=[Pin(*here)], title=gettext("位置"))


def _pin(case: Case) -> Pin | None:
    here = _position(case)
    stage = STAGES.get(case.state)  # type: ignore[call-overload]
    label = f"{stage.name if stage else ''} {case.title}".strip()
    return here and Pin(*here, "go", label, reverse("field:task", args=[case.number]))


def _position(case: Case) -> tuple[float, float] | None:
    placed = case.placement
    return None if placed.longitude is None or placed.latitude is None else (placed.longitude, placed.latitude)


def _version(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
