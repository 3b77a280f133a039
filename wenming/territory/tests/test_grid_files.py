"""Grids from other people's files: five formats, GBK, hostile uploads, and a repair that is only proposed."""

import io
import json
import zipfile

import numpy as np
import pytest
import shapefile
import shapely

from wenming.refusals import BadInput
from wenming.territory.grids import files
from wenming.territory.grids.files import UnreadableFile, imported_grids, read_grids
from wenming.territory.rules.coordinates import Datum, from_cgcs2000
from wenming.territory.rules.coverage import Cell, audit_partition

from .conftest import SIDE, square

VRT = b"<OGRVRTDataSource><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTDataSource>"
HALVES = {"西坊甲": square(0, 0, 1, 0.5), "西坊乙": square(0, 0.5, 1, 0.5)}


def geojson(shapes):
    features = [
        {"type": "Feature", "properties": {"name": name, "code": f"44200000100100{n}"}, "geometry": shapely.geometry.mapping(shape)}
        for n, (name, shape) in enumerate(shapes.items(), start=1)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def written_by_gdal(tmp_path, ending, driver):
    from pyogrio.raw import write

    path = tmp_path / f"out{ending}"
    names = np.array(list(HALVES), dtype=object)
    write(
        path, np.array([shapely.to_wkb(one) for one in HALVES.values()], dtype=object), [names], ["Name"],
        driver=driver, geometry_type="Polygon", crs="EPSG:4326",
    )  # fmt: skip
    return path.read_bytes()


def gbk_shapefile(**more):
    parts = {name: io.BytesIO() for name in ("shp", "shx", "dbf")}
    with shapefile.Writer(**parts, shapeType=shapefile.POLYGON, encoding="gbk") as writer:
        writer.field("名称", "C", 60)
        for name, shape in HALVES.items():
            writer.poly([list(shape.exterior.coords)])
            writer.record(name)
    return archive({f"网格.{name}": part.getvalue() for name, part in parts.items()} | more)


def archive(parts):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return packed.getvalue()


def dxf():
    """Closed polylines, as a draughtsman's programme writes areas."""
    lines = ["0", "SECTION", "2", "ENTITIES"]
    for shape in HALVES.values():
        points = list(shape.exterior.coords)[:-1]
        lines += ["0", "LWPOLYLINE", "8", "GRID", "90", str(len(points)), "70", "1"]
        for x, y in points:
            lines += ["10", f"{x:.7f}", "20", f"{y:.7f}"]
    return "\n".join([*lines, "0", "ENDSEC", "0", "EOF", ""]).encode()


def test_geojson_names_and_codes_are_read():
    read = read_grids(geojson(HALVES), "网格.geojson", Datum.CGCS2000)
    assert [(one.name, one.code) for one in read] == [("西坊甲", "442000001001001"), ("西坊乙", "442000001001002")]
    assert read[0].geometry.symmetric_difference(HALVES["西坊甲"]).area < 1e-12


@pytest.mark.parametrize(("ending", "driver"), [(".gpkg", "GPKG"), (".kml", "KML")])
def test_what_gdal_writes_is_read(tmp_path, ending, driver):
    read = read_grids(written_by_gdal(tmp_path, ending, driver), f"网格{ending}", Datum.CGCS2000)
    assert [one.name for one in read] == list(HALVES)
    assert all(one.geometry.symmetric_difference(shape).area < 1e-10 for one, shape in zip(read, HALVES.values(), strict=True))


def test_a_shapefile_in_gbk_keeps_its_chinese():
    assert [one.name for one in read_grids(gbk_shapefile(), "网格.zip", Datum.CGCS2000)] == list(HALVES)


def test_closed_lines_of_a_drawing_are_areas():
    read = read_grids(dxf(), "网格.dxf", Datum.CGCS2000)
    assert [round(one.geometry.area / SIDE**2, 3) for one in read] == [0.5, 0.5]


def test_the_datum_is_what_the_person_says():
    shape = shapely.transform(HALVES["西坊甲"], lambda points: np.array([from_cgcs2000(x, y, Datum.GCJ02) for x, y in points]))
    (one,) = read_grids(geojson({"甲": shape}), "a.geojson", Datum.GCJ02)
    assert one.geometry.symmetric_difference(HALVES["西坊甲"]).area < 1e-9


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        pytest.param(b"MZ", "grids.exe", "这个文件不是", id="a programme"),
        pytest.param(VRT, "a.kml", "读不出来", id="a VRT that names another file"),
        pytest.param(b'{"type":"FeatureCollection","features":[', "a.geojson", "读不出来", id="half a file"),
        pytest.param(b"not a database", "a.gpkg", "读不出来", id="another file's content"),
        pytest.param(b"PK\x03\x04 broken", "a.zip", "压缩包打不开", id="a broken archive"),
        pytest.param(archive({"../../x.shp": b"", "b.shp": b""}), "a.zip", "正好有一个", id="two shapefiles, one with a path"),
        pytest.param(archive({f"{n}.txt": b"" for n in range(50)}), "a.zip", "文件太多", id="too many files"),
        pytest.param(geojson({"米": shapely.box(500_000, 2_490_000, 500_100, 2_490_100)}), "a.geojson", "不是经纬度", id="metres"),
        pytest.param(json.dumps({"type": "FeatureCollection", "features": []}).encode(), "a.geojson", "没有面|读不出来", id="nothing"),
    ],
)  # fmt: skip
def test_a_strangers_file_is_refused_in_words(content, name, words):
    with pytest.raises(UnreadableFile, match=words):
        read_grids(content, name, Datum.CGCS2000)


