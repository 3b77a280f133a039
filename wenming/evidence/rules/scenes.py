"""Do a photo before and one after show the same place? Said only when it is plain; 'not sure' is an answer.

Set on the project's own seeded streets (docs/evidence-checks.md): another place hardly ever has more than five corners in
common by chance, the same place from a pace further left hardly ever fewer than eight.
"""

from __future__ import annotations

from enum import StrEnum

from .alignment import align
from .sketches import Sketch

CORNERS_NEEDED = 20
SAME_FROM = 8
OTHER_UP_TO = 4


class Scene(StrEnum):
    """What can be said of two photos."""

    SAME = "same"
    UNSURE = "unsure"
    OTHER = "other"


def corners_in_common(one: Sketch, other: Sketch) -> int:
    """How many corners lie in both pictures in the same way."""
    found = align(one, other)
    return found.matched if found else 0


def same_scene(in_common: int, corners: int) -> Scene:
    """in_common: the most that any photo before has in common with it; corners: of the poorer of those two photos."""
    if in_common >= SAME_FROM:
        return Scene.SAME
    return Scene.OTHER if in_common <= OTHER_UP_TO and corners >= CORNERS_NEEDED else Scene.UNSURE
