"""Reading the parameters of GeoReport v2: text into typed values, or a sentence about which one to change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite

from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.timezone import get_default_timezone, is_naive, make_aware
from django.utils.translation import gettext as _

from .answering import NotUnderstood

# The standard's own limits: without other words 90 days, and at most 1000 requests.
SPAN = timedelta(days=90)
MOST, USUAL_PAGE = 1000, 100
LAST_PAGE = 1000
MOST_NUMBERS = 50
STATUSES = frozenset({"open", "closed"})


@dataclass(frozen=True)
class Asked:
    """What a list of requests is asked for."""

    since: datetime
    until: datetime
    updated_since: datetime | None
    updated_until: datetime | None
    statuses: frozenset[str]
    service_codes: tuple[str, ...]
    page: int
    page_size: int

    @property
    def first(self) -> int:
        return (self.page - 1) * self.page_size


def read_asked(given: QueryDict, now: datetime) -> Asked:
    """The filters of GET requests. A span longer than ninety days is cut, as the standard says."""
    since, until = moment(given, "start_date"), moment(given, "end_date")
    if since is None:
        since = (until or now) - SPAN
    statuses = frozenset(listed(given, "status"))
    if not statuses <= STATUSES:
        raise NotUnderstood(_("status 只有 open 和 closed。请改好后再查。"))
    return Asked(
        since, min(until or since + SPAN, since + SPAN), moment(given, "updated_after"),
        moment(given, "updated_before"), statuses, tuple(listed(given, "service_code")),
        number(given, "page", 1, LAST_PAGE), number(given, "page_size", USUAL_PAGE, MOST),
    )  # fmt: skip


def listed(given: QueryDict, name: str) -> list[str]:
    """A parameter that may hold several values, separated by commas."""
    values = [value.strip()[:80] for value in given.get(name, "").split(",") if value.strip()]
    if len(values) > MOST_NUMBERS:
        raise NotUnderstood(_("%(name)s 一次最多 %(most)d 个。请分几次查。") % {"name": name, "most": MOST_NUMBERS})
    return values


def moment(given: QueryDict, name: str) -> datetime | None:
    """A W3C date and time; without an offset it is the city's own."""
    text = given.get(name, "").strip()
    if not text:
        return None
    try:
        found = parse_datetime(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        found = None
    if found is None or not 1990 <= found.year <= 2100:
        raise NotUnderstood(_("%(name)s 要写成 2026-11-22T08:30:00+08:00 这样。请改好后再交。") % {"name": name})
    return make_aware(found, get_default_timezone()) if is_naive(found) else found


def number(given: QueryDict, name: str, usual: int, most: int) -> int:
    """A whole number from 1 to `most`."""
    text = given.get(name, "").strip()
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most):
        raise NotUnderstood(_("%(name)s 要写 1 到 %(most)d 的整数。请改好后再查。") % {"name": name, "most": most})
    return int(text)


def degrees(given: QueryDict, name: str) -> float | None:
    """A coordinate, or None where none was given."""
    text = given.get(name, "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise NotUnderstood(_("%(name)s 要写成度数，比如 22.52。请改好后再交。") % {"name": name})
    return value


def words(given: QueryDict, name: str, most: int) -> str:
    """Text of at most so many characters."""
    text = given.get(name, "").strip()
    if len(text) > most:
        raise NotUnderstood(
            _("%(name)s 最多 %(most)d 字，现在是 %(now)d 字。请删去一些。")
            % {"name": name, "most": most, "now": len(text)}
        )
    return text
