"""Grids from other people's files: GeoJSON, shapefile (GBK too), GeoPackage, DXF, KML. Never taken in silently. Policy: 7.1.

The file is a stranger's: it is read by GDAL in a process of its own, which has limited memory and time, may use the five drivers
and nothing else, and reaches no network. What comes back is names, codes and shapes; everything else of the file stays there.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from wenming.refusals import BadInput

from ..models import Area, GridKind, Level
from ..rules.coordinates import Datum, to_cgcs2000
from ..rules.geometry import area_m2
from ..rules.precedence import is_grid_code, next_code
from ..rules.topology import Repair, propose_repair
from ..services import NewCell, city_outline

HOUSE = Path(__file__).resolve().parents[3]
MOST_BYTES = 30 * 1024 * 1024
MOST_UNPACKED = 200 * 1024 * 1024
MOST_PARTS = 40
MOST_GRIDS = 20_000
MOST_SECONDS = 60
MOST_MEMORY = 2 * 1024**3
KINDS = {".geojson": "GeoJSON", ".json": "GeoJSON", ".gpkg": "GPKG", ".dxf": "DXF", ".kml": "KML", ".zip": "ESRI Shapefile"}
OF_A_SHAPEFILE = {".shp", ".shx", ".dbf", ".prj", ".cpg"}
CODES = ("code", "grid_code", "bgcode", "网格编码", "编码", "标识码", "objcode")
NAMES = ("name", "grid_name", "bgname", "网格名称", "名称", "layer", "text")


class UnreadableFile(BadInput):
    """The file is none of those that are read, too large, or not what its name says."""

    code = "territory.unreadable-file"


@dataclass(frozen=True)
class ReadGrid:
    """A shape of the file in CGCS2000 degrees with what the file calls it."""

    code: str
    name: str
    geometry: BaseGeometry


@dataclass(frozen=True)
class Imported:
    """Grids that a file would bring, as they are and as they would be after the proposed repair. left_out: why, in words."""

    cells: list[NewCell]
    repair: Repair
    left_out: list[str]


def read_grids(content: bytes, name: str, datum: Datum) -> list[ReadGrid]:
    """Every area of the file. datum: what the person says the coordinates are in; never guessed.

    Raises UnreadableFile.
    """
    ending = Path(name).suffix.lower()
    if ending not in KINDS:
        raise UnreadableFile(_("能导入 GeoJSON、shapefile 压缩包（.zip）、GeoPackage（.gpkg）、DXF 和 KML，这个文件不是。"))
    if len(content) > MOST_BYTES:
        raise UnreadableFile(_("文件超过 30 MB。请只导出网格图层，或者分几个文件。"))
    with tempfile.TemporaryDirectory(prefix="wenming-grids-") as folder:
        path = _laid_out(content, ending, Path(folder))
        found = _read_apart(path, KINDS[ending])
    if len(found) > MOST_GRIDS:
        raise UnreadableFile(_("文件里有 %(count)d 个图形，一次最多 %(most)d 个。") % {"count": len(found), "most": MOST_GRIDS})
    return [one for row in found if (one := _grid(row, datum)) is not None]


def imported_grids(read: Sequence[ReadGrid], kind: str) -> Imported:
    """Which community each belongs to, its code, and a repair that is only a proposal."""
    areas = list(Area.objects.filter(level=Level.COMMUNITY, valid_to=None, wkb__isnull=False).order_by("code"))
    tree = shapely.STRtree([area.geometry for area in areas])
    taken: set[str] = {one.code for one in read}
    cells: dict[str, NewCell] = {}
    left_out = []
    for number, one in enumerate(read, start=1):
        shape = shapely.make_valid(one.geometry)
        near = tree.query(shape, "intersects")
        if not len(near):
            left_out.append(_("第 %(number)d 个图形“%(name)s”不在任何社区里。") % {"number": number, "name": one.name or one.code})
            continue
        home = areas[max(near.tolist(), key=lambda n: shape.intersection(areas[n].geometry).area)]
        code = one.code
        if not is_grid_code(code, home.code) or code in cells:
            code = next_code(home.code, kind, taken)
            told = {"number": number, "code": one.code or "—", "new": code}
            left_out.append(_("第 %(number)d 个图形的编码 %(code)s 不能用，改给 %(new)s。") % told)
        taken.add(code)
        cells[code] = NewCell(code, (one.name or code)[:60], home, one.geometry)
    shapes = {code: cell.geometry for code, cell in cells.items()}
    repair = propose_repair(shapes, _ground(cells.values())) if kind == GridKind.BLOCK else _made_valid(shapes)
    return Imported(list(cells.values()), repair, left_out)


def _ground(cells: Any) -> BaseGeometry | None:
    """What the file should cover: its communities, as far as they are drawn; for the whole city its outline."""
    homes = {cell.community.pk: cell.community for cell in cells}
    drawn = [area.geometry for area in Area.objects.filter(pk__in=homes)]
    everywhere = Area.objects.filter(level=Level.COMMUNITY, valid_to=None).count() == len(homes)
    return city_outline() if everywhere else shapely.union_all([shape for shape in drawn if shape is not None])


def _made_valid(shapes: dict[str, BaseGeometry]) -> Repair:
    """Strips and units only have their broken rings mended; whether they overlap is for the audit."""
    mended = {code: shape if shape.is_valid else _areas(shapely.make_valid(shape)) for code, shape in shapes.items()}
    told = [(code, area_m2(shapes[code]), area_m2(shape)) for code, shape in mended.items() if not shapes[code].is_valid]
    return Repair(mended, tuple(told))


def _areas(shape: BaseGeometry) -> BaseGeometry:
    return shapely.union_all([part for part in shapely.get_parts(shape) if part.geom_type in {"Polygon", "MultiPolygon"}])


def _laid_out(content: bytes, ending: str, folder: Path) -> Path:
    """The file in a folder of its own, under a name of ours; of an archive only the parts of one shapefile."""
    if ending != ".zip":
        path = folder / f"grids{ending}"
        path.write_bytes(content)
        return path
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [one for one in archive.infolist() if Path(one.filename).suffix.lower() in OF_A_SHAPEFILE and not one.is_dir()]
            if len(archive.infolist()) > MOST_PARTS or sum(one.file_size for one in parts) > MOST_UNPACKED:
                raise UnreadableFile(_("压缩包解开来太大，或者文件太多。请只放一个 shapefile。"))
            if sum(Path(one.filename).suffix.lower() == ".shp" for one in parts) != 1:
                raise UnreadableFile(_("压缩包里要正好有一个 .shp，还有同名的 .dbf、.shx 和 .prj。"))
            for one in parts:
                with archive.open(one) as packed:
                    unpacked = packed.read(MOST_UNPACKED + 1)
                if len(unpacked) > MOST_UNPACKED:
                    raise UnreadableFile(_("压缩包解开来太大，或者文件太多。请只放一个 shapefile。"))
                (folder / f"grids{Path(one.filename).suffix.lower()}").write_bytes(unpacked)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise UnreadableFile(_("压缩包打不开。请重新压缩成 .zip，不加密码。")) from error
    return folder / "grids.shp"


def _read_apart(path: Path, driver: str) -> list[dict[str, Any]]:
    """What the reader in its own process found."""
    environment = {
        "PATH": os.environ.get("PATH", ""), "PYTHONPATH": os.pathsep.join([str(HOUSE), *filter(None, sys.path)]), "OPENBLAS_NUM_THREADS": "1",
        "LC_ALL": "C.UTF-8",
        "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR" if driver != "ESRI Shapefile" else "FALSE", "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
        "GDAL_HTTP_TIMEOUT": "1", "GDAL_HTTP_MAX_RETRY": "0", "CPL_LOG": os.devnull,
        "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9",
    }  # fmt: skip
    command = [sys.executable, "-m", "wenming.territory.grids.reader", str(path), driver, str(MOST_MEMORY), str(MOST_SECONDS)]
    try:
        done = subprocess.run(  # noqa: S603 - our own reader, a path of our own making
            command, env=environment, capture_output=True, timeout=MOST_SECONDS + 10, cwd=path.parent, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise UnreadableFile(_("文件读了一分钟还没读完。请只导出网格图层再试。")) from error
    if done.returncode != 0:
        raise UnreadableFile(_("文件读不出来：可能损坏，或者和扩展名不符。请用 GIS 软件打开检查后再导出一次。"))
    told: list[dict[str, Any]] = json.loads(done.stdout)
    if not told:
        raise UnreadableFile(_("文件里没有面。网格要用面来画，闭合的线也可以。"))
    return told


def _grid(row: dict[str, Any], datum: Datum) -> ReadGrid | None:
    shape = shapely.from_wkb(row["wkb"])
    if shape.is_empty:
        return None
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise UnreadableFile(_("文件里的坐标不是经纬度（可能是投影坐标，单位是米）。请在 GIS 软件里另存为经纬度 EPSG:4490 再导入。"))
    shape = _in_cgcs2000(shape, datum)
    fields = {str(key).lower(): str(value or "").strip() for key, value in row["fields"].items()}
    code = next((fields[key] for key in CODES if fields.get(key)), "").removesuffix(".0")
    name = next((fields[key] for key in NAMES if fields.get(key)), "")
    return ReadGrid(code[:20], name[:60], shapely.transform(shape, lambda points: points.round(7)))


def _in_cgcs2000(shape: BaseGeometry, datum: Datum) -> BaseGeometry:
    if datum in {Datum.CGCS2000, Datum.WGS84}:
        return shape
    return shapely.transform(shape, lambda points: np.asarray([to_cgcs2000(x, y, datum) for x, y in points.tolist()]))
