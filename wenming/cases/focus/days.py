"""The weeks that a trend is drawn of."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.utils import timezone

WEEK = timedelta(days=7)
WEEKS = 52


def first_monday(until: date) -> date:
    """The Monday with which the 104 weeks begin that end with the week of `until`."""
    return until - timedelta(days=until.weekday()) - (2 * WEEKS - 1) * WEEK


def midnight(day: date) -> datetime:
    """When the day begins in the city."""
    return timezone.make_aware(datetime.combine(day, time()))
