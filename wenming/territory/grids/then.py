"""The grids that were in force at a moment: what is asked of the past is answered by the borders of then. Policy: 7.5.

Today's are in the trees of `homes` and `overlays`. A former version is asked of the database, by the box of the point.
Before the first version nobody knows other borders than its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import shapely
from django.db.models import Q

from ..homes import Cell, Home, current_index
from ..models import Grid, GridKind, GridLayer
from ..rules.precedence import by_precedence
from .overlays import GridHere, grids_at


def home_then(longitude: float, latitude: float, at: datetime) -> Home | None:
    """Town, community and block grid of a point at a moment; None outside the city."""
    index = current_index()
    if index.since is None or at >= index.since:
        return index.home_of(longitude, latitude)
    grid = next(_over(layers_at([GridKind.BLOCK], at), longitude, latitude), None)
    if grid is None or grid.community.parent is None:
        return None
    return Home(grid.community.parent, grid.community, Cell(grid.pk, grid.code, grid.name), grid.layer_id)


def grids_then(longitude: float, latitude: float, at: datetime) -> list[GridHere]:
    """Every grid over a point at a moment, the one that answers first; of one kind the lowest code is first."""
    published = GridLayer.objects.filter(published_at__isnull=False)
    if not published.filter(published_at__gt=at).exists():
        return grids_at(longitude, latitude)
    over = _over(layers_at(GridKind.values, at), longitude, latitude)
    return by_precedence(GridHere(one.pk, one.layer.kind, one.code, one.name, one.community.code, one.layer_id) for one in over)


def layers_at(kinds: Sequence[str], at: datetime) -> list[GridLayer]:
    """The version of each kind that was in force at a moment: from its publication on, until the next one's; else the first."""
    found: dict[str, GridLayer] = {}
    for layer in GridLayer.objects.filter(published_at__isnull=False, kind__in=list(kinds)).order_by("version"):
        if layer.kind not in found or _published(layer) <= at:
            found[layer.kind] = layer
    return [found[kind] for kind in sorted(found)]


def _published(layer: GridLayer) -> datetime:
    assert layer.published_at is not None
    return layer.published_at


def _over(layers: Sequence[GridLayer], longitude: float, latitude: float) -> Iterator[Grid]:
    """Grids of these layers whose ground or edge the point is on, by code."""
    boxed = Q(min_lon__lte=longitude, max_lon__gte=longitude, min_lat__lte=latitude, max_lat__gte=latitude)
    near = Grid.objects.filter(boxed, layer__in=layers).select_related("layer", "community__parent").order_by("code")
    point = shapely.Point(longitude, latitude)
    return (one for one in near.defer("community__wkb", "community__parent__wkb") if one.geometry is not None and one.geometry.intersects(point))
