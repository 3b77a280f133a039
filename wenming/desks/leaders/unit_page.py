"""A town or department before a leader: its figures of five weeks beside the city's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wenming.accountability.figures import moments
from wenming.accountability.rules.exceptions import Figures
from wenming.accountability.rules.shares import Share
from wenming.accountability.selectors import UnitLine
from wenming.accountability.wording import percent_words

from .overview_page import cases_url

LEVELS = ("late", "soon", "done")


@dataclass(frozen=True)
class FigureLine:
    """One figure of a unit through the weeks, the newest last; `url` lists the cases of the newest."""

    label: str | Promise
    weeks: Sequence[tuple[datetime, str]]
    city: str
    url: str


def sorted_lines(lines: Iterable[UnitLine]) -> list[UnitLine]:
    """Those to ask about, then those to watch, then the others by what is late."""
    return sorted(lines, key=lambda line: (LEVELS.index(line.level), -line.now.open_late, line.unit.path))


def figure_table(line: UnitLine, city: Sequence[Figures], now: datetime) -> list[FigureLine]:
    """What the exceptions rest on, week by week."""
    return [
        FigureLine(label, list(reversed([(at, _words(week, name)) for at, week in zip(moments(now), line.weeks, strict=True)])),
                   _words(city[0], name), cases_url(behind, line.unit))
        for label, name, behind in _ROWS
    ]  # fmt: skip


_ROWS = (
    (_("在办逾期"), "open_late", "open_late"),
    (_("逾期超 3 日"), "long_late", "long_late"),
    (_("按时办结率（7 天）"), "on_time_share", "due"),
    (_("返工率（4 周）"), "rework_share", "reworked"),
    (_("市民不满意率（4 周）"), "unhappy_share", "unhappy"),
)


def _words(figures: Figures, name: str) -> str:
    value = getattr(figures, name)
    return f"{percent_words(value)}（n={value.whole}）" if isinstance(value, Share) else str(value)
