"""Asking for the grids in force: which there are, what lies in one, which are beside it."""

from __future__ import annotations

import shapely
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from wenming.organisations.models import Account

from ..models import Grid, GridDraft, GridKind, GridLayer, Placement
from ..rules.geometry import METRES_PER_DEGREE
from .overlays import layers_in_force

BESIDE_M = 0.5


def grids_in_force() -> QuerySet[Grid]:
    """The grids of the newest layer of each kind."""
    layers = layers_in_force(("block", "strip", "unit")).order_by()
    return Grid.objects.filter(layer__in=layers.values("pk")).select_related("layer", "community__parent")


def grids_visible_to(user: Account | AnonymousUser) -> QuerySet[Grid]:
    """Grids in force, for those whose work needs them."""
    if not isinstance(user, Account) or not user.may("grids.see"):
        return Grid.objects.none()
    return grids_in_force()


def drafts_visible_to(user: Account | AnonymousUser) -> QuerySet[GridDraft]:
    """Drafts are seen by those who draw."""
    if not isinstance(user, Account) or not user.may("grids.draw"):
        return GridDraft.objects.none()
    return GridDraft.objects.select_related("based_on", "published_as", "opened_by")


def layers_visible_to(user: Account | AnonymousUser) -> QuerySet[GridLayer]:
    """Every version that was ever in force, the newest first."""
    if not isinstance(user, Account) or not user.may("grids.see"):
        return GridLayer.objects.none()
    return GridLayer.objects.filter(published_at__isnull=False).order_by("-published_at", "-pk")


def placements_in(grid: Grid) -> QuerySet[Placement]:
    """Everything with a place in a grid: by its home for a block, by its shape for a strip or unit over the blocks."""
    if grid.layer.kind == GridKind.BLOCK:
        return Placement.objects.filter(grid__code=grid.code, grid__layer__kind=GridKind.BLOCK)
    shape = grid.geometry
    boxed = Placement.objects.filter(
        latitude__range=(grid.min_lat, grid.max_lat), longitude__range=(grid.min_lon, grid.max_lon)
    )
    rows = list(boxed.values_list("pk", "longitude", "latitude"))
    if not rows or shape is None:
        return Placement.objects.none()
    hits = shapely.intersects_xy(shape, [lon for _pk, lon, _lat in rows], [lat for _pk, _lon, lat in rows])
    return Placement.objects.filter(pk__in=[row[0] for row, hit in zip(rows, hits, strict=True) if hit])


def neighbours_of(grid: Grid) -> list[Grid]:
    """Grids of the same kind whose border touches this one's, by code."""
    shape = grid.geometry
    if shape is None:
        return []
    near = Grid.objects.filter(
        layer=grid.layer, min_lon__lte=grid.max_lon, max_lon__gte=grid.min_lon, min_lat__lte=grid.max_lat, max_lat__gte=grid.min_lat
    ).exclude(pk=grid.pk)
    within = BESIDE_M / METRES_PER_DEGREE
    return [one for one in near.order_by("code") if one.geometry is not None and one.geometry.dwithin(shape, within)]
