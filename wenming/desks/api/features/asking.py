"""What a client may ask of a collection: bbox, datetime, limit, where to go on. Anything else is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from math import isfinite

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from wenming.refusals import BadInput

DEFAULT_LIMIT, MOST = 100, 1000
EARLIEST, LATEST = 1800, 2200
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
PARAMETERS = frozenset({"bbox", "bbox-crs", "crs", "datetime", "limit", "after", "f"})
FORMATS = frozenset({"json", "geojson", "application/json", "application/geo+json"})
Interval = tuple[datetime | None, datetime | None]


class NotUnderstood(BadInput):
    """Part 1 answers 400 where a parameter is unknown or unreadable."""

    code = "features.not-understood"
    status = 400


@dataclass(frozen=True)
class Asked:
    """A question to a collection. bbox: west, south, east, north in degrees; after: the last key already given."""

    bbox: tuple[float, float, float, float] | None = None
    interval: Interval | None = None
    limit: int = DEFAULT_LIMIT
    after: int = 0


def read_asked(given: Mapping[str, str]) -> Asked:
    """Read the query of `…/items`. Raises NotUnderstood."""
    refuse_unknown(given, PARAMETERS)
    for name in ("bbox-crs", "crs"):
        if given.get(name, CRS84) != CRS84:
            raise NotUnderstood(_("只提供 CRS84（经度在前的度数）。请去掉 %(name)s。") % {"name": name})
    return Asked(_bbox(given.get("bbox")), _interval(given.get("datetime")), _limit(given.get("limit")), _after(given.get("after")))


def refuse_unknown(given: Mapping[str, str], taken: frozenset[str] = frozenset({"f"})) -> None:
    """Raises NotUnderstood with the names that nobody here knows, and for a form that we do not speak."""
    if unknown := sorted(set(given) - taken):
        raise NotUnderstood(_("没有这些参数：%(names)s。请核对接口文档。") % {"names": "、".join(unknown)[:200]})
    if given.get("f", "json") not in FORMATS:
        raise NotUnderstood(_("只提供 JSON（f=json）。"))


def _bbox(text: str | None) -> tuple[float, float, float, float] | None:
    if text is None:
        return None
    try:
        numbers = [float(each) for each in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 6:  # with heights, which nothing here has
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4 or not all(map(isfinite, numbers)):
        raise NotUnderstood(_("bbox 要写成四个数：西,南,东,北，单位是度。"))
    west, south, east, north = numbers
    if south > north or not (south >= -90 and north <= 90) or max(abs(west), abs(east)) > 180:
        raise NotUnderstood(_("bbox 要写成四个数：西,南,东,北，单位是度。"))
    return west, south, east, north


def _interval(text: str | None) -> Interval | None:
    if text is None:
        return None
    parts = text.split("/")
    ends = [_end(part, last=number == len(parts) - 1) for number, part in enumerate(parts)]
    if len(ends) == 1:
        if ends[0] is None:
            raise _bad_datetime()
        return _end(text, last=False), ends[0]
    since, until = (ends[0], ends[1]) if len(ends) == 2 else (None, None)
    if len(ends) > 2 or (since is None and until is None) or (since and until and since > until):
        raise _bad_datetime()
    return since, until


def _end(text: str, *, last: bool) -> datetime | None:
    """One end of an interval, "" or ".." for open. A day alone is that whole day of the city: from its first moment, to its last."""
    if text in {"", ".."}:
        return None
    try:
        # A day alone is what maps with a time slider send.
        if (day := parse_date(text)) is not None:
            return timezone.make_aware(_known_years(datetime.combine(day, time.max if last else time.min)))
        # A plus that was not escaped arrives as a space.
        moment = parse_datetime(text.replace(" ", "+"))
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise _bad_datetime()
    moment = _known_years(moment)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _known_years(moment: datetime) -> datetime:
    """Brought into years that any time zone can be applied to; before and after them there is nothing."""
    return moment.replace(year=min(max(moment.year, EARLIEST), LATEST), day=min(moment.day, 28)) if not EARLIEST <= moment.year <= LATEST else moment


def _bad_datetime() -> NotUnderstood:
    return NotUnderstood(_("datetime 要写成 2026-11-22T08:00:00Z，或者用 / 隔开的起止，没有的一端写 .."))


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not text.isascii() or not text.isdigit() or not 1 <= len(text) <= 9 or int(text) < 1:
        raise NotUnderstood(_("limit 要写 1 到 %(most)d 的整数。") % {"most": MOST})
    return min(int(text), MOST)


def _after(text: str | None) -> int:
    if text is None:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise NotUnderstood(_("after 只能用上一页 next 链接里给的。"))
    return int(text)
