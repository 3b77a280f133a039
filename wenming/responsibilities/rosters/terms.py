"""A group's shifts and rules as they are stored, and as the pure rules take them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

from ..rules.roster import DAY, HOUR, Limits, Shift


def shifts_of(stored: Sequence[Mapping[str, Any]]) -> tuple[Shift, ...]:
    """The stored pattern as rules; `starts` is written 08:00."""
    return tuple(
        Shift(
            one["code"], one["name"], minute_of(one["starts"]), int(one["minutes"]), int(one.get("heads", 1)),
            tuple(sorted((skill, int(many)) for skill, many in one.get("skills", {}).items())),
        )
        for one in stored
    )  # fmt: skip


def stored_shifts(shifts: Sequence[Shift]) -> list[dict[str, Any]]:
    """The pattern as it is stored."""
    return [
        {"code": one.code, "name": one.name, "starts": clock(one.starts), "minutes": one.minutes, "heads": one.heads,
         "skills": dict(one.skills)}
        for one in shifts
    ]  # fmt: skip


def limits_of(stored: Mapping[str, Any]) -> Limits:
    """The stored rules; what is not stated holds as in `Limits`."""
    usual = Limits()
    return Limits(
        rest_minutes=int(stored.get("rest_hours", usual.rest_minutes / HOUR) * HOUR),
        days_in_row=int(stored.get("days_in_row", usual.days_in_row)),
        nights_in_row=int(stored.get("nights_in_row", usual.nights_in_row)),
        week_minutes=int(stored.get("week_hours", usual.week_minutes / HOUR) * HOUR),
        apart=tuple(sorted((frozenset(pair) for pair in stored.get("apart", ())), key=sorted)),
        guided=tuple(sorted(((who, frozenset(by)) for who, by in stored.get("guided", {}).items()), key=lambda g: g[0])),
        always=bool(stored.get("always", True)),
    )


def stored_limits(limits: Limits) -> dict[str, Any]:
    """The rules as they are stored: hours as people say them."""
    return {
        "rest_hours": _hours(limits.rest_minutes), "days_in_row": limits.days_in_row, "nights_in_row": limits.nights_in_row,
        "week_hours": _hours(limits.week_minutes), "apart": [sorted(pair) for pair in limits.apart],
        "guided": {who: sorted(by) for who, by in limits.guided}, "always": limits.always,
    }  # fmt: skip


def sample_patterns() -> dict[str, list[dict[str, Any]]]:
    """Patterns to begin with, by name; every city changes them."""
    text = resources.files("wenming.responsibilities").joinpath("data/roster_patterns.json").read_text("utf-8")
    return dict(json.loads(text))


def minute_of(words: str) -> int:
    """08:30 as minutes. Raises ValueError for what is no time of the day."""
    hours, minutes = (int(part) for part in words.split(":"))
    if not (0 <= hours < DAY // HOUR and 0 <= minutes < HOUR):
        raise ValueError(words)
    return hours * HOUR + minutes


def clock(minute: int) -> str:
    """510 as 08:30; the end of a day is 24:00."""
    shown = minute if minute == DAY else minute % DAY
    return f"{shown // HOUR:02d}:{shown % HOUR:02d}"


def _hours(minutes: int) -> float | int:
    return minutes // HOUR if minutes % HOUR == 0 else minutes / HOUR
