"""Where things are, and the register of components."""

from .components import Component, ComponentEdition, Condition, Standing
from .grids import GridPost, GridRole
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

__all__ = [
    "Area", "Component", "ComponentEdition", "Condition", "Grid", "GridKind", "GridLayer", "GridPost", "GridRole", "Landmark", "Level", "Placement",
    "PlacementHoming", "Road", "Shape", "Source", "Standing", "Succession", "Water",
]  # fmt: skip
