"""How many things lie in each cell of a tile, where they are more than can be told apart. Policy: 7.6.

Pure. A thing is in one cell of one tile of a zoom, so the numbers of a zoom add up to all there are; the same things always
give the same cells in the same order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .mvt import tile_bounds

# Along an edge of a tile, which is 512 pixels on a screen.
CELLS = 8


@dataclass(frozen=True)
class Counted:
    """The cells of a tile that hold something, from the south-west on.

    many: how many lie in each; longitudes, latitudes: where they lie on average; first: the place in the list of one of them.
    """

    many: np.ndarray
    longitudes: np.ndarray
    latitudes: np.ndarray
    first: np.ndarray


def counted(longitudes: np.ndarray, latitudes: np.ndarray, z: int, x: int, y: int) -> Counted:
    """The points within the tile by cells; what lies beyond its edges is counted by its neighbours."""
    west, south, east, north = tile_bounds(z, x, y, buffer=0)
    here = np.flatnonzero((longitudes >= west) & (longitudes < east) & (latitudes >= south) & (latitudes < north))
    lon, lat = longitudes[here], latitudes[here]
    # By degrees and not by the map's metres: within a tile the rows are as good as equally high.
    column = np.minimum((lon - west) / (east - west) * CELLS, CELLS - 1).astype(int)
    row = np.minimum((lat - south) / (north - south) * CELLS, CELLS - 1).astype(int)
    _cell, first, which, many = np.unique(row * CELLS + column, return_index=True, return_inverse=True, return_counts=True)
    return Counted(many, np.bincount(which, lon) / many, np.bincount(which, lat) / many, here[first])
