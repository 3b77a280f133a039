"""Which cases belong to a focus: what kinds of problem, and near what. Looked up once for a page, and handed on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from wenming.standards.focus.selectors import types_by_focus
from wenming.standards.models import FocusEdition
from wenming.territory.models import Landmark
from wenming.territory.rules.geometry import Bounds, box_around

from ..models import Case
from ..spots.finding import COUNTED

MOST_LANDMARKS = 500
NOWHERE = Q(pk=None)


@dataclass(frozen=True)
class Reach:
    """An edition of a focus with the keys of its types, and the boxes around its landmarks where it names any."""

    edition: FocusEdition
    types: frozenset[int]
    boxes: tuple[Bounds, ...] = ()

    @property
    def is_everywhere(self) -> bool:
        return not self.edition.near_m

    def near(self, placement: str = "placement") -> Q:
        """Whether something lies so near to a landmark of the focus; always, for a focus that names none.

        So many metres to the east, west, north and south: a square, which an index can find.
        """
        inside = Q() if self.is_everywhere else NOWHERE
        for west, south, east, north in self.boxes:
            inside |= Q(**{f"{placement}__longitude__range": (west, east), f"{placement}__latitude__range": (south, north)})
        return inside

    def cases(self) -> QuerySet[Case]:
        """Every case that belongs to the focus, as its edition says."""
        return Case.objects.filter(self.near(), problem_type__in=self.types, state__in=COUNTED).order_by()


def reach_of(edition: FocusEdition) -> Reach:
    """What one focus reaches to."""
    return reaches_of([edition])[0]


def reaches_of(editions: Sequence[FocusEdition]) -> list[Reach]:
    """What each focus reaches to, in two statements for all of them; one where none is near anything."""
    types, boxes = types_by_focus(editions), _boxes(editions)
    return [Reach(each, frozenset(types[each.code]), boxes.get(each.code, ())) for each in editions]


def _boxes(editions: Sequence[FocusEdition]) -> dict[str, tuple[Bounds, ...]]:
    near = [each for each in editions if each.near_m]
    if not near:
        return {}
    kinds = {kind for each in near for kind in each.near_kinds}
    known = list(Landmark.objects.filter(kind__in=kinds).order_by("pk").values_list("kind", "longitude", "latitude"))
    return {
        each.code: tuple(
            [box_around(lon, lat, each.near_m) for kind, lon, lat in known if kind in each.near_kinds][:MOST_LANDMARKS]
        )
        for each in near
    }
