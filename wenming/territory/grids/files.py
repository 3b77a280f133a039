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
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from wenming.refusals import BadInput

from ..models import Area, GridKind, Level
from ..rules.coordinates import Datum, to_cgcs2000
from ..rules.geometry import Bounds, area_m2, sound
from ..rules.precedence import is_grid_code
from ..rules.projections import PROJECTIONS, Projection, declared, plausible
from ..rules.topology import Repair, propose_repair
from ..services import NewCell, city_outline
from .codes import codes_once_used, free_code

HOUSE = Path(__file__).resolve().parents[3]
MOST_BYTES = 30 * 1024 * 1024
MOST_UNPACKED = 200 * 1024 * 1024
MOST_PARTS = 40
MOST_GRIDS = 20_000
MOST_SECONDS = 60
MOST_MEMORY = 2 * 1024**3
# What the reader ends with where it would have to tell more than `reader.MOST_TOLD`.
TOO_MUCH = 4
KINDS = {".geojson": "GeoJSON", ".json": "GeoJSON", ".gpkg": "GPKG", ".dxf": "DXF", ".kml": "KML", ".zip": "ESRI Shapefile"}
OF_A_SHAPEFILE = {".shp", ".shx", ".dbf", ".prj", ".cpg"}
CODES = ("code", "grid_code", "bgcode", "网格编码", "编码", "标识码", "objcode")
NAMES = ("name", "grid_name", "bgname", "网格名称", "名称", "layer", "text")


class UnreadableFile(BadInput):
    """The file is none of those that are read, too large, or not what its name says."""

    code = "territory.unreadable-file"


@dataclass(frozen=True)
class ReadGrid:
    """A shape of the file with what the file calls it; in CGCS2000 degrees, or (`ReadFile`) as the file has it."""

    code: str
    name: str
    geometry: BaseGeometry


@dataclass(frozen=True)
class Imported:
    """Grids that a file would bring, as they are and as they would be after the proposed repair. left_out: why, in words."""

    cells: list[NewCell]
    repair: Repair
    left_out: list[str]


@dataclass(frozen=True)
class ReadFile:
    """What a file holds, in its own coordinates. says: what it declares about them, "" where it declares nothing."""

    shapes: list[ReadGrid]
    says: str

    @property
    def bounds(self) -> Bounds:
        west, south, east, north = shapely.total_bounds([one.geometry for one in self.shapes]).tolist()
        return west, south, east, north

    @property
    def in_degrees(self) -> bool:
        """Whether the numbers can be degrees at all."""
        west, south, east, north = self.bounds
        return -180 <= west <= east <= 180 and -90 <= south <= north <= 90

    @property
    def system(self) -> str:
        """The declared system that is understood and fits the numbers: a datum, or the name of a projection; "" to ask."""
        found = declared(self.says)
        if isinstance(found, Projection):
            return "" if self.in_degrees else self.says
        return found if found and self.in_degrees else ""


def read_file(content: bytes, name: str) -> ReadFile:
    """Every area of the file as it is. Raises UnreadableFile."""
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
    said = {row["crs"] for row in found}
    if len(said) > 1:
        raise UnreadableFile(_("文件里几个图层的坐标系不一样，分不清按哪个。请一个图层存一个文件。"))
    shapes = [one for row in found if (one := _as_drawn(row)) is not None]
    if not shapes:
        raise UnreadableFile(_("文件里没有面。网格要用面来画，闭合的线也可以。"))
    return ReadFile(shapes, said.pop())


def read_grids(content: bytes, name: str, system: str) -> list[ReadGrid]:
    """Every area of the file in CGCS2000 degrees. Raises UnreadableFile."""
    return in_degrees(read_file(content, name), system)


def in_degrees(read: ReadFile, system: str) -> list[ReadGrid]:
    """The shapes in CGCS2000 degrees. system: a datum of degrees or a projection, as declared or as somebody said; never guessed.

    Raises UnreadableFile where the numbers cannot be in that system.
    """
    known = PROJECTIONS.get(system) or declared(system)
    if isinstance(known, Projection):
        return [replace(one, geometry=_unprojected(one.geometry, known)) for one in read.shapes]
    if system not in set(Datum) or not read.in_degrees:
        raise UnreadableFile(_("文件里的坐标是米，不是经纬度，要知道它用的是哪个投影。请选坐标系，或者让画图的人在文件里写明。"))
    return [replace(one, geometry=_rounded(_in_cgcs2000(one.geometry, Datum(system)))) for one in read.shapes]


@dataclass(frozen=True)
class Candidate:
    """One system that the numbers could be in, and where the middle of the file would lie in CGCS2000 degrees."""

    system: str
    words: str
    longitude: float
    latitude: float
    in_city: bool


