"""What follows a layer that was published, beside the blocks' own homing: strips and units, and the posts of grids.

Blocks home every placement (`services.rehome_portion`). Strips and units lie over them: here it is written down which
placements a new version laid into another grid of its kind. Posts serve grids by code, and follow when a code ends. Policy: 7.2, 7.3.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from shapely.geometry.base import BaseGeometry

from wenming.journal import services as journal

from ..models import Grid, GridKind, GridLayer, GridPost, OverlayHoming, Placement, PlacementHoming
from ..rules.geometry import sound
from ..services import ROWS_PER_TRANSACTION, NewCell
from .differences import Move, Moving, moves_between, moving_of
from .drafts import cells_of_layer
from .overlays import layers_in_force
from .people import GridPostTaken, assign_post, end_post


def version_before(layer: GridLayer) -> GridLayer | None:
    """The version of the same kind that was in force until this one."""
    earlier = GridLayer.objects.filter(kind=layer.kind, version__lt=layer.version, published_at__isnull=False)
    return earlier.order_by("-version").first()


def moves_not_written(layer: GridLayer) -> list[Move]:
    """What the layer moved and nobody has written down yet; of strips and units only."""
    if layer.kind == GridKind.BLOCK:
        return []
    found = moves_between(cells_of_layer(version_before(layer)), cells_of_layer(layer))
    written = set(OverlayHoming.objects.filter(layer=layer).values_list("placement_id", flat=True))
    return [one for one in found if one.placement not in written]


@transaction.atomic
def write_moves(layer: GridLayer, moves: list[Move], *, now: datetime) -> bool:
    """One portion of them; whether more are left. The last one records how many the layer moved in all."""
    portion = moves[:ROWS_PER_TRANSACTION]
    before, after = _keys(version_before(layer)), _keys(layer)
    OverlayHoming.objects.bulk_create(
        (
            OverlayHoming(placement_id=one.placement, layer=layer, before_id=before.get(one.before), after_id=after.get(one.after), at=now)
            for one in portion
        ),
        ignore_conflicts=True,  # somebody looked at the same time
    )
    if len(moves) > len(portion):
        return True
    moved = OverlayHoming.objects.filter(layer=layer).count()
    journal.record("territory.rehomed", by=None, about=layer, now=now, changed=moved)
    return False


def _keys(layer: GridLayer | None) -> dict[str, int]:
    return dict(Grid.objects.filter(layer=layer).values_list("code", "pk")) if layer else {}


def moved_by(layer: GridLayer) -> Moving:
    """What the version moved into other grids when it came into force."""
    if layer.kind == GridKind.BLOCK:
        since = PlacementHoming.objects.filter(layer=layer, from_at__gte=layer.published_at)
        placements = Placement.objects.filter(pk__in=since.values("placement"))
    else:
        placements = Placement.objects.filter(pk__in=OverlayHoming.objects.filter(layer=layer).values("placement"))
    return moving_of(placements, placements.count())


def moved_rows(layer: GridLayer) -> QuerySet[Any]:
    """(key of the placement, code of its grid before and after, "" or None for none) of everything that the version moved."""
    if layer.kind != GridKind.BLOCK:
        return OverlayHoming.objects.filter(layer=layer).order_by("pk").values_list("placement_id", "before__code", "after__code")
    earlier = PlacementHoming.objects.filter(placement=OuterRef("placement"), pk__lt=OuterRef("pk")).order_by("-pk")
    homings = PlacementHoming.objects.filter(layer=layer, from_at__gte=layer.published_at).order_by("pk")
    before = Subquery(earlier.values("grid__code")[:1])
    return homings.annotate(was=before).values_list("placement_id", "was", "grid__code")


# --- posts of grids that are no more -----------------------------------------------------------------------------------


def posts_left_behind(layer: GridLayer) -> QuerySet[GridPost]:
    """Posts that serve a grid which some version before had and this one has not.

    Not only the version before: two may be published before the worker comes by, and then the newest moves them all.
    """
    before = Grid.objects.filter(layer__kind=layer.kind, layer__version__lt=layer.version, layer__published_at__isnull=False)
    gone = before.exclude(code__in=Grid.objects.filter(layer__in=layers_in_force(GridKind.values).order_by().values("pk")).values("code"))
    return GridPost.objects.filter(Q(valid_to=None), covers__in=gone.values("code")).select_related("post").order_by("pk")


def heirs(after: dict[str, NewCell], gone: dict[str, BaseGeometry]) -> dict[str, str]:
    """For each code that ends, the grid that has most of its ground from now on, if any has."""
    found = {}
    for code, shape in sorted(gone.items()):
        shares = [(sound(shape).intersection(sound(cell.geometry)).area, other) for other, cell in after.items() if cell.geometry.intersects(shape)]
        if shares and max(shares)[0] > 0:
            found[code] = max(shares)[1]
    return found


def _last_shapes(layer: GridLayer, codes: set[str]) -> dict[str, BaseGeometry]:
    """The ground that each of these codes had in the last version before this one that knew it."""
    rows = Grid.objects.filter(layer__kind=layer.kind, layer__version__lt=layer.version, code__in=codes).order_by("layer__version")
    return {one.code: shape for one in rows if (shape := one.geometry) is not None}


@transaction.atomic
def posts_follow(layer: GridLayer, *, on: date, now: datetime) -> int:
    """Each of them ends on that day and serves the heir of its ground instead, unless that one has its chief already."""
    left = list(posts_left_behind(layer))
    if not left:
        return 0
    heir = heirs(cells_of_layer(layer), _last_shapes(layer, {one.covers for one in left}))
    moved = 0
    for one in left:
        end_post(one, on=max(on, one.valid_from), by=None, now=now)
        try:
            if one.covers in heir:
                assign_post(one.post, covers=heir[one.covers], role=one.role, on=max(on, one.valid_from), by=None, now=now)
                moved += 1
        except GridPostTaken:
            continue  # the heir keeps its own chief; that this post serves nothing now stands in the journal
    return moved