ZONE_38 = [(38436212.614673, 2491514.243117), (38437212.614673, 2491514.243117), (38437212.614673, 2492514.243117), (38436212.614673, 2492514.243117)]


@pytest.mark.parametrize(("ending", "driver"), [(".gpkg", "GPKG"), (".zip", "ESRI Shapefile")])
def test_a_projected_file_says_what_it_is_in_and_lands_where_it_was_drawn(tmp_path, ending, driver):
    """A square kilometre of zone 38 (EPSG:4526) whose corner PROJ puts at 113.38, 22.52."""
    from pyogrio.raw import write

    shape, path = shapely.Polygon(ZONE_38), tmp_path / f"out{'.shp' if ending == '.zip' else ending}"
    write(
        path, np.array([shapely.to_wkb(shape)], dtype=object), [np.array(["甲"], dtype=object)], ["Name"],
        driver=driver, geometry_type="Polygon", crs="EPSG:4526",
    )  # fmt: skip
    content = path.read_bytes() if ending == ".gpkg" else archive({one.name: one.read_bytes() for one in tmp_path.iterdir()})
    read = files.read_file(content, f"网格{ending}")
    assert (read.in_degrees, bool(read.system)) == (False, True)
    (one,) = files.in_degrees(read, read.system)
    corner = min(shapely.get_coordinates(one.geometry).tolist(), key=lambda at: at[0] + at[1])
    assert corner == pytest.approx([113.38, 22.52], abs=2e-7)
    assert one.geometry.area * 111_320**2 * np.cos(np.radians(22.52)) == pytest.approx(1e6, rel=0.01)


def test_numbers_that_nobody_named_are_offered_where_they_would_lie(areas):
    metres = files.ReadFile([files.ReadGrid("", "", shapely.box(744810, 2492333, 744910, 2492433))], "")
    found = files.candidates(metres)
    assert [one.system for one in found if one.in_city] == ["EPSG:32649"]
    assert {"EPSG:4508"} <= {one.system for one in found}
    degrees = files.ReadFile([files.ReadGrid("", "", square(0, 0))], "")
    assert [one.system for one in files.candidates(degrees)] == ["cgcs2000", "wgs84", "gcj02", "bd09"]


def test_a_bomb_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(files, "MOST_UNPACKED", 10_000)
    with pytest.raises(UnreadableFile, match="太大"):
        read_grids(gbk_shapefile(**{"网格.prj": b"0" * 100_000}), "网格.zip", Datum.CGCS2000)
    monkeypatch.setattr(files, "MOST_BYTES", 10)
    with pytest.raises(UnreadableFile, match="30 MB"):
        read_grids(geojson(HALVES), "a.geojson", Datum.CGCS2000)


def test_a_repair_is_proposed_and_what_was_brought_stays_as_it_was(areas):
    torn = {"甲": square(0, 0, 1, 0.5), "乙": square(0, 0.5005, 1, 0.4995), "远": square(9, 9)}
    brought = imported_grids(read_grids(geojson(torn), "a.geojson", Datum.CGCS2000), "block")
    assert [cell.name for cell in brought.cells] == ["甲", "乙"]
    assert "“远”不在任何社区里" in brought.left_out[-1]
    assert brought.cells[1].geometry.equals(torn["乙"]), "never silently"
    ((_code, before, after),) = brought.repair.changes
    assert after > before
    mended = [Cell(code, shape) for code, shape in brought.repair.cells.items()]
    assert audit_partition(mended, square(0, 0)).is_clean


def test_a_code_that_cannot_be_used_is_replaced_and_said_so(areas):
    shapes = geojson(HALVES).replace(b"442000001001002", b"1")
    brought = imported_grids(read_grids(shapes, "a.geojson", Datum.CGCS2000), "block")
    assert [cell.code for cell in brought.cells] == ["442000001001001", "442000001001002"]
    assert brought.left_out == ["第 2 个图形的编码 1 不能用，改给 442000001001002。"]


def test_an_archive_that_was_damaged_on_the_way_is_refused():
    whole = gbk_shapefile()
    for start in (60, 90, 120):
        damaged = bytearray(whole)
        damaged[start : start + 40] = bytes(byte ^ 0xFF for byte in whole[start : start + 40])
        with pytest.raises(UnreadableFile):
            read_grids(bytes(damaged), "网格.zip", "wgs84")
    with pytest.raises(UnreadableFile):
        read_grids(whole[:-30], "网格.zip", "wgs84")


def test_a_file_of_more_points_than_anybody_draws_is_refused_before_it_is_told(monkeypatch):
    circle = shapely.Point(113.385, 22.525).buffer(0.001, quad_segs=3000)
    feature = json.loads(geojson({"圆": circle}))["features"][0]
    many = json.dumps({"type": "FeatureCollection", "features": [feature] * 3}).encode()
    assert len(read_grids(many, "圆.geojson", "wgs84")) == 3
    honest = files.subprocess.run
    told_less = "import sys; from wenming.territory.grids import reader; reader.MOST_TOLD = 500_000; raise SystemExit(reader.main(*sys.argv[1:]))"

    def run(command, **more):
        return honest([command[0], "-c", told_less, *command[3:]], **more)

    monkeypatch.setattr(files.subprocess, "run", run)
    with pytest.raises(UnreadableFile, match="点数太多"):
        read_grids(many, "圆.geojson", "wgs84")


def test_a_community_without_codes_left_is_said_in_words(areas):
    tiny = [files.ReadGrid("", "", square(0.001 * n, 0, 0.001, 0.001)) for n in range(200)]
    with pytest.raises(BadInput, match="编码用完了"):
        imported_grids(tiny, "unit")
