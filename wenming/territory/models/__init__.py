"""Where things are, and the register of components."""

from .components import Component, ComponentEdition, Condition, Standing
from .frontages import EdgeStretch, ManagedStreet, Premises, PremisesKind, RunBy, Side
from .grids import DraftedGrid, DraftStep, GridDraft, GridPost, GridRole, SignedFault
from .places import (
    Area,
    Grid,
    GridKind,
    GridLayer,
    Landmark,
    Level,
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
    "Area", "Component", "ComponentEdition", "Condition", "DraftStep", "DraftedGrid", "EdgeStretch", "Grid",
    "GridDraft", "GridKind", "GridLayer", "GridPost", "GridRole", "Landmark", "Level", "ManagedStreet", "Place",
    "PlaceCondition", "PlaceEdition", "PlaceKind", "PlaceOrigin", "PlaceStanding", "Placement", "PlacementHoming",
    "Premises", "PremisesKind", "Road", "RunBy", "Shape", "Side", "SignedFault", "Source", "Standing", "Succession",
    "Water",
]  # fmt: skip
