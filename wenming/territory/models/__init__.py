"""Where things are, and the register of components."""

from .components import Component, ComponentEdition, Condition, Standing
from .counts import CountEdition, HeadCount
from .frontages import EdgeStretch, ManagedStreet, Premises, PremisesKind, RunBy, Side
from .grids import DraftedGrid, DraftStep, GridDraft, GridPost, GridRole, SignedFault, StagedGrids
from .places import (
    Area,
    Grid,
    GridKind,
    GridLayer,
    Landmark,
    Level,
    OverlayHoming,
    Placement,
    PlacementHoming,
    Road,
    Shape,
    Source,
    Succession,
    Water,
)
from .public_places import Place, PlaceCondition, PlaceEdition, PlaceKind, PlaceOrigin, PlaceStanding

__all__ = [
    "Area", "Component", "ComponentEdition", "Condition", "CountEdition", "DraftStep", "DraftedGrid", "EdgeStretch", "Grid",
    "GridDraft", "GridKind", "GridLayer", "GridPost", "GridRole", "HeadCount", "Landmark", "Level", "ManagedStreet", "OverlayHoming", "Place",
    "PlaceCondition", "PlaceEdition", "PlaceKind", "PlaceOrigin", "PlaceStanding", "Placement", "PlacementHoming",
    "Premises", "PremisesKind", "Road", "RunBy", "Shape", "Side", "SignedFault", "Source", "StagedGrids", "Standing", "Succession",
    "Water",
]  # fmt: skip
