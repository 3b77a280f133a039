"""统计 as two tables, rates and counts: every number with its address, every rate with its change against the period before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.cases.rules.appraisal import FEW, FORMULAS, appraised_rate, period_before
from wenming.cases.statistics import FIGURES, OF_OPENING, RATES, Line, by_town, by_type, by_unit, whole_city
from wenming.territory.selectors import towns

from .recheck_table import Share
from .to_do import figure_url

UNIT, TOWN, TYPE = "unit", "town", "type"
DIVISIONS = [(UNIT, gettext_lazy("责任单位")), (TOWN, gettext_lazy("镇街")), (TYPE, gettext_lazy("小类"))]
NOTHING = "–"
# Filing happens before any unit is chosen; a report whose kind nobody has said is in no kind's line.
NOT_IN = {UNIT: {*OF_OPENING, "filed_rate", "repeat_rate"}, TOWN: set(), TYPE: {"received", "settled", "filed_rate"}}
Heads = Sequence[tuple[str, str | Promise]]


@dataclass(frozen=True)
class Period:
    """The days asked for, both counted, and how they are divided."""

    since: date
    until: date
    by: str

    @property
    def before(self) -> tuple[date, date]:
        return period_before(self.since, self.until)

    def stands(self, name: str) -> bool:
        return name not in NOT_IN[self.by]

    @property
    def figures(self) -> Heads:
        return [(name, label) for name, label in FIGURES.items() if self.stands(name)]

    @property
    def rates(self) -> Heads:
        return [(name, label) for name, label in RATES.items() if self.stands(name)]


@dataclass(frozen=True)
class Cell:
    """One number. of: the number of cases that a rate is a share of, where they are few. appraised: after appeals."""

    name: str
    value: int | Decimal | None
    url: str
    change: Decimal | None = None
    of: int | None = None
    appraised: Decimal | None = None
    contested: bool = False

    @property
    def words(self) -> str:
        if self.value is None:
            return NOTHING
        return f"{self.value}%" if isinstance(self.value, Decimal) else str(self.value)

    @property
    def appraised_words(self) -> str:
        """The rate after granted appeals, where they make a difference."""
        if not self.contested:
            return ""
        return _("申诉后 %(rate)s") % {"rate": NOTHING if self.appraised is None else f"{self.appraised}%"}

    @property
    def change_words(self) -> str:
        """“+1.20”: percentage points against the period before; a true minus, so that it lines up."""
        if self.change is None:
            return ""
        return f"{self.change:+}".replace("-", "−") if self.change else _("持平")


@dataclass(frozen=True)
class Row:
    """One line in both tables; `code` is empty for the whole city."""

    code: str
    name: str
    rates: Sequence[Cell]
    counts: Sequence[Cell]
    recheck: Share | None = None


def rows_of(period: Period, now: datetime, rechecked: Mapping[str, Share] = {}) -> list[Row]:
    """The city's line first, then one for each unit, town or kind; the same statements however many they are.

    rechecked: the share of false closures to stand in the line of a code.
    """
    earlier = {line.code: line for line in _lines(period, *period.before, now)}
    rows = [_row(line, earlier.get(line.code), period) for line in _lines(period, period.since, period.until, now)]
    return [replace(row, recheck=rechecked.get(row.code)) for row in rows]


def cells_of_file(period: Period, now: datetime) -> Iterator[list[Any]]:
    """The same two tables side by side, for a spreadsheet: numbers as numbers, what there is not as an empty cell."""
    rates = [str(label) for _name, label in period.rates]
    changes = [_("%(rate)s比上期") % {"rate": rate} for rate in rates]
    appraised = [_("%(rate)s（申诉后）") % {"rate": rate} for rate in rates]
    name = str(dict(DIVISIONS)[period.by])
    yield [name, *(str(label) for _name, label in period.figures), *rates, *appraised, *changes]
    for row in rows_of(period, now):
        yield [
            row.name,
            *(cell.value for cell in row.counts),
            *(_number(cell.value) for cell in row.rates),
            *(_number(cell.appraised) for cell in row.rates),
            *(_number(cell.change) for cell in row.rates),
        ]


def _number(value: int | Decimal | None) -> float | int | None:
    return float(value) if isinstance(value, Decimal) else value


def _lines(period: Period, since: date, until: date, now: datetime) -> list[Line]:
    days: Any = {"since": since, "until": until, "now": now}
    city = whole_city(**days, repeats=period.stands("repeated"))
    lines = {
        UNIT: lambda: by_unit(**days),
        TOWN: lambda: by_town(dict(towns().values_list("code", "short_name")), **days),
        TYPE: lambda: by_type(**days),
    }[period.by]()
    return [Line("", _("全市"), city.figures), *lines]


def _row(line: Line, earlier: Line | None, period: Period) -> Row:
    where = {period.by: line.code} if line.code else {}

    def url(figure: str) -> str:
        return figure_url(figure, period.since, period.until, **where)

    counts = [Cell(name, line.figures.get(name, 0), url(name)) for name, _label in period.figures]
    return Row(line.code, line.name, [_rate(line, earlier, name, url) for name, _label in period.rates], counts)


def _rate(line: Line, earlier: Line | None, name: str, url: Any) -> Cell:
    """A rate leads to the cases above its line."""
    rate, before = line.rate(name), earlier.rate(name) if earlier else None
    share_of, appraised = line.share_of(name), appraised_rate(name, line.figures)
    return Cell(
        name, rate, url(FORMULAS[name].above), change=None if rate is None or before is None else rate - before,
        of=share_of if 0 < share_of < FEW else None, appraised=appraised, contested=appraised != rate,
    )  # fmt: skip
