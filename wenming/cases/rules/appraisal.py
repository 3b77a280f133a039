"""The appraisal of digital city management (绩效评价) as formulas over counts: what cities publish each month.

Definitions as published by cities that follow GB/T 30428.4 (its text is not at hand): S3 process sheet of a prefecture,
S6 Jinhua, S7 Yangzhou, Tianmen and Fuzhou. Percentages have two decimals, as the published reports do.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from wenming.words import gettext_noop as _

# Below so many a percentage says little: one case more or less moves it by several points.
FEW = 30
TWO_PLACES = Decimal("0.01")


@dataclass(frozen=True)
class Formula:
    """One rate. less: figures taken off the number below the line; exempt: off it too, once an appeal was granted.

    exempt_above: the same off the number above the line (a rework that was appealed with success is none).
    """

    name: str
    zh: str
    above: str
    below: str
    source: str
    less: tuple[str, ...] = ()
    exempt: str = ""
    exempt_above: str = ""
    lower_is_better: bool = False


FORMULAS: dict[str, Formula] = {
    formula.name: formula
    for formula in (
        Formula("filed_rate", _("立案率"), "filed", "received", "S3"),
        Formula("handled_rate", _("处置率"), "handled", "due", "S3"),
        Formula("on_time_rate", _("按期处置率"), "on_time", "due", "S3", exempt="late_exempt"),
        Formula("closed_rate", _("结案率"), "closed", "owed", "S3"),
        Formula(
            "on_time_closed_rate", _("按期结案率"), "on_time_closed", "owed", "S6", less=("suspended",), exempt="late_exempt"
        ),
        Formula(
            "rework_rate", _("返工率"), "reworked", "handled", "S7", exempt="rework_exempt", exempt_above="rework_exempt",
            lower_is_better=True,
        ),
        Formula("delay_rate", _("延期率"), "delayed", "due", "S7", lower_is_better=True),
        Formula("repeat_rate", _("重复占比"), "repeated", "filed", "S3", lower_is_better=True),
    )
}  # fmt: skip


def rate(name: str, figures: Mapping[str, int]) -> Decimal | None:
    """The rate as it happened, in per cent; None where nothing stands below the line."""
    formula = FORMULAS[name]
    return percent(figures.get(formula.above, 0), below_the_line(name, figures))


def appraised_rate(name: str, figures: Mapping[str, int]) -> Decimal | None:
    """The rate that counts for the appraisal: granted appeals are left out above and below the line."""
    formula = FORMULAS[name]
    above = figures.get(formula.above, 0) - figures.get(formula.exempt_above, 0)
    return percent(above, below_the_line(name, figures) - figures.get(formula.exempt, 0))


def below_the_line(name: str, figures: Mapping[str, int]) -> int:
    """How many cases a rate is a share of."""
    formula = FORMULAS[name]
    return figures.get(formula.below, 0) - sum(figures.get(one, 0) for one in formula.less)


def percent(part: int, whole: int) -> Decimal | None:
    """Rounded half up, as people do by hand; None of nothing: no figure is better than a made-up one."""
    if whole <= 0:
        return None
    return (Decimal(100 * part) / Decimal(whole)).quantize(TWO_PLACES, ROUND_HALF_UP)


def period_before(since: date, until: date) -> tuple[date, date]:
    """The period to compare with: as many whole months earlier where a month is begun, else as many days.

    1 to 23 November is compared with 1 to 23 October, the third quarter with the second, a week with the week before.
    """
    if since.day != 1:
        length = until - since + timedelta(days=1)
        return since - length, until - length
    months = (until.year - since.year) * 12 + until.month - since.month + 1
    last = _months_earlier(until, months)
    if until.day < _length(until):
        last = last.replace(day=min(until.day, last.day))
    return _months_earlier(since, months).replace(day=1), last


def _months_earlier(day: date, months: int) -> date:
    """The last day of the month so many months before the day's own."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, calendar.monthrange(year, month + 1)[1])


def _length(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]
