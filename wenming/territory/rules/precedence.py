"""Which of the three kinds of grid answers where several lie over one another (三类网格的次序). Policy: 7.1, 7.5.

块状 covers the whole city once; 条形 (a road, a river) and 单位型 (a campus, a market, a compound) lie over it. Who is
closest to the thing answers: inside a compound its unit grid, on a road or river its strip, elsewhere the block.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

PRECEDENCE = ("unit", "strip", "block")


class Ranked(Protocol):
    @property
    def kind(self) -> str: ...

    @property
    def code(self) -> str: ...


R = TypeVar("R", bound=Ranked)


def by_precedence(grids: Iterable[R]) -> list[R]:
    """The grids over one point, the one that answers first; of one kind the lowest code is first."""
    return sorted(grids, key=lambda grid: (PRECEDENCE.index(grid.kind), grid.code))


# Strips and units are numbered from here in each community, so that no code is used in two kinds.
FIRST_SERIAL = {"block": 1, "strip": 601, "unit": 801}
LAST_SERIAL = {"block": 600, "strip": 800, "unit": 999}


def next_code(community: str, kind: str, taken: Iterable[str]) -> str:
    """The next free code of 15 digits in a community. Raises ValueError when its kind has none left."""
    used = set(taken)
    for serial in range(FIRST_SERIAL[kind], LAST_SERIAL[kind] + 1):
        if (code := f"{community}{serial:03d}") not in used:
            return code
    raise ValueError(f"{community} has no code left for another {kind} grid")


def is_grid_code(code: str, community: str) -> bool:
    """Fifteen digits that begin with the community's twelve."""
    return len(code) == 15 and code.isascii() and code.isdigit() and code.startswith(community)
