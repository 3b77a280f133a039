"""Components from files: what is understood of each format, the verdict of each row, kills, repetitions, taking back."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import struct
import zipfile
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import shapefile
import shapely
from django.db import transaction

from wenming.cases.tests.story import at
from wenming.journal.models import Entry
from wenming.journal.selectors import verify
from wenming.journal.worker import run_waiting
from wenming.observations import batches
from wenming.observations import component_imports as imports
from wenming.observations.batches import BatchRefused
from wenming.observations.geo_tables import GEOMETRY, read_any
from wenming.observations.models import ImportBatch, ImportRow
from wenming.observations.models.imports import BatchState, RowState
from wenming.observations.tables import UnreadableTable
from wenming.refusals import NotAllowed
from wenming.standards.models import ProblemType, Scheme
from wenming.territory.components.services import correct_component, facts_of, retire_component
from wenming.territory.models import Area, Component, ComponentEdition, Condition, Level, Standing
from wenming.territory.rules.coordinates import Datum, wgs84_to_gcj02

NOW = at("11-16 09:00")
HEADER = ["标识码", "小类", "权属单位", "状态", "经度", "纬度", "位置"]
LAMP, COVER = "4420000137000001", "4420000101000001"
LON, LAT = 113.385, 22.525


def row(code: str = LAMP, kind: str = "路灯", owner: str = "环卫处", state: str = "完好", east: float = 0, **other: str) -> list[str]:
    lon = other.get("lon", f"{LON + east / 102_800:.7f}")
    return [code, kind, owner, state, lon, f"{LAT}", "民权路"]


def as_csv(rows: list[list[str]], encoding: str = "utf-8-sig") -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *rows])
    return text.getvalue().encode(encoding)


@pytest.fixture
def city(small_city: SimpleNamespace) -> SimpleNamespace:
    """The small city with an outline to lie in and a second kind of component."""
    area = Area(code="442000", level=Level.CITY, name="演示市", short_name="演示", kind="市", valid_from="2020-01-01")
    area.set_geometry(shapely.box(113.3, 22.4, 113.5, 22.6))
    area.save()
    town = Area(code="442000002", level=Level.TOWN, name="东区", short_name="东区", kind="街道", parent=area, valid_from="2020-01-01")
    town.set_geometry(shapely.box(113.3, 22.4, 113.5, 22.6))
    town.save()
    small_city.scheme = Scheme.objects.get(is_current=True)
    small_city.lamp = ProblemType.objects.create(
        scheme=small_city.scheme, kind="component", code="0137", big_code="01", big_name="公用设施", name="路灯",
        do_roles=["环卫机构"], confidence="high",
    )  # fmt: skip
    return small_city


@pytest.fixture
def look(city: SimpleNamespace) -> Callable[..., ImportBatch]:
    """`look(rows)`: the preview of a file; `datum` and `name` as wanted."""

    def preview(given: list[list[str]] | bytes, name: str = "部件.csv", datum: Datum = Datum.WGS84) -> ImportBatch:
        content = given if isinstance(given, bytes) else as_csv(given)
        return imports.preview(content, name, datum=datum, scheme=city.scheme, by=city.officer, now=NOW)

    return preview


@pytest.fixture
def bring_in(look: Callable[..., ImportBatch], city: SimpleNamespace) -> Callable[..., ImportBatch]:
    """`bring_in(rows)`: the same, confirmed, and the worker has been by."""

    def do(*args: object, **kwargs: object) -> ImportBatch:
        batch = look(*args, **kwargs)
        imports.confirm(batch, by=city.officer, now=NOW)
        run_waiting(NOW)
        batch.refresh_from_db()
        return batch

    return do


def states(batch: ImportBatch) -> list[str]:
    return list(batch.rows.values_list("state", flat=True))


def reasons(batch: ImportBatch) -> str:
    return "；".join(reason for row in batch.rows.all() for reason in row.reasons)


# --- formats: one lamp, told by every kind of file --------------------------------------------------------------------


def geojson() -> bytes:
    feature = {
        "type": "Feature", "geometry": {"type": "Point", "coordinates": [LON, LAT]},
        "properties": dict(zip(HEADER[:4], row()[:4], strict=True)),
    }  # fmt: skip
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


def shapes(encoding: str = "gbk", cpg: bool = False, prj: str = "") -> bytes:
    files = {kind: io.BytesIO() for kind in ("shp", "shx", "dbf")}
    with shapefile.Writer(**files, encoding=encoding) as writer:
        for name in ("标识码", "小类", "权属单位", "状态"):
            # Ten bytes are all that a column's name has.
            writer.field(name.encode(encoding)[:10].decode(encoding, "ignore"), "C", 40)
        writer.point(LON, LAT)
        writer.record(*row()[:4])
    table = bytearray(files["dbf"].getvalue())
    table[29] = 0
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for kind, file in files.items():
            archive.writestr(f"普查/路灯.{kind}", bytes(table) if kind == "dbf" else file.getvalue())
        if cpg:
            archive.writestr("普查/路灯.cpg", encoding)
        if prj:
            archive.writestr("普查/路灯.prj", prj)
    return packed.getvalue()


def geopackage(definition: str = 'GEOGCS["China Geodetic Coordinate System 2000"]', layers: int = 1) -> bytes:
    database = sqlite3.connect(":memory:")
    database.executescript(
        "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER, organization TEXT, "
        "organization_coordsys_id INTEGER, definition TEXT);"
        "CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT);"
        "CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, srs_id INTEGER);"
    )
    database.execute("INSERT INTO gpkg_spatial_ref_sys VALUES ('CGCS2000', 4490, 'EPSG', 4490, ?)", (definition,))
    wkb = shapely.to_wkb(shapely.Point(LON, LAT))
    blob = b"GP\x00\x03" + struct.pack("<i4d", 4490, LON, LON, LAT, LAT) + wkb
    for number in range(layers):
        name = f'路灯 "{number}"'
        quoted = '"' + name.replace('"', '""') + '"'
        database.execute("INSERT INTO gpkg_contents VALUES (?, 'features')", (name,))
        database.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 4490)", (name,))
        database.execute(f"CREATE TABLE {quoted} (fid INTEGER, geom BLOB, 标识码 TEXT, 小类 TEXT, 权属单位 TEXT, 状态 TEXT)")
        database.execute(f"INSERT INTO {quoted} VALUES (1, ?, ?, ?, ?, ?)", (blob, *row()[:4]))
    database.commit()
    return database.serialize()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        pytest.param(as_csv([row()]), "部件.csv", id="csv in UTF-8"),
        pytest.param(as_csv([row()], "gbk"), "部件.csv", id="csv in GBK"),
        pytest.param(geojson(), "部件.geojson", id="GeoJSON"),
        pytest.param(shapes(), "部件.zip", id="shapefile whose table is GBK and says nothing of it"),
        pytest.param(shapes("utf-8", cpg=True), "部件.zip", id="shapefile with a .cpg"),
        pytest.param(shapes("utf-8"), "部件.zip", id="shapefile in UTF-8 that says nothing of it"),
        pytest.param(geopackage(), "部件.gpkg", id="GeoPackage"),
    ],
)
def test_every_kind_of_file_tells_the_same_lamp(content: bytes, name: str, bring_in: Callable[..., ImportBatch]) -> None:
    batch = bring_in(content, name)

    assert states(batch) == [RowState.DONE], reasons(batch)
    lamp = Component.objects.get()
    assert (lamp.code, lamp.kind_code, lamp.owner.code) == (LAMP, "TEST:C0137", "SAN")
    assert lamp.placement.point == pytest.approx((LON, LAT))
    assert lamp.editions.get().source.startswith(f"导入 {batch.pk}：{name} 第 2 行")


def test_what_a_file_says_of_its_coordinates_is_kept_and_never_believed(look: Callable[..., ImportBatch]) -> None:
    assert look(geopackage(), "部件.gpkg").options["declared"] == "EPSG:4490 CGCS2000"
    assert look(shapes(prj='GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",…'), "a.zip").options["declared"].startswith("GCS_China")


def test_the_datum_is_the_one_the_person_states(bring_in: Callable[..., ImportBatch]) -> None:
    lon, lat = wgs84_to_gcj02(LON, LAT)
    given = [LAMP, "路灯", "环卫处", "完好", repr(lon), repr(lat), ""]
    bring_in([given], datum=Datum.GCJ02)

    placed = Component.objects.get().placement
    assert placed.point == pytest.approx((LON, LAT), abs=1e-6) and placed.given_datum == Datum.GCJ02


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        pytest.param(shapes(prj='PROJCS["CGCS2000_3_Degree_GK_CM_114E",…'), "a.zip", "投影坐标", id="metres in a shapefile"),
        pytest.param(geopackage('PROJCS["CGCS2000 / 3-degree"]'), "a.gpkg", "投影坐标", id="metres in a GeoPackage"),
        pytest.param(geopackage(layers=2), "a.gpkg", "2 个图层", id="several layers"),
        pytest.param(geopackage()[:3000], "a.gpkg", "读不懂", id="half a GeoPackage"),
        pytest.param(b"{", "a.geojson", "读不懂", id="no JSON"),
        pytest.param(b'{"type":"FeatureCollection","features":[]}', "a.geojson", "一个部件也没有", id="nothing in it"),
        pytest.param(b'{"type":"FeatureCollection","features":[{"geometry":{"type":"Point"}}]}', "a.geojson", "读不懂", id="no shape"),
        pytest.param(shapes()[:200], "a.zip", "压缩包打不开", id="half an archive"),
        pytest.param(b"\x00\x00\x27\x0a", "a.shp", "一起压缩", id="a lonely .shp"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(content: bytes, name: str, why: str) -> None:
    with pytest.raises(UnreadableTable, match=why):
        read_any(content, name)


def test_an_archive_that_unpacks_beyond_measure_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wenming.observations.geo_tables.MOST_UNPACKED", 100)
    with pytest.raises(UnreadableTable, match="太大"):
        read_any(shapes(), "a.zip")


def test_a_line_comes_in_with_its_shape(bring_in: Callable[..., ImportBatch]) -> None:
    line = {"type": "LineString", "coordinates": [[LON, LAT], [LON + 0.001, LAT]]}
    feature = {"type": "Feature", "geometry": line, "properties": {"编码": LAMP, "名称": "灯带", "层": {"a": 1}}}
    content = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    assert read_any(content, "a.json").table.header[-1] == GEOMETRY
    bring_in(content, "a.json")

    assert Component.objects.get().geometry.equals_exact(shapely.geometry.shape(line), 1e-7)


# --- verdicts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "state", "why"),
    [
        pytest.param(row(), RowState.READY, "", id="all is said"),
        pytest.param(row("1101080137000001"), RowState.REFUSED, "不是本市", id="another city's code"),
        pytest.param(row("4420000999000001"), RowState.REFUSED, "没有这个小类", id="a class the scheme has not"),
        pytest.param(row("4.42E+15"), RowState.REFUSED, "科学计数", id="a code that a spreadsheet spoilt"),
        pytest.param(row(lon=""), RowState.REFUSED, "缺少坐标", id="no position"),
        pytest.param(row(lon="东边"), RowState.REFUSED, "要填数字", id="words for a longitude"),
        pytest.param(row(lon="116.4"), RowState.REFUSED, "不在本市范围内", id="outside the city"),
        pytest.param(row(lon="38456123.2"), RowState.REFUSED, "投影坐标", id="metres for degrees"),
        pytest.param(row(owner="不知道哪家公司"), RowState.DECIDE, "登记的单位里没有", id="an owner nobody knows"),
        pytest.param(row(kind="上水井盖"), RowState.DECIDE, "以标识码为准", id="a kind that the code contradicts"),
        pytest.param(row(state="半新"), RowState.DECIDE, "没有对应项", id="a condition that is none"),
        pytest.param(row(state="丢失"), RowState.READY, "", id="another city's word for missing"),
    ],
)
def test_each_row_has_its_verdict_and_its_reason(
    given: list[str], state: str, why: str, look: Callable[..., ImportBatch]
) -> None:
    batch = look([given])

    assert states(batch) == [state], reasons(batch)
    assert why in reasons(batch)


def test_the_same_code_twice_and_the_same_place_twice(look: Callable[..., ImportBatch]) -> None:
    batch = look([row(), row(), row("4420000137000002", east=0.4), row("4420000137000003", east=5), row(COVER, kind="上水井盖")])

    assert states(batch) == [RowState.READY, RowState.REFUSED, RowState.DECIDE, RowState.READY, RowState.READY]
    assert f"同一处已有同类部件 {LAMP}" in reasons(batch)


def test_the_same_file_again_changes_nothing(bring_in: Callable[..., ImportBatch], look: Callable[..., ImportBatch]) -> None:
    bring_in([row(), row(COVER, kind="0101")])
    again = bring_in([row(), row(COVER, kind="0101")])

    assert states(again) == [RowState.KNOWN, RowState.KNOWN]
    assert Component.objects.count() == ComponentEdition.objects.count() == 2


def test_a_later_file_corrects_what_differs_and_asks_before_it_moves_something_far(
    bring_in: Callable[..., ImportBatch], city: SimpleNamespace
) -> None:
    bring_in([row(), row(COVER, kind="")])
    later = bring_in([row(state="破损", owner="", east=3), row(COVER, kind="", east=80)])

    assert states(later) == [RowState.DONE, RowState.DECIDE]
    assert "将更正：状态、位置" in reasons(later) and "相差 80 米" in reasons(later)
    lamp = Component.objects.get(code=LAMP)
    assert lamp.condition == Condition.DAMAGED and lamp.owner.code == "SAN", "an empty cell takes nothing away"
    assert [one.act for one in lamp.editions.all()] == ["register", "correct"]

    assert imports.decide(later, accept=True, rows=[3], by=city.officer, now=NOW) == 1
    run_waiting(NOW)
    later.refresh_from_db()
    assert states(later) == [RowState.DONE, RowState.DONE] and later.state == BatchState.DONE
    assert Component.objects.get(code=COVER).editions_count == 2


def test_what_was_decided_to_stay_out_stays_out(look: Callable[..., ImportBatch], city: SimpleNamespace) -> None:
    batch = look([row(owner="没有的公司"), row(COVER, kind="")])
    assert imports.decide(batch, accept=False, rows=None, by=city.officer, now=NOW) == 1
    imports.confirm(batch, by=city.officer, now=NOW)
    run_waiting(NOW)

    assert states(batch) == [RowState.SKIPPED, RowState.DONE]
    assert list(Component.objects.values_list("code", flat=True)) == [COVER]


def test_a_retired_component_comes_back_only_if_somebody_says_so(
    bring_in: Callable[..., ImportBatch], city: SimpleNamespace
) -> None:
    bring_in([row()])
    retire_component(Component.objects.get(), reason="拆了", on=NOW.date(), by=city.officer, now=NOW)
    again = bring_in([row(state="破损")])
    assert states(again) == [RowState.DECIDE] and "已经注销" in reasons(again)

    imports.decide(again, accept=True, rows=None, by=city.officer, now=NOW)
    run_waiting(NOW)
    lamp = Component.objects.get()
    assert lamp.in_use and lamp.condition == Condition.DAMAGED
    assert [one.act for one in lamp.editions.all()] == ["register", "retire", "restore", "correct"]


def test_what_others_did_between_the_look_and_the_import_is_not_run_over(
    bring_in: Callable[..., ImportBatch], look: Callable[..., ImportBatch], city: SimpleNamespace
) -> None:
    bring_in([row()])
    looked_at = look([row(state="缺失"), row(COVER, kind="")])
    bring_in([row(state="破损"), row(COVER, kind="")])
    imports.confirm(looked_at, by=city.officer, now=NOW)
    run_waiting(NOW)

    assert states(looked_at) == [RowState.REFUSED, RowState.REFUSED]
    assert "刚刚有人改过" in reasons(looked_at) and "已经登记过" in reasons(looked_at)
    assert Component.objects.get(code=LAMP).condition == Condition.DAMAGED


# --- kills, undo, rights ---------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process is gone; nothing catches this."""


