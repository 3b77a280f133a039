"""边界案件: which neighbours a case near a border is made known to (知道, not owed). Pure. Policy: 7.6."""

from __future__ import annotations

from collections.abc import Iterable

SAMPLE_DISTANCE_M = 30
FARTHEST_M = 500


def neighbours_to_tell(home: str, around: Iterable[tuple[str, float]]) -> dict[str, float]:
    """{code of the area whose people are told: metres to the nearest of its grids}, the nearest first.

    home: the area whose people have the case anyway; another grid of the same area has the same people. around: (code,
    metres) of every grid within the city's distance.
    """
    found: dict[str, float] = {}
    for code, metres in sorted(around, key=lambda one: (one[1], one[0])):
        if code != home:
            found.setdefault(code, metres)
    return found
