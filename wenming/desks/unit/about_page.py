"""本单位 (archetype F): how punctual the unit is, who stands for it, when it works, what it answers for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from wenming.cases.statistics import SUPPORT_FIGURES, Line, by_unit, supports_by_unit
from wenming.organisations.models import Account, Appointment, Post, Unit
from wenming.organisations.selectors import units_visible_to
from wenming.responsibilities.calendars import schedule_for
from wenming.responsibilities.models import RoleHolding
from wenming.responsibilities.selectors import duties_visible_to

LATELY = timedelta(days=30)
SHOWN = ("due", "handled", "on_time", "reworked", "delayed")


@dataclass(frozen=True)
class Figures:
    """A unit's line: each number with the address of its rows (law 6)."""

    name: str
    line: Line
    since: date
    until: date

    @property
    def on_time_rate(self) -> Decimal | None:
        return self.line.rate("on_time_rate")

    @property
    def numbers(self) -> list[tuple[int, str]]:
        return [(self.line.figures[name], self.address(name)) for name in SHOWN]

    def address(self, figure: str) -> str:
        asked = {"figure": figure, "unit": self.line.code, "since": self.since.isoformat(), "until": self.until.isoformat()}
        return f"{reverse('unit:cases')}?{urlencode(asked)}"


def page_of(user: Account, now: datetime) -> dict[str, Any]:
    """Everything the page shows; a number of queries that does not grow with the unit."""
    until = timezone.localdate(now)
    since = until - LATELY
    below = {unit.code: unit for unit in units_visible_to(user).filter(valid_to=None)}
    lines = {line.code: line for line in by_unit(since=since, until=until, now=now) if line.code in below}
    nothing = Line(user.unit.code, user.unit.short_name, dict.fromkeys(SHOWN, 0))
    own = Figures(user.unit.short_name, lines.pop(user.unit.code, nothing), since, until)
    return {
        "unit": user.unit, "now": now, "since": since, "until": until, "own": own,
        "others": [Figures(line.name, line, since, until) for line in lines.values()],
        "late": duties_visible_to(user).filter(answered_at=None, ended_at=None, paused_at=None, due_at__lt=now).count(),
        "parts": parts_of(user.unit, below, since, until, now),
        "posts": posts_of(user.unit, until), "hours": schedule_for(user.unit, now), "roles": _roles(user.unit, until),
        "below": [unit for code, unit in below.items() if code != user.unit.code],
    }  # fmt: skip


def parts_of(unit: Unit, below: Mapping[str, Unit], since: date, until: date, now: datetime) -> list[tuple[int, str, str]]:
    """(count, its words, address of its rows) of what the unit and those below it were asked to do of others' cases."""
    lines = [line for line in supports_by_unit(since=since, until=until, now=now) if line.code in {unit.code, *below}]
    if not lines:
        return []
    days = {"since": since.isoformat(), "until": until.isoformat()}
    counts = zip(SUPPORT_FIGURES.items(), ("due", "answered", "on_time"), strict=True)
    return [
        (
            sum(getattr(line, name) for line in lines),
            str(words),
            f"{reverse('unit:cases')}?{urlencode({'figure': figure, **days})}",
        )
        for (figure, words), name in counts
    ]


def posts_of(unit: Unit, on: date) -> list[tuple[Post, str]]:
    """(post, who holds it) of every post of the unit; an empty name is a vacancy."""
    held = Appointment.objects.filter(post__unit=unit).filter(_in_force(on)).select_related("person")
    holders: Mapping[int, str] = {one.post_id: one.person.name for one in held}
    return [(post, holders.get(post.pk, "")) for post in Post.objects.filter(unit=unit).order_by("pk")]


def _roles(unit: Unit, on: date) -> QuerySet[RoleHolding]:
    return RoleHolding.objects.filter(_in_force(on), unit=unit).order_by("role", "town_code")


def _in_force(on: date) -> Q:
    return Q(valid_from__lte=on) & (Q(valid_to=None) | Q(valid_to__gt=on))
