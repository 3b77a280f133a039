"""Lists as files, sent while they are written: a million rows in the memory of a thousand.

Cells that a spreadsheet would take for a formula are defused where a spreadsheet will open them. GeoJSON and Parquet are
read by programs, which run nothing, and hold the texts as they are.
"""

from __future__ import annotations

import csv
import importlib.util
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from urllib.parse import quote

from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase, StreamingHttpResponse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from wenming.cases.models import Case
from wenming.cases.rules.lifecycle import STATE_NAMES_ZH, State
from wenming.desks.common.pieces import Pieces
from wenming.desks.common.sheet_stream import workbook
from wenming.observations.models import Channel
from wenming.organisations.models import Account
from wenming.refusals import BadInput

# A sheet ends at 1,048,576 rows; the others could go on.
MOST_ROWS = {"csv": 1_000_000, "xlsx": 1_000_000, "geojson": 1_000_000, "parquet": 1_000_000}
TABLES = frozenset({"csv", "xlsx"})
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Parquet: rows become columns a few at a time, because as Python objects they take ten times the room; small groups
# cost a twentieth more bytes and keep the peak flat.
ROWS_PER_GROUP, ROWS_PER_BATCH = 2_500, 500
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
HEADS = [
    gettext_noop("编号"), gettext_noop("标题"), gettext_noop("状态"), gettext_noop("小类"), gettext_noop("来源"), gettext_noop("镇街"),
    gettext_noop("地址"), gettext_noop("责任单位"), gettext_noop("收到时间"), gettext_noop("时限"), gettext_noop("结案时间"),
    gettext_noop("上报人数"), gettext_noop("照片数"),
]  # fmt: skip
POINT = [gettext_noop("经度"), gettext_noop("纬度")]


class ParquetMissing(BadInput):
    """The library that writes Parquet is an extra, and this city has not installed it."""

    code = "export.parquet-missing"

    def __init__(self) -> None:
        super().__init__(_("这台服务器没有装 Parquet 组件。请改下 CSV，或者请运维安装 pyarrow。"))


def case_list_file(cases: QuerySet[Case], *, kind: str, by: Account, now: datetime) -> HttpResponseBase:
    """`案件清单_2026-11-22_1430_李敏.csv` of the cases, in their order. Reporters are not in it.

    kind: csv, xlsx, geojson (with their points, CGCS2000 degrees) or parquet. Raises ParquetMissing. `cases` are those
    that whoever asks may see: nothing is looked up beyond them.
    """
    if kind not in MOST_ROWS:
        raise Http404
    if kind == "parquet" and not has_parquet():
        raise ParquetMissing
    rows = _facts(cases[: MOST_ROWS[kind]])
    title = _("案件清单")
    if kind in TABLES:
        return _named(_table(rows), "cases", title, kind, by, now)
    if kind == "geojson":
        return geojson_file(_features(rows), latin="cases", title=title, by=by, now=now)
    response = StreamingHttpResponse(_parquet(rows), content_type="application/vnd.apache.parquet")
    return _sent(response, "cases", title, kind, by, now)


def has_parquet() -> bool:
    return importlib.util.find_spec("pyarrow") is not None


def table_file(rows: Iterator[list[Any]], *, title: str, kind: str, by: Account, now: datetime) -> HttpResponseBase:
    """Any table as a file of that title, its first row the heads."""
    if kind not in TABLES:
        raise Http404
    return _named(([defused(cell) for cell in row] for row in rows), "table", title, kind, by, now)


def geojson_file(
    features: Iterator[dict[str, Any]], *, latin: str, title: str, by: Account, now: datetime
) -> HttpResponseBase:
    """The features as one collection. RFC 7946, but for the datum: CGCS2000 degrees, as everywhere in this house."""
    response = StreamingHttpResponse(_collection(features), content_type="application/geo+json")
    return _sent(response, latin, title, "geojson", by, now)


def _named(
    rows: Iterator[list[Any]], latin: str, title: str, kind: str, by: Account, now: datetime
) -> HttpResponseBase:
    response = _as_csv(rows) if kind == "csv" else StreamingHttpResponse(workbook(rows, title), content_type=XLSX)
    return _sent(response, latin, title, kind, by, now)


def _sent(
    response: HttpResponseBase, latin: str, title: str, kind: str, by: Account, now: datetime
) -> HttpResponseBase:
    name = f"{title}_{localtime(now):%Y-%m-%d_%H%M}_{by}.{kind}"
    response.headers["Content-Disposition"] = f"attachment; filename=\"{latin}.{kind}\"; filename*=UTF-8''{quote(name)}"
    return response


