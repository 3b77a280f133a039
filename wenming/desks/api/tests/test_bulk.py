"""A whole file of another system's requests: each becomes what it would have become one by one, once."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from wenming.cases.models import Case
from wenming.cases.rules.lifecycle import State
from wenming.desks.api.bulk.reading import Fit, RowRefused, read_row
from wenming.journal.models import Reaction
from wenming.journal.selectors import verify
from wenming.observations.models import Report
from wenming.responsibilities.duties import recomputed_due_at
from wenming.responsibilities.models import Duty
from wenming.responsibilities.rules.duty import DutyState

from .conftest import INSIDE, OUTSIDE

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ROW = {
    "service_request_id": "101", "service_code": "TEST:E0192", "service_name": "垃圾满溢", "status": "closed",
    "requested_datetime": "2026-11-16T01:00:00+00:00", "updated_datetime": "2026-11-16T03:00:00+00:00",
    "address": "民权路 33 号", "lat": INSIDE[1], "long": INSIDE[0], "description": "桶满了", "status_note": "清了",
}  # fmt: skip


def rows(*changes: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**ROW, "service_request_id": str(101 + n), **change} for n, change in enumerate(changes)]


def bring_in(path: Path, **options: Any) -> str:
    said = StringIO()
    call_command("import_open311", path, stdout=said, **options)
    return said.getvalue()


@pytest.fixture
def export(tmp_path: Path) -> Any:
    """`export({}, {"status": "open"})`: a file with a row for each change."""

    def write(*changes: dict[str, Any]) -> Path:
        path = tmp_path / "requests.json"
        path.write_text(json.dumps(rows(*changes), ensure_ascii=False), "utf-8")
        return path

    return write


def test_closed_requests_live_through_the_acts_of_imported_history(city: SimpleNamespace, export: Any) -> None:
    said = bring_in(export({}, {"status": "open"}))

    assert "已导入 2 行" in said
    closed, still_open = Case.objects.order_by("number")
    assert [move.act for move in closed.moves.all()] == ["collect", "establish", "dispatch", "answer", "adopt_closed"]
    assert [move.position for move in closed.moves.all()] == [1, 2, 3, 4, 5]
    assert (closed.state, closed.unit, closed.closed_at) == (
        State.CLOSED,
        city.sanitation,
        datetime(2026, 11, 16, 3, tzinfo=UTC),
    )
    assert (still_open.state, still_open.duty.kind, still_open.due_at) == (
        State.COLLECTED, "case.accept", still_open.duty.due_at,
    )  # fmt: skip
    assert (closed.town_code, closed.number, still_open.number) == ("442000002", "26-1116-0001", "26-1116-0002")
    assert not closed.public_when_closed, "nobody there was asked"


def test_the_bulk_way_writes_what_the_services_would_have_written(city: SimpleNamespace, export: Any) -> None:
    bring_in(export({}, {"status": "open"}))

    assert verify() == []
    assert not Reaction.objects.exists(), "nobody is told about the past"
    duties = list(Duty.objects.all())
    assert [recomputed_due_at(duty) for duty in duties] == [duty.due_at for duty in duties]
    handling = Duty.objects.get(kind="case.handle")
    assert (handling.owner, handling.state, handling.answered_on_time) == (city.sanitation, DutyState.DISCHARGED, True)
    assert set(Duty.objects.exclude(state=DutyState.OPEN).values_list("next_rung_at", flat=True)) == {None}


def test_the_same_file_again_brings_nothing_in_and_a_longer_one_only_the_rest(
    city: SimpleNamespace, export: Any
) -> None:
    bring_in(export({}, {}))

    assert "以前导入过 2 行" in bring_in(export({}, {}))
    assert "已导入 1 行" in bring_in(export({}, {}, {}))
    assert Report.objects.count() == Case.objects.count() == 3


def test_a_row_that_cannot_come_in_is_counted_with_its_reason(city: SimpleNamespace, export: Any) -> None:
    said = bring_in(
        export(
            {}, {"lat": OUTSIDE[1], "long": OUTSIDE[0]}, {"service_code": "4f38"}, {"requested_datetime": "2999-01-01"},
            {"service_request_id": ""}, {"service_request_id": "101"}, {"lat": None, "long": None},
        )
    )  # fmt: skip

    assert "已导入 2 行" in said
    assert "地点不在本市 1 行" in said
    assert "service_code 不是本市的 1 行" in said
    assert "没有 service_request_id 1 行" in said
    assert "在本文件里出现过了 1 行" in said


def test_another_city_is_laid_onto_ours_only_when_asked(city: SimpleNamespace, export: Any) -> None:
    boston = [{"lat": 42.2 + n / 100, "long": -71.2 + n / 100, "service_code": "4f38"} for n in range(10)]
    assert "已导入" not in bring_in(export(*boston))

    assert "已导入 10 行" in bring_in(export(*boston), into_this_city=True)
    assert Case.objects.exclude(town_code="").count() == 10


def test_dates_can_be_moved_until_today(city: SimpleNamespace, export: Any) -> None:
    old = {"requested_datetime": "2012-05-05T12:00:00Z", "updated_datetime": "2012-05-06T12:00:00Z"}

    bring_in(export(old), until_today=True)

    opened_at = Case.objects.get().opened_at
    assert timedelta() <= datetime.now(UTC) - opened_at < timedelta(days=1)


def test_every_kind_of_file_is_read(city: SimpleNamespace, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    pyarrow = pytest.importorskip("pyarrow")
    given = rows({}, {}, {}, {})
    with (tmp_path / "a.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ROW)
        writer.writeheader()
        writer.writerow(given[0])
    (tmp_path / "b.jsonl").write_text(json.dumps(given[1]) + "\n\n")
    with gzip.open(tmp_path / "c.jsonl.gz", "wt") as zipped:
        zipped.write(json.dumps(given[2]))
    parquet.write_table(pyarrow.Table.from_pylist([given[3]]), tmp_path / "d.parquet")

    for name in ("a.csv", "b.jsonl", "c.jsonl.gz", "d.parquet"):
        bring_in(tmp_path / name)

    assert set(Report.objects.values_list("source_number", flat=True)) == {"101", "102", "103", "104"}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        pytest.param("a.xls", b"", "只能读", id="another kind"),
        pytest.param("a.json", b"{}", "列表", id="no list"),
        pytest.param("a.jsonl", b'{"a":', "读不出来", id="cut off"),
        pytest.param("a.csv", b"\xff\xfe\x00", "读不出来", id="another encoding"),
        pytest.param("a.jsonl.gz", b"no gzip", "读不出来", id="not what its name says"),
    ],
)
def test_a_file_that_is_none_is_refused(
    city: SimpleNamespace, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(CommandError, match=said):
        bring_in(tmp_path / name)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param({"updated_datetime": "2026-11-15T00:00:00Z"}, "2026-11-16T01:00:00+00:00", id="cut to before"),
        pytest.param({"updated_datetime": None}, "2026-11-16T01:00:00+00:00", id="not stated"),
        pytest.param({"status": "open"}, None, id="still open"),
    ],
)
def test_when_it_was_done(changed: dict[str, Any], expected: str | None) -> None:
    closed_at = read_row({**ROW, **changed}, now=NOW).closed_at

    assert (closed_at.isoformat() if closed_at else None) == expected


@pytest.mark.parametrize(
    "changed", [{"service_request_id": None}, {"requested_datetime": "1980-01-01"}, {"requested_datetime": 5}]
)
def test_a_row_without_number_or_time_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(RowRefused):
        read_row({**ROW, **changed}, now=NOW)


def test_a_box_is_laid_onto_another() -> None:
    fit = Fit((0, 0, 10, 10), (100, 20, 101, 22))

    assert fit((5, 5)) == (100.5, 21)
    assert fit((-50, 99)) == (100, 22), "what lay outside is put on the edge"
