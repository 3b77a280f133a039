"""One row of another city's export, understood: pure functions on plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any

EARLIEST = 1990
TEXT_LIMIT, NOTE_LIMIT, ADDRESS_LIMIT, NUMBER_LIMIT = 5000, 1000, 200, 80
Box = tuple[float, float, float, float]


class RowRefused(ValueError):
    """This row cannot be brought in; the sentence says why."""


@dataclass(frozen=True)
class Incoming:
    """A service request of another system; `closed_at` is set when it was done there."""

    number: str
    service_code: str
    service_name: str
    text: str
    note: str
    address: str
    point: tuple[float, float] | None
    requested_at: datetime
    closed_at: datetime | None


def read_row(row: Mapping[str, Any], *, now: datetime) -> Incoming:
    """A row with GeoReport's column names. Raises RowRefused."""
    number, requested = _words(row, "service_request_id", NUMBER_LIMIT), _moment(row, "requested_datetime")
    if not number:
        raise RowRefused("没有 service_request_id")
    if requested is None or requested > now:
        raise RowRefused("requested_datetime 没有填，或者在现在之后")
    closed = None
    if str(row.get("status") or "").lower() == "closed":
        # Other systems cut the last update to the minute: it may seem to lie before the request.
        closed = min(max(_moment(row, "updated_datetime") or requested, requested), now)
    return Incoming(
        number=number, service_code=_words(row, "service_code", NUMBER_LIMIT),
        service_name=_words(row, "service_name", ADDRESS_LIMIT), text=_words(row, "description", TEXT_LIMIT),
        note=_words(row, "status_notes", NOTE_LIMIT) or _words(row, "status_note", NOTE_LIMIT),
        address=_words(row, "address", ADDRESS_LIMIT), point=_point(row), requested_at=requested, closed_at=closed,
    )  # fmt: skip


@dataclass(frozen=True)
class Fit:
    """Another city's box laid onto ours, for load tests: every point keeps its place within the box."""

    theirs: Box
    ours: Box

    def __call__(self, point: tuple[float, float]) -> tuple[float, float]:
        """The point in our box; what lay outside theirs is put on its edge."""
        (west, south, east, north), (to_west, to_south, to_east, to_north) = self.theirs, self.ours
        across = min(max((point[0] - west) / (east - west), 0.0), 1.0)
        up = min(max((point[1] - south) / (north - south), 0.0), 1.0)
        return to_west + across * (to_east - to_west), to_south + up * (to_north - to_south)


def towards(point: tuple[float, float], middle: tuple[float, float], share: float) -> tuple[float, float]:
    """The point moved by a share of its way to the middle."""
    return point[0] + share * (middle[0] - point[0]), point[1] + share * (middle[1] - point[1])


def shifted(incoming: Incoming, by: timedelta) -> Incoming:
    """The same request with its moments moved together."""
    closed_at = incoming.closed_at + by if incoming.closed_at else None
    return replace(incoming, requested_at=incoming.requested_at + by, closed_at=closed_at)


def _words(row: Mapping[str, Any], name: str, most: int) -> str:
    value = row.get(name)
    text = "" if value is None else str(value).replace("\x00", "").strip()
    return text.encode("utf-8", "replace").decode("utf-8")[:most]


def _moment(row: Mapping[str, Any], name: str) -> datetime | None:
    value = row.get(name)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if not isinstance(value, datetime) or value.year < EARLIEST:
        return None
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _point(row: Mapping[str, Any]) -> tuple[float, float] | None:
    try:
        longitude, latitude = float(row["long"]), float(row["lat"])
    except (KeyError, TypeError, ValueError):
        return None
    usable = isfinite(longitude) and isfinite(latitude) and abs(longitude) <= 180 and abs(latitude) <= 90
    return (longitude, latitude) if usable else None