def defused(cell: Any) -> Any:
    """The cell as text that no spreadsheet runs: a leading apostrophe where the text begins like a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell


# One row of the list as the database gives it: no objects, and above all no outlines of towns.
FIELDS = (
    "number", "title", "state", "problem_type__name", "channel", "placement__town__short_name", "placement__address",
    "unit__name", "opened_at", "due_at", "closed_at", "reporters", "photos", "placement__longitude", "placement__latitude",
)  # fmt: skip
COLUMNS = len(HEADS)


def _facts(cases: QuerySet[Case]) -> Iterator[Sequence[Any]]:
    """Every row of the list, its words in the reader's language; after the columns of a table its point."""
    states = {state.value: _(STATE_NAMES_ZH[state]) for state in State}
    channels = {channel.value: str(channel.label) for channel in Channel}
    for row in cases.select_related(None).values_list(*FIELDS).iterator(chunk_size=1000):
        number, title, state, kind, channel, town, address, unit, *rest = row
        yield (
            number, title, states[state], kind or "", channels[channel], town or "", address, unit or "", *rest,
        )  # fmt: skip


def _table(rows: Iterator[Sequence[Any]]) -> Iterator[list[Any]]:
    yield [_(head) for head in HEADS]
    for row in rows:
        texts, moments, counts = row[:8], row[8:11], row[11:COLUMNS]
        yield [*map(defused, texts), *map(_moment, moments), *counts]


def _collection(features: Iterator[dict[str, Any]]) -> Iterator[str]:
    begun = '{"type":"FeatureCollection","features":['
    while some := list(islice(features, 500)):
        yield begun + ",\n".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in some)
        begun = ",\n"
    yield (begun if begun.startswith("{") else "") + "]}\n"


def _features(rows: Iterator[Sequence[Any]]) -> Iterator[dict[str, Any]]:
    heads = [_(head) for head in HEADS]
    return (_feature(heads, row) for row in rows)


def _feature(heads: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    """A case without a point has no geometry."""
    told = [at.isoformat() if isinstance(at, datetime) else at for at in row[:COLUMNS]]
    longitude, latitude = row[COLUMNS:]
    point = {"type": "Point", "coordinates": [longitude, latitude]} if longitude is not None else None
    return {"type": "Feature", "id": row[0], "geometry": point, "properties": dict(zip(heads, told, strict=True))}


def _parquet(rows: Iterator[Sequence[Any]]) -> Iterator[bytes]:
    """Columns of one type each, moments as moments, in groups of rows that are sent as they are full."""
    import pyarrow
    from pyarrow import parquet

    texts = [(_(head), pyarrow.string()) for head in HEADS[:8]]
    moments = [(_(head), pyarrow.timestamp("us", tz="UTC")) for head in HEADS[8:11]]
    counts = [(_(head), pyarrow.int32()) for head in HEADS[11:]]
    schema = pyarrow.schema([*texts, *moments, *counts, *((_(head), pyarrow.float64()) for head in POINT)])
    sink = Pieces()
    with parquet.ParquetWriter(pyarrow.PythonFile(sink, mode="w"), schema) as writer:
        while group := list(_batches(islice(rows, ROWS_PER_GROUP), schema)):
            writer.write_table(pyarrow.Table.from_batches(group, schema), row_group_size=ROWS_PER_GROUP)
            group.clear()
            yield sink.taken()
    yield sink.taken()


def _batches(rows: Iterator[Sequence[Any]], schema: Any) -> Iterator[Any]:
    """Some rows at a time as columns; the rows are let go before the next are read."""
    import pyarrow

    while some := list(islice(rows, ROWS_PER_BATCH)):
        columns = [pyarrow.array(column, field.type) for column, field in zip(zip(*some, strict=True), schema, strict=True)]
        del some
        yield pyarrow.record_batch(columns, schema=schema)


def _moment(at: datetime | None) -> str:
    return f"{localtime(at):%Y-%m-%d %H:%M}" if at else ""


class _Line:
    """What csv.writer writes to: hands each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def _as_csv(rows: Iterator[list[Any]]) -> StreamingHttpResponse:
    writer = csv.writer(_Line())

    def lines() -> Iterator[str]:
        # Without the mark, Excel on Chinese Windows reads the file as GBK.
        yield "\ufeff"
        # Some hundred lines at once: a piece for each line costs more than the line.
        while some := list(islice(rows, 500)):
            yield "".join(map(writer.writerow, some))

    return StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
