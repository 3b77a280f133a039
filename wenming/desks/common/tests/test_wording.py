"""How a clock speaks."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from wenming.desks.common.drawing import sparkline, target_bar
from wenming.desks.common.wording import clock_face, duration, limit_words, moment_words
from wenming.responsibilities.rules.clock import Limit, LimitUnit

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def duty(**more):
    return SimpleNamespace(**{"due_at": NOON, "warn_at": NOON - timedelta(hours=1), "state": "open"} | more)


@pytest.mark.parametrize(
    ("now", "state", "left", "due"),
    [
        pytest.param(NOON - timedelta(hours=3, minutes=40), "go", "剩 3 时 40 分", "12:00 前", id="in good time"),
        pytest.param(NOON - timedelta(minutes=26), "soon", "剩 0 时 26 分", "12:00 前", id="past the warning"),
        pytest.param(NOON, "soon", "剩 0 时 00 分", "12:00 前", id="the deadline itself is still in time"),
        pytest.param(NOON + timedelta(hours=2, minutes=14), "late", "逾期 2 时 14 分", "", id="overdue"),
        pytest.param(NOON - timedelta(days=6), "go", "剩 6 天", "11 月 22 日 12:00 前", id="days away names the day"),
    ],
)
def test_a_running_clock_says_how_long_and_until_when(now, state, left, due):
    face = clock_face(duty(), now)

    assert (face.state, face.left, face.due) == (state, left, due)


@pytest.mark.parametrize(
    ("more", "state"),
    [
        pytest.param({"state": "suspended"}, "hold", id="suspended by record"),
        pytest.param({"paused": True}, "hold", id="paused"),
        pytest.param({"state": "discharged"}, "done", id="discharged"),
        pytest.param({"done_at": NOON, "paused": True}, "done", id="done outweighs paused"),
        pytest.param({"due_at": None}, "go", id="no deadline"),
    ],
)
def test_a_clock_that_does_not_run_is_never_late(more, state):
    assert clock_face(duty(**more), NOON + timedelta(days=9)).state == state


def test_working_time_is_said_where_it_is_known():
    face = clock_face(duty(), NOON - timedelta(days=2), left=timedelta(hours=4))

    assert face.left == "剩 4 时 00 分"


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(minutes=5), "0 时 05 分"),
        (timedelta(days=1), "1 天"),
        (timedelta(days=1, hours=4, minutes=50), "1 天 4 时"),
        (timedelta(days=9, hours=20), "9 天"),
        (timedelta(minutes=-5), "0 时 00 分"),
    ],
)
def test_durations_are_as_exact_as_they_are_useful(length, words):
    assert duration(length) == words


def test_a_moment_names_only_what_is_not_today():
    assert moment_words(NOON, NOON) == "12:00"
    assert moment_words(NOON - timedelta(days=1), NOON) == "11 月 21 日 12:00"
    assert moment_words(NOON - timedelta(days=365), NOON) == "2025 年 11 月 22 日 12:00"


@pytest.mark.parametrize(("value", "state"), [(92, "go"), (90, "go"), (87, "soon"), (84, "late")])
def test_a_bar_is_judged_by_its_target(value, state):
    bar = target_bar(value, 90)

    assert (bar.reach, bar.target_at, bar.state) == (value * 2, 179, state)


def test_a_bar_never_leaves_its_box():
    assert (target_bar(140, None).reach, target_bar(-3, None).reach) == (200, 0)


def test_a_line_skips_what_is_not_known_and_marks_the_newest():
    points, newest = sparkline([1, None, 3])

    assert points == "2,25 118,3"
    assert newest == (118, 3)
    assert sparkline([None]) == ("", None)


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (Limit(4, LimitUnit.WORK_HOURS), "4 个工作时"),
        (Limit(2, LimitUnit.WORK_DAYS), "2 个工作日"),
        (Limit(2, LimitUnit.HOURS), "2 小时"),
        (Limit(1, LimitUnit.DAYS), "1 天"),
    ],
)
def test_limits_are_printed_as_case_sheets_do(limit, words):
    assert limit_words(limit) == words
