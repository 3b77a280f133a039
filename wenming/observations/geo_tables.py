"""Reading what a GIS gives out - GeoJSON, GeoPackage, zipped shapefiles - as a table whose last column is the geometry.

Read with what Python has (json, sqlite3, zipfile) and pyshp; no GDAL in the process that serves people (decision 13).
Nothing is converted here: which datum the numbers are in is said by a person, and what the file says of it is told them.
"""

from __future__ import annotations

import io
import json
import re
import sqlite3
import struct
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import shapefile
import shapely
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from .tables import MOST_BYTES, MOST_COLUMNS, MOST_ROWS, Table, UnreadableTable, read_table

GEOMETRY = "几何（WKT）"
MOST_UNPACKED = 4 * MOST_BYTES
MOST_IN_ARCHIVE = 200
# The code page 936 (GBK) as dBASE files state it.
LANGUAGE_936 = 0x4D
_ENVELOPE_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_SECONDS_OF_SQL = 5_000_000  # virtual machine steps; a honest file of 200,000 features needs a tenth of them


@dataclass(frozen=True)
class GeoTable:
    """The table, and what the file itself says of its coordinates ("" where it says nothing)."""

    table: Table
    declared: str = ""


def read_any(content: bytes, name: str) -> GeoTable:
    """A spreadsheet or a GIS file, by what it holds. Raises UnreadableTable with what to do about it."""
    if len(content) > MOST_BYTES:
        raise UnreadableTable(_("文件超过 50 MB。请分成几个文件再导入。"))
    lower = name.lower()
    if content[:16] == b"SQLite format 3\x00":
        return _geopackage(content)
    if content[:4] == b"PK\x03\x04" and not lower.endswith((".xlsx", ".xlsm")):
        return _zipped_shapefile(content)
    if lower.endswith((".shp", ".dbf", ".shx")):
        raise UnreadableTable(_("只有一个 .shp 不够。请把同名的 .shp、.shx、.dbf、.prj 一起压缩成 .zip 再导入。"))
    if lower.endswith((".geojson", ".json")) or content.lstrip()[:1] == b"{":
        return _geojson(content)
    return GeoTable(read_table(content, name))


# --- GeoJSON ---------------------------------------------------------------------------------------------------------


def _geojson(content: bytes) -> GeoTable:
    try:
        whole = json.loads(content.decode("utf-8-sig"))
        features = whole["features"] if whole["type"] == "FeatureCollection" else [whole]
        read = [(feature.get("properties") or {}, _shape(feature.get("geometry"))) for feature in features]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as wrong:
        raise UnreadableTable(_("这个 GeoJSON 文件读不懂。请在 QGIS 里重新导出成 GeoJSON（UTF-8）再导入。")) from wrong
    crs = whole.get("crs")
    named = crs.get("properties", {}).get("name", "") if isinstance(crs, dict) else ""
    return GeoTable(_table(read), str(named)[:120])


def _shape(mapping: Any) -> BaseGeometry | None:
    if mapping is None:
        return None
    try:
        return shapely.geometry.shape(mapping)
    except (shapely.errors.ShapelyError, UnicodeDecodeError, AttributeError, IndexError, KeyError) as wrong:
        raise ValueError("no geometry") from wrong


# --- GeoPackage ------------------------------------------------------------------------------------------------------


