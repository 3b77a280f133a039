"""Does what a camera wrote about place and time fit what is claimed? With room for imprecise phones (容差).

A photo without such data says nothing against anybody: browsers, chat programs and careful people leave it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

# A phone indoors or between towers is off by some hundred metres; whoever stands across a square photographs it from there.
PLACE_TOLERANCE_M = 300.0
# Clocks that were never set, and a camera's time without an offset, which is read as the city's.
CLOCK_TOLERANCE = timedelta(hours=2)
# A resident reports when there is time to; what was photographed a week ago may still be there.
REPORT_MAY_WAIT = timedelta(days=7)
# A shift without network, handed in after it.
LOOK_MAY_WAIT = timedelta(hours=24)


@dataclass(frozen=True)
class OffTime:
    """Taken outside the time claimed: by how much, and on which side."""

    by: timedelta
    early: bool


def is_elsewhere(metres: float, accuracy_m: float | None) -> bool:
    """Farther away than imprecision explains. metres: from the claimed place; accuracy_m: how well that is known."""
    return metres > PLACE_TOLERANCE_M + (accuracy_m or 0.0)


def off_time(taken_at: datetime, earliest: datetime, latest: datetime) -> OffTime | None:
    """How far outside [earliest, latest] a photo was taken; None when within, or within the tolerance of clocks."""
    if taken_at < earliest - CLOCK_TOLERANCE:
        return OffTime(earliest - taken_at, early=True)
    if taken_at > latest + CLOCK_TOLERANCE:
        return OffTime(taken_at - latest, early=False)
    return None