@pytest.mark.parametrize("row_number", range(5))
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_row_it_goes_on_without_doubles(
    row_number: int, when: str, look: Callable[..., ImportBatch], city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kill falls inside a row's transaction, before or after the register was written: that row waits, no other is told twice."""
    batch = look([row(f"442000013700000{n}", east=5 * n) for n in range(1, 6)])
    imports.confirm(batch, by=city.officer, now=NOW)
    told, calls = imports._told, iter(range(99))

    def dying(*args: object) -> object:
        number = next(calls)
        if number == row_number and when == "before":
            raise Killed
        result = told(*args)  # type: ignore[arg-type]
        if number == row_number:
            raise Killed
        return result

    entry = Entry.objects.get(action="components.import-confirmed")
    monkeypatch.setattr(imports, "_told", dying)
    with pytest.raises(Killed):
        imports.bring_in_components(entry, NOW)
    assert Component.objects.count() == row_number == states(batch).count(RowState.DONE)
    monkeypatch.undo()
    run_waiting(NOW)

    assert states(batch) == [RowState.DONE] * 5
    assert Component.objects.count() == ComponentEdition.objects.count() == 5
    assert verify() == []


def test_a_batch_is_taken_back_and_what_others_changed_since_stays(
    bring_in: Callable[..., ImportBatch], city: SimpleNamespace
) -> None:
    bring_in([row()])
    batch = bring_in([row(state="破损"), row(COVER, kind=""), row("4420000137000002", east=9)])
    touched = Component.objects.get(code="4420000137000002")
    facts = facts_of(touched)
    correct_component(
        touched, type(facts)(facts.kind_code, note="看过"), reason="核对", on=NOW.date(), by=city.officer, now=NOW
    )
    imports.undo(batch, by=city.officer, now=NOW)
    run_waiting(NOW)

    assert states(batch) == [RowState.UNDONE, RowState.UNDONE, RowState.KEPT]
    assert Component.objects.get(code=LAMP).condition == Condition.GOOD, "as it was before the batch"
    assert Component.objects.get(code=COVER).standing == Standing.WITHDRAWN
    assert Component.objects.get(code="4420000137000002").in_use
    again = bring_in([row(COVER, kind="")])
    assert states(again) == [RowState.DONE] and Component.objects.get(code=COVER).in_use
    with pytest.raises(BatchRefused):
        imports.undo(batch, by=city.officer, now=NOW)


def test_other_columns_are_read_again_and_remembered(look: Callable[..., ImportBatch], city: SimpleNamespace) -> None:
    content = as_csv([row()]).decode("utf-8-sig").replace("标识码", "国标号").encode()
    batch = look(content)
    assert states(batch) == [RowState.REFUSED] and "缺少部件标识码" in reasons(batch)

    imports.judge_again(batch, {**batch.mapping.columns, "code": {"column": "国标号"}}, by=city.officer, now=NOW)
    assert states(batch) == [RowState.READY]
    assert states(look(content)) == [RowState.READY], "the next file with these columns is read so at once"


def test_columns_are_remembered_with_the_verdicts_that_they_gave_or_not_at_all(
    look: Callable[..., ImportBatch], city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = look([row()])
    was, told = dict(batch.mapping.columns), Entry.objects.filter(action="import.mapping-saved").count()

    def dying(*_args: Any, **_kwargs: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(ImportRow.objects, "bulk_update", dying)
    with pytest.raises(KeyboardInterrupt):
        imports.judge_again(batch, {**was, "name": {"column": "位置"}}, by=city.officer, now=NOW)
    monkeypatch.undo()

    assert ImportBatch.objects.get(pk=batch.pk).mapping.columns == was
    assert Entry.objects.filter(action="import.mapping-saved").count() == told


def test_only_keepers_of_the_register_import(look: Callable[..., ImportBatch], city: SimpleNamespace) -> None:
    batch = look([row()])
    with pytest.raises(NotAllowed), transaction.atomic():
        imports.confirm(batch, by=city.handler, now=NOW)
    with pytest.raises(NotAllowed):
        imports.preview(as_csv([row()]), "a.csv", datum=Datum.WGS84, scheme=city.scheme, by=city.handler, now=NOW)


def test_cut_off_while_it_is_judged_again_a_batch_is_not_confirmed_half_by_old_columns(
    city: SimpleNamespace, look: Callable[..., ImportBatch], monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, honest, turns = look([row(f"44200001370{n:05d}") for n in range(1, 31)]), ImportRow.objects.bulk_update, Counter[str]()

    def dying(*args: Any, **kwargs: Any) -> int:
        turns["times"] += 1
        if turns["times"] == 2:
            raise KeyboardInterrupt
        return int(honest(*args, **kwargs))

    monkeypatch.setattr(batches, "ROWS_PER_TRANSACTION", 10)
    monkeypatch.setattr(ImportRow.objects, "bulk_update", dying)
    with pytest.raises(KeyboardInterrupt):
        imports.judge_again(batch, batch.mapping.columns, by=city.officer, now=NOW)
    monkeypatch.undo()

    batch.refresh_from_db()
    assert batch.state == BatchState.READING
    with pytest.raises(BatchRefused):
        imports.confirm(batch, by=city.officer, now=NOW)