def _geopackage(content: bytes) -> GeoTable:
    """A GeoPackage is an SQLite database that somebody else wrote: read only, without its triggers, within a budget."""
    with tempfile.NamedTemporaryFile(suffix=".gpkg") as file:
        file.write(content)
        file.flush()
        # immutable: neither a journal nor a lock is looked for, so a file in WAL mode opens too.
        with closing(sqlite3.connect(f"file:{file.name}?mode=ro&immutable=1", uri=True)) as database:
            database.execute("PRAGMA trusted_schema = OFF")
            steps = iter(range(_SECONDS_OF_SQL // 1000))
            database.set_progress_handler(lambda: next(steps, None) is None, 1000)
            try:
                return _layer(database)
            except (sqlite3.Error, shapely.errors.ShapelyError, struct.error, KeyError) as wrong:
                raise UnreadableTable(_("这个 GeoPackage 读不懂。请在 QGIS 里重新导出，只选部件这一个图层。")) from wrong


def _layer(database: sqlite3.Connection) -> GeoTable:
    layers = database.execute(
        "SELECT g.table_name, g.column_name, g.srs_id FROM gpkg_geometry_columns g "
        "JOIN gpkg_contents c ON c.table_name = g.table_name AND c.data_type = 'features'"
    ).fetchall()
    if len(layers) != 1:
        raise UnreadableTable(
            _("文件里有 %(count)d 个图层。请在 QGIS 里只导出部件这一个图层。") % {"count": len(layers)}
        )
    table, column, srs = layers[0]
    declared = database.execute(
        "SELECT organization || ':' || organization_coordsys_id || ' ' || srs_name, definition FROM gpkg_spatial_ref_sys "
        "WHERE srs_id = ?", (srs,),
    ).fetchone()  # fmt: skip
    _refuse_projected(declared[1] if declared else "")
    rows = database.execute(f"SELECT * FROM {_quoted(table)} LIMIT {MOST_ROWS + 1}")  # noqa: S608 - quoted name of its own
    names = [each[0] for each in rows.description]
    at = names.index(column)
    read = [
        ({name: value for n, (name, value) in enumerate(zip(names, row, strict=True)) if n != at}, _unwrapped(row[at]))
        for row in rows
    ]
    return GeoTable(_table(read), declared[0][:120] if declared else "")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _unwrapped(blob: bytes | None) -> BaseGeometry | None:
    """A GeoPackage's geometry: its own header, then WKB."""
    if blob is None:
        return None
    if blob[:2] != b"GP":
        raise KeyError("no GeoPackage geometry")
    flags = blob[3]
    if flags & 0b10000:
        return None
    return shapely.from_wkb(blob[8 + _ENVELOPE_BYTES[(flags >> 1) & 7] :])


# --- shapefile -------------------------------------------------------------------------------------------------------


def _zipped_shapefile(content: bytes) -> GeoTable:
    parts = _unpacked(content)
    bases = [name for name in parts if name.endswith(".shp")]
    if len(bases) != 1:
        raise UnreadableTable(
            _("压缩包里要有且只有一个 .shp，现在是 %(count)d 个。请只压缩部件这一个图层。") % {"count": len(bases)}
        )
    base = bases[0].removesuffix(".shp")
    if f"{base}.dbf" not in parts:
        raise UnreadableTable(_("压缩包里少了 %(name)s.dbf，没有属性。请把同名的几个文件一起压缩。") % {"name": base})
    projection = parts.get(f"{base}.prj", b"").decode("utf-8", "replace")
    _refuse_projected(projection)
    named = re.search(r'GEOGCS\["([^"]{1,80})"', projection)
    try:
        return GeoTable(_read_shapes(parts, base), named[1] if named else "")
    except (shapefile.ShapefileException, shapely.errors.ShapelyError, struct.error, ValueError, KeyError, IndexError,
            AttributeError, TypeError, EOFError) as wrong:  # fmt: skip
        raise UnreadableTable(_("这个 shapefile 读不懂，可能没有压缩完整。请在 GIS 软件里重新导出。")) from wrong


def _unpacked(content: bytes) -> dict[str, bytes]:
    """{lower-case name within the archive: bytes} of what belongs to a shapefile; never more than we have room for."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            wanted = [one for one in archive.infolist() if one.filename.lower().endswith((".shp", ".shx", ".dbf", ".prj", ".cpg"))]
            if len(wanted) > MOST_IN_ARCHIVE or sum(one.file_size for one in wanted) > MOST_UNPACKED:
                raise UnreadableTable(_("压缩包太大了。请分成几个文件再导入。"))
            parts, room = {}, MOST_UNPACKED
            for one in wanted:
                with archive.open(one) as file:
                    # What the directory says of a size is not believed.
                    part = file.read(room + 1)
                room -= len(part)
                if room < 0:
                    raise UnreadableTable(_("压缩包太大了。请分成几个文件再导入。"))
                parts[one.filename.lower()] = part
            return parts
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as wrong:
        raise UnreadableTable(_("压缩包打不开。请重新压缩成普通的 .zip，不要设密码。")) from wrong


def _read_shapes(parts: dict[str, bytes], base: str) -> Table:
    encoding = _encoding(parts, base)
    opened = {kind: io.BytesIO(parts[f"{base}.{kind}"]) for kind in ("shp", "shx", "dbf") if f"{base}.{kind}" in parts}
    # A name of ten bytes may be cut within a character; its letters are lost then, the rows are not.
    with shapefile.Reader(**opened, encoding=encoding, encodingErrors="replace") as reader:
        names = [field[0] for field in reader.fields if field[0] != "DeletionFlag"]
        read = []
        for one in reader.iterShapeRecords():
            geometry = None if one.shape.shapeType == shapefile.NULL else _shape(one.shape.__geo_interface__)
            read.append((dict(zip(names, one.record, strict=True)), geometry))
            if len(read) > MOST_ROWS:
                break
    return _table(read)


def _encoding(parts: dict[str, bytes], base: str) -> str:
    """What the .cpg says; else what the table's own header says; else the first that fits: UTF-8, then GBK."""
    said = parts.get(f"{base}.cpg", b"").decode("ascii", "ignore").strip().lower()
    if said:
        return "utf-8" if said in {"utf-8", "utf8", "65001"} else "gb18030"
    table = parts[f"{base}.dbf"]
    if len(table) > 29 and table[29] == LANGUAGE_936:
        return "gb18030"
    # The rows alone: the head holds numbers, and names that may be cut within a character. So may a text that fills
    # its column, which is why one broken letter in twenty still counts as UTF-8; GBK breaks nearly all of them.
    rows = table[int.from_bytes(table[8:10], "little") :]
    letters = sum(byte > 127 for byte in rows) / 3
    broken = rows.decode("utf-8", "replace").count("\ufffd")
    return "utf-8" if broken * 20 <= letters else "gb18030"


# --- all of them -----------------------------------------------------------------------------------------------------


def _refuse_projected(definition: str) -> None:
    if definition.lstrip().upper().startswith(("PROJCS", "PROJCRS")):
        name = re.search(r'"([^"]{1,80})"', definition)
        raise UnreadableTable(
            _("文件用的是投影坐标（%(name)s，单位是米）。请在 QGIS 里另存为经纬度 EPSG:4490 再导入。")
            % {"name": name[1] if name else "?"}
        )


def _table(read: Sequence[tuple[dict[str, Any], BaseGeometry | None]]) -> Table:
    if not read:
        raise UnreadableTable(_("文件里一个部件也没有。请检查导出时有没有选中数据。"))
    if len(read) > MOST_ROWS:
        raise UnreadableTable(_("一次最多导入 %(most)d 行。请分成几个文件。") % {"most": MOST_ROWS})
    header = list(dict.fromkeys(str(name) for facts, _geometry in read for name in facts))[: MOST_COLUMNS - 1]
    wkt = _as_text([geometry for _facts, geometry in read])
    rows = [[*(_cell(facts.get(name)) for name in header), text] for (facts, _g), text in zip(read, wkt, strict=True)]
    return Table([*header, GEOMETRY], rows)


def _as_text(geometries: Iterable[BaseGeometry | None]) -> list[str]:
    return [
        shapely.to_wkt(one, rounding_precision=9, output_dimension=2) if one is not None and not one.is_empty else ""
        for one in geometries
    ]


def _cell(value: Any) -> Any:
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bytes):
        return ""
    return value.strip() if isinstance(value, str) else value
