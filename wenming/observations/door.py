"""The anonymous doors: how often each may be used from one direction before people have to look, or to wait.

Two limits, because a limit that turns people away is itself an outage. Above the first a report is kept all the same
and waits in the slow lane until somebody has looked; only far above the second is anybody asked to come back later.
Whole mobile networks share one address, so both are generous.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.engine.counting import count_up, count_up_each
from wenming.refusals import Refusal

from .models.reports import DoorCount

WINDOW = timedelta(minutes=10)
KEPT_FOR = timedelta(days=1)
EVERYBODY = "everybody"
NO_LIMIT = 1_000_000


class Lane(StrEnum):
    """How whoever knocked may go on."""

    FAST = "fast"
    SLOW = "slow"


@dataclass(frozen=True)
class Limits:
    """Uses of a door in ten minutes: above `calm` the slow lane, above `ceiling` nobody for the rest of them."""

    calm: int
    ceiling: int
    calm_for_everybody: int = NO_LIMIT


LIMITS = {
    "report": Limits(calm=30, ceiling=300, calm_for_everybody=3000),
    "photo": Limits(calm=200, ceiling=1200),
    "look-up": Limits(calm=300, ceiling=600),
    "verdict": Limits(calm=100, ceiling=300),
    # Signatures that were wrong; right ones are not counted.
    "signature": Limits(calm=60, ceiling=120),
    "map": Limits(calm=600, ceiling=1200),
}


class DoorShut(Refusal):
    """Far too many from one direction; what was not handed in yet has to wait."""

    code = "door.too-often"
    status = 429

    def __init__(self) -> None:
        super().__init__(_("这个网络刚才提交得太多了，这一次没有收下。请过 10 分钟再试；着急的事请拨打 12345。"))


def knock(door: str, *, address: str, now: datetime) -> Lane:
    """Count one use of a door and say how to go on. Raises DoorShut above the ceiling.

    address: the network address of whoever asks. It is never stored: the row holds a hash that means nothing tomorrow.
    """
    limits = LIMITS[door]
    mine, everybody = _count(door, direction(address, now), now)
    if mine > limits.ceiling:
        raise DoorShut
    return Lane.SLOW if mine > limits.calm or everybody > limits.calm_for_everybody else Lane.FAST


def direction(address: str, now: datetime) -> str:
    """Where a knock comes from: a keyed hash of the day and the network, 32 hex digits."""
    day = timezone.localdate(now).isoformat()
    key = f"door {settings.SECRET_KEY}".encode()
    return hmac.new(key, f"{day} {_network(address)}".encode(), hashlib.sha256).hexdigest()[:32]


def forget_old_counts(now: datetime) -> int:
    """Delete the counts of yesterday and before; returns how many. The table stays as small as one day."""
    return DoorCount.objects.filter(window__lt=now - KEPT_FOR).delete()[0]


def _network(address: str) -> str:
    """One home or phone has a whole /64 of IPv6 to itself; counting single addresses there would count nothing."""
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    return str(ip_network(f"{found}/64", strict=False)) if found.version == 6 else str(found)


@transaction.atomic
def _count(door: str, direction: str, now: datetime) -> tuple[int, int]:
    """The uses of this window, from one direction and from everywhere; counters, never a COUNT over reports.

    Doors without a limit for everybody have no counter for everybody: all visitors would wait for one row.
    """
    window = _window(now)
    if LIMITS[door].calm_for_everybody == NO_LIMIT:
        return count_up(DoorCount, door=door, window=window, direction=direction), 0
    counts = count_up_each(DoorCount, "direction", [direction, EVERYBODY], door=door, window=window)
    return counts[direction], counts[EVERYBODY]


def _window(now: datetime) -> datetime:
    seconds = int(WINDOW.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, tz=now.tzinfo)
