"""The dispatch desk's questions: which cases, in which order, which one is selected, which comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.db.models import Case as Either
from django.db.models import CharField, QuerySet, Value, When
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from wenming.cases.models import Case
from wenming.territory.maps import Pin, around, svg_map
from wenming.territory.rules.geometry import Bounds

from .rows import CaseRow

LISTED = 30
ROW_JOINS = ("problem_type", "placement__town", "unit", "duty__calendar", "duty__schedule")
MAP_SIZE = (620, 760)
A_STREET_IN_DEGREES = 0.004


class Line(NamedTuple):
    """As much of a case as its pin needs; 5,000 of them are read at once."""

    number: str
    longitude: float | None
    latitude: float | None
    status: str


def lines_of(cases: QuerySet[Case], now: datetime) -> list[Line]:
    """Every case of the list, in its order."""
    looks = Either(
        When(paused_at__isnull=False, then=Value("hold")),
        When(due_at__lt=now, then=Value("late")),
        When(warn_at__lte=now, then=Value("soon")),
        default=Value("go"),
        output_field=CharField(),
    )
    wanted = cases.annotate(looks=looks)
    return [Line(*row) for row in wanted.values_list("number", "placement__longitude", "placement__latitude", "looks")]


@dataclass(frozen=True)
class Place:
    """Where the dispatcher is in the list. page: counted from 1; next_number: where focus goes after an act."""

    number: str
    next_number: str
    page: int
    pages: int


def place_in(numbers: Sequence[str], number: str, page: int = 1) -> Place:
    """The case asked for and its page; else the first of the page asked for."""
    pages = max((len(numbers) + LISTED - 1) // LISTED, 1)
    page = min(max(page, 1), pages)
    at = numbers.index(number) if number in numbers else (page - 1) * LISTED
    if not numbers:
        return Place("", "", 1, 1)
    beside = numbers[at + 1] if at + 1 < len(numbers) else numbers[at - 1]
    return Place(numbers[at], beside if beside != numbers[at] else "", at // LISTED + 1, pages)


@dataclass(frozen=True)
class DeskRow(CaseRow):
    """A line of the desk's list, which knows its place among lines that come later."""

    @property
    def place(self) -> str:
        """Texts that compare like the order of the list."""
        due = self.case.due_at.timestamp() if self.case.due_at else 9e10
        return f"{int(self.paused)} {due:013.1f} {self.case.pk:010d}"


def desk_rows(cases: QuerySet[Case], now: datetime) -> list[DeskRow]:
    return [DeskRow(case, now) for case in cases.select_related(*ROW_JOINS)]


def page_of_rows(cases: QuerySet[Case], page: int, now: datetime) -> list[DeskRow]:
    """The lines of one page of the list."""
    return desk_rows(cases[(page - 1) * LISTED : page * LISTED], now)


def drawn_map(lines: Sequence[Line], number: str, here: str, *, close: bool = False) -> SafeString:
    """The cases on the map, the selected one with a pin of its own, each leading to itself.

    The whole city, so that a place is always where it was; close: as near as the pins allow, for a filtered list.
    """
    pins = [_pin(line, number, here) for line in located(lines)]
    width, height = MAP_SIZE
    box = around(pins, A_STREET_IN_DEGREES) if close else None
    return svg_map(bbox=box, pins=pins, width=width, height=height, title=_("案件的位置"))


def bare_map(box: Bounds) -> SafeString:
    """The ground under the pins, for a part of the city that somebody has moved to."""
    width, height = MAP_SIZE
    return svg_map(bbox=box, width=width, height=height, title=_("案件的位置"))


def with_case(address: str, number: str) -> str:
    """The desk's address with another case selected."""
    parts = urlsplit(address)
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name not in {"case", "page", "after", "quiet"}]
    query = urlencode([*kept, *([("case", number)] if number else [])])
    return f"{parts.path}?{query}" if query else parts.path


def located(lines: Sequence[Line]) -> list[Line]:
    """Those that have a position."""
    return [line for line in lines if line.longitude is not None and line.latitude is not None]


def _pin(line: Line, number: str, here: str) -> Pin:
    state = "here" if line.number == number else line.status
    return Pin(line.longitude or 0.0, line.latitude or 0.0, state, line.number, f"{here}case={line.number}")
