"""Reading rows of other systems' exports: what is understood, what is refused, what is noted. Nothing is guessed silently."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from wenming.observations.rules.mapping import parse_moment, read_row, unknown_columns

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 16, 9, tzinfo=ZONE)
MAPPING = {
    "source_number": {"column": "编号"},
    "received_at": {"column": "日期", "time": "09:00"},
    "text": {"columns": ["标题", "内容"]},
    "channel": {"column": "渠道", "values": {"电话": "hotline"}, "default": "hotline"},
    "town": {"column": "镇街", "values": {"石岐": "442000001"}},
    "reply_days": {"column": "用时"},
}
GOOD = {"编号": "A1", "日期": "2026-03-02", "标题": "路灯不亮", "内容": "民权路路灯不亮", "渠道": "电话"}


def read(**changes: object):
    return read_row({**GOOD, **changes}, MAPPING, zone=ZONE, now=NOW)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("2026-03-02", datetime(2026, 3, 2, 9), id="iso date, hour from the mapping"),
        pytest.param("2026/3/2", datetime(2026, 3, 2, 9), id="slashes without zeros"),
        pytest.param("2026年3月2日", datetime(2026, 3, 2, 9), id="Chinese date"),
        pytest.param("2026-03-02 14:05:06", datetime(2026, 3, 2, 14, 5, 6), id="date and time"),
        pytest.param("2026-03-02 14:05:06.000", datetime(2026, 3, 2, 14, 5, 6), id="with thousandths"),
        pytest.param("2026.03.02", datetime(2026, 3, 2, 9), id="dots"),
        pytest.param("20260302", datetime(2026, 3, 2, 9), id="digits alone"),
        pytest.param("46083", datetime(2026, 3, 2, 9), id="a number of days, as spreadsheets keep it"),
        pytest.param("46083.5", datetime(2026, 3, 2, 12), id="with part of a day"),
        pytest.param(date(2026, 3, 2), datetime(2026, 3, 2, 9), id="a date cell"),
        pytest.param(datetime(2026, 3, 2, 14), datetime(2026, 3, 2, 14), id="a time cell"),
        pytest.param("三月二号", None, id="words are not guessed"),
        pytest.param("2026-13-40", None, id="no such day"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_moments(value: object, expected: datetime | None) -> None:
    found = parse_moment(value, ZONE, time(9))
    assert found == (expected.replace(tzinfo=ZONE) if expected else None)


def test_a_good_row_is_understood() -> None:
    reading = read()

    assert reading.refusals == [] and reading.notes == []
    assert reading.values["text"] == "路灯不亮\n民权路路灯不亮"
    assert reading.values["channel"] == "hotline"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"编号": ""}, "缺少原系统编号", id="no number"),
        pytest.param({"标题": "", "内容": None}, "缺少内容", id="no text"),
        pytest.param({"日期": "明天"}, "受理时间看不懂：明天", id="an unreadable date"),
        pytest.param({"日期": "2027-01-01"}, "受理时间在今天之后", id="a date to come"),
        pytest.param({"镇街": "火星"}, "镇街“火星”没有对应项", id="a town that the mapping does not know"),
        pytest.param({"用时": "很久"}, "要填数字", id="a number in words"),
    ],
)
def test_a_bad_row_says_why(changes: dict[str, object], reason: str) -> None:
    assert any(reason in refusal for refusal in read(**changes).refusals)


def test_a_default_is_noted_not_silent() -> None:
    reading = read(渠道="信鸽")

    assert reading.refusals == []
    assert reading.values["channel"] == "hotline" and "信鸽" in reading.notes[0]


def test_a_text_too_long_is_cut_and_said() -> None:
    reading = read(标题="", 内容="长" * 6000)

    assert len(reading.values["text"]) == 5000 and "6000" in reading.notes[0]


def test_reply_days_count_from_the_day_of_receipt() -> None:
    assert read(用时="3").values["replied_at"] == datetime(2026, 3, 5, 9, tzinfo=ZONE)


def test_columns_that_the_file_lacks_are_named() -> None:
    assert unknown_columns(MAPPING, ["编号", "日期", "标题", "内容", "渠道"]) == ["用时", "镇街"]
