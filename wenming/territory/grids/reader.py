"""Reads a stranger's geographic file in a process of its own: `python -m wenming.territory.grids.reader PATH DRIVER BYTES SECONDS`.

Prints a JSON list of {"wkb" (hex), "fields", "crs"}; crs: what the layer declares about its coordinates, "" for nothing.
Anything it cannot do ends it with a code that is not 0. Memory,
processor time and drivers are limited before GDAL is loaded.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys

DRIVERS = ("GeoJSON", "GPKG", "DXF", "KML", "LIBKML", "ESRI Shapefile")
MOST_SHAPES = 20_001
# Bytes of shapes and fields that whoever asked has to hold: a drawing may repeat one block ten thousand times.
MOST_TOLD, TOO_MUCH = 128 * 1024 * 1024, 4


def limit(memory: int, seconds: int) -> None:
    """No more memory, time or files than this, for ever."""
    import resource

    for what, most in (
        (resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def main(path: str, driver: str, memory: str, seconds: str) -> int:
    limit(int(memory), int(seconds))
    os.environ["OGR_SKIP"] = "OGR_VRT,VRT,GMLAS,CSV,WFS,OAPIF,PGDUMP,SQLite,MVT,PMTiles,ODS,XLSX,GPX,GML,S57"
    import pyogrio
    import shapely
    from pyogrio.raw import read

    # A shapefile that does not say its encoding is UTF-8 if it can be, else what Chinese offices write.
    says = driver != "ESRI Shapefile" or os.path.exists(path[:-4] + ".cpg")
    encodings = (None,) if says else ("UTF-8", "GB18030")
    found, told_bytes = [], 0
    layers = pyogrio.list_layers(path)[:, 0].tolist()
    for layer in layers[:20]:
        for encoding in encodings:
            try:
                meta, _fids, wkb, fields = read(path, layer=layer, encoding=encoding, max_features=MOST_SHAPES)
            except UnicodeDecodeError:
                continue
            break
        else:
            return 3
        for number, shape in enumerate(shapely.force_2d(shapely.from_wkb(wkb))):
            for area in _areas(shape):
                told = {str(name): _plain(column[number]) for name, column in zip(meta["fields"], fields, strict=True)}
                told_bytes += 2 * 16 * shapely.get_num_coordinates(area) + sum(len(value or "") for value in told.values())
                if told_bytes > MOST_TOLD:
                    return TOO_MUCH
                found.append({"wkb": shapely.to_wkb(area, hex=True), "fields": told, "crs": meta["crs"] or ""})
    json.dump(found, sys.stdout)
    return 0


def _areas(shape):  # type: ignore[no-untyped-def]
    """Areas as they are; a closed line (as DXF draws them) is the area that it surrounds."""
    import shapely

    if shape is None or shape.is_empty:
        return []
    if shape.geom_type in {"Polygon", "MultiPolygon"}:
        return [shape]
    if shape.geom_type == "LineString" and shape.is_closed and len(shape.coords) > 3:
        return [shapely.Polygon(shape)]
    if shape.geom_type in {"GeometryCollection", "MultiLineString"}:
        return [area for part in shape.geoms for area in _areas(part)]
    return []


def _plain(value):  # type: ignore[no-untyped-def]
    return None if value is None else str(value)


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