def candidates(read: ReadFile) -> list[Candidate]:
    """Every system in which the file would lie in or near the city, the nearest first: for a person to choose from."""
    west, south, east, north = read.bounds
    x, y = (west + east) / 2, (south + north) / 2
    outline = city_outline()
    if read.in_degrees:
        found = [(datum.value, datum.label, *to_cgcs2000(x, y, datum)) for datum in Datum]
    else:
        middle = outline.centroid if outline is not None else shapely.Point(114, 30)
        found = [(one.name, projection_words(one), lon, lat) for one, lon, lat in plausible(x, y, (middle.x, middle.y))]
    return [
        Candidate(system, words, round(lon, 6), round(lat, 6), outline is not None and bool(outline.covers(shapely.Point(lon, lat))))
        for system, words, lon, lat in found
    ]


def projection_words(one: Projection) -> str:
    """“CGCS2000 3° 带第 38 带（EPSG:4526）”."""
    words = {
        "zone3": _("CGCS2000 3° 带第 %(number)s 带，带号写在横坐标前"), "meridian3": _("CGCS2000 3° 带，中央经线 %(number)s°"),
        "zone6": _("CGCS2000 6° 带第 %(number)s 带，带号写在横坐标前"), "meridian6": _("CGCS2000 6° 带，中央经线 %(number)s°"),
        "utm": _("WGS 84 UTM %(number)s 带"), "mercator": _("网络地图的墨卡托投影"), "told": "%(number)s",
    }[one.form] % {"number": one.number}  # fmt: skip
    return words if one.form == "told" else f"{words}（{one.name}）"


def system_words(system: str) -> str:
    """What a system is called: a datum of degrees, a projection, or what a file says that is not understood."""
    known = PROJECTIONS.get(system) or declared(system)
    if isinstance(known, Projection):
        return projection_words(known)
    return Datum(system).label if system in set(Datum) else system[:80]


def imported_grids(read: Sequence[ReadGrid], kind: str) -> Imported:
    """Which community each belongs to, its code, and a repair that is only a proposal."""
    areas = list(Area.objects.filter(level=Level.COMMUNITY, valid_to=None, wkb__isnull=False).order_by("code"))
    drawn = [area.geometry for area in areas]
    tree = shapely.STRtree(drawn)
    taken: set[str] = {one.code for one in read}
    known: set[str] = set()
    cells: dict[str, NewCell] = {}
    left_out = []
    for number, one in enumerate(read, start=1):
        shape = shapely.make_valid(one.geometry)
        near = tree.query(shape, "intersects")
        if not len(near):
            left_out.append(_("第 %(number)d 个图形“%(name)s”不在任何社区里。") % {"number": number, "name": one.name or one.code})
            continue
        home = areas[max(near.tolist(), key=lambda n: shape.intersection(drawn[n]).area)]
        code = one.code
        if not is_grid_code(code, home.code) or code in cells:
            if home.code not in known:
                known.add(home.code)
                taken |= codes_once_used(home)
            code = free_code(home, kind, taken)
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
    mended = {code: sound(shape) for code, shape in shapes.items()}
    told = [(code, area_m2(shapes[code]), area_m2(shape)) for code, shape in mended.items() if not shapes[code].is_valid]
    return Repair(mended, tuple(told))


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
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
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
    if done.returncode == TOO_MUCH:
        raise UnreadableFile(_("文件里的图形点数太多。请只导出网格图层，或者分几个文件。"))
    if done.returncode != 0:
        raise UnreadableFile(_("文件读不出来：可能损坏，或者和扩展名不符。请用 GIS 软件打开检查后再导出一次。"))
    told: list[dict[str, Any]] = json.loads(done.stdout)
    if not told:
        raise UnreadableFile(_("文件里没有面。网格要用面来画，闭合的线也可以。"))
    return told


def _as_drawn(row: dict[str, Any]) -> ReadGrid | None:
    shape = shapely.from_wkb(row["wkb"])
    if shape.is_empty or not np.isfinite(shapely.get_coordinates(shape)).all():
        return None
    fields = {str(key).lower(): str(value or "").strip() for key, value in row["fields"].items()}
    code = next((fields[key] for key in CODES if fields.get(key)), "").removesuffix(".0")
    name = next((fields[key] for key in NAMES if fields.get(key)), "")
    return ReadGrid(code[:20], name[:60], shape)


def _unprojected(shape: BaseGeometry, projection: Projection) -> BaseGeometry:
    points = projection.to_degrees(shapely.get_coordinates(shape))
    if not np.isfinite(points).all() or (np.abs(points) > [180, 90]).any():
        told = {"system": projection_words(projection)}
        raise UnreadableFile(_("按%(system)s换算，有的点落不到地面上：坐标系选得不对，或者文件里的坐标系写错了。") % told)
    return _rounded(shapely.transform(shape, lambda _metres: points))


def _rounded(shape: BaseGeometry) -> BaseGeometry:
    return shapely.transform(shape, lambda points: points.round(7))


def _in_cgcs2000(shape: BaseGeometry, datum: Datum) -> BaseGeometry:
    if datum in {Datum.CGCS2000, Datum.WGS84}:
        return shape
    return shapely.transform(shape, lambda points: np.asarray([to_cgcs2000(x, y, datum) for x, y in points.tolist()]))
