"""盲复核 as tables: what each town's draw has brought, and what it says about all that were closed there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from wenming.cases.models import Recheck, RecheckDraw
from wenming.cases.models.rechecks import AGAIN, UNSEEN, UNSOLVED
from wenming.cases.rechecks import draws_of, shares_until
from wenming.cases.rules.rechecks import Quarter, Tally, city_share

NOTHING = "–"
WAITING = "waiting"
FOUND = (UNSOLVED, AGAIN, UNSEEN, WAITING)


@dataclass(frozen=True)
class Share:
    """A share of false closures with its interval, in words; `url` leads to the cases behind it."""

    share: str
    interval: str
    url: str


@dataclass(frozen=True)
class DrawLine:
    """One town's line; each count with its address."""

    name: str
    draw: RecheckDraw
    tally: Tally

    @property
    def url(self) -> str:
        return reverse("office:recheck_draw", args=[self.draw.pk])

    @property
    def counts(self) -> Sequence[tuple[int, str]]:
        tally = self.tally
        numbers = (tally.wrong, tally.again, tally.unseen, tally.waiting)
        return [
            (number, f"{self.url}?{urlencode({'found': found})}") for number, found in zip(numbers, FOUND, strict=True)
        ]

    @property
    def share(self) -> Share:
        return share_words(self.tally, self.url)


def share_words(tally: Tally, url: str = "") -> Share:
    """“1.7%” and “0.1–9.1%”; where all were looked at there is nothing to estimate."""
    if tally.share is None or tally.interval is None:
        return Share(NOTHING, "", url)
    return Share(_percent(tally.share), _("全查") if tally.whole else _span(*tally.interval), url)


def lines_of(quarter: Quarter, names: Mapping[str, str]) -> tuple[list[DrawLine], Share]:
    """(a line for each town drawn, the city's share) of a quarter; the towns in their own order."""
    drawn = draws_of(quarter)
    lines = [DrawLine(name, drawn[code].draw, drawn[code].tally) for code, name in names.items() if code in drawn]
    return lines, _city(city_share([line.tally for line in lines]), quarter)


def beside_the_closed_rate(until: date) -> tuple[Quarter, Share, dict[str, Share]] | None:
    """(quarter, the city's share, {town: its share}) of the newest quarter drawn that a period reaches; None before any."""
    found = shares_until(until)
    if found is None:
        return None
    quarter, tallies, city = found
    page = quarter_url(quarter)
    return quarter, _city(city, quarter), {town: share_words(tally, page) for town, tally in tallies.items()}


def quarter_url(quarter: Quarter) -> str:
    return f"{reverse('office:rechecks')}?{urlencode({'first_day': quarter.first_day.isoformat()})}"


def quarter_words(quarter: Quarter) -> str:
    return _("%(year)d 年第 %(number)d 季度") % {"year": quarter.year, "number": quarter.number}


def with_finding(rechecks: QuerySet[Recheck, Any], found: str) -> QuerySet[Recheck, Any]:
    """Those of a draw that were found so; all for anything else."""
    if found == WAITING:
        return rechecks.filter(finding=None)
    return rechecks.filter(finding__found=found) if found in FOUND else rechecks


def _city(found: tuple[float, float, float] | None, quarter: Quarter) -> Share:
    if found is None:
        return Share(NOTHING, "", quarter_url(quarter))
    share, low, high = found
    return Share(_percent(share), _span(low, high), quarter_url(quarter))


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _span(low: float, high: float) -> str:
    return f"{100 * low:.1f}–{100 * high:.1f}%"
