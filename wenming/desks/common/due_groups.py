"""The groups of every list with deadlines (archetype A): 已逾期, 今天到期, 以后到期, and last what stands still."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Protocol, TypeVar

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TITLES: dict[str, Promise] = {
    "late": _("已逾期"), "today": _("今天到期"), "later": _("以后到期"), "standing": _("时限暂停"),
}  # fmt: skip


class Timed(Protocol):
    """A line with a deadline; none, or a paused one, stands still."""

    @property
    def due_at(self) -> datetime | None: ...

    @property
    def paused(self) -> bool: ...


Row = TypeVar("Row", bound=Timed)


def end_of_today(now: datetime) -> datetime:
    """The midnight that ends the city's day."""
    return timezone.make_aware(datetime.combine(timezone.localdate(now) + timedelta(days=1), time()))


def by_due(rows: Iterable[Row], now: datetime) -> list[tuple[str | Promise, list[Row]]]:
    """(title, rows) of every group that has any, each in the order of `rows`."""
    midnight = end_of_today(now)
    groups: dict[str, list[Row]] = {name: [] for name in TITLES}
    for row in rows:
        groups[_group(row, now, midnight)].append(row)
    return [(TITLES[name], found) for name, found in groups.items() if found]


def _group(row: Timed, now: datetime, midnight: datetime) -> str:
    if row.paused or row.due_at is None:
        return "standing"
    if row.due_at < now:
        return "late"
    return "today" if row.due_at < midnight else "later"
