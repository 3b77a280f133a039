"""`manage load_calendar`: what a new city starts with; what is there already stays."""

from __future__ import annotations

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from wenming.responsibilities.models import CalendarVersion, WorkSchedule


def load(*arguments: str) -> str:
    said = StringIO()
    call_command("load_calendar", *arguments, stdout=said)
    return said.getvalue()


def test_a_new_city_gets_the_legal_calendar_and_office_hours(db):
    said = load()

    calendar = CalendarVersion.objects.get().as_rule()
    assert not calendar.is_workday(date(2026, 10, 1)), "National Day"
    assert not calendar.is_workday(date(2026, 11, 22)), "a Sunday"
    assert calendar.is_workday(date(2026, 11, 23)), "a Monday"
    assert str(WorkSchedule.objects.get(unit=None)) == "08:00–12:00、14:00–18:00"
    assert "已发布" in said and "全市工作时间" in said


def test_a_city_may_say_its_own_hours(db):
    load("--hours", "08:30-12:00", "14:30-17:30")

    assert str(WorkSchedule.objects.get(unit=None)) == "08:30–12:00、14:30–17:30"


def test_loading_again_changes_nothing(db):
    load()

    assert load("--hours", "09:00-17:00") == ""
    assert CalendarVersion.objects.count() == WorkSchedule.objects.count() == 1


@pytest.mark.parametrize(
    "hours",
    [
        pytest.param(["18:00-08:00"], id="ending before they begin"),
        pytest.param(["08:00-12:00", "11:00-18:00"], id="twice the same hour"),
        pytest.param(["morning"], id="no hours at all"),
    ],
)
def test_hours_that_make_no_sense_are_refused_in_words(db, hours):
    with pytest.raises(CommandError):
        load("--hours", *hours)

    assert not WorkSchedule.objects.exists()
