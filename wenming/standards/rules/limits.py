"""How much time is allowed (时限), in the units of the trade."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

LONGEST = 9999


class LimitUnit(StrEnum):
    """What one unit of a limit is, and so which clock runs."""

    WORK_HOURS = "work_hours"  # 工作时: only while the unit works
    WORK_DAYS = "work_days"  # 工作日 of a case: the working hours of one day, counted from the moment
    WHOLE_DAYS = "whole_days"  # 工作日 of a letter: the day of assignment is day 0, ends at close of business
    HOURS = "hours"  # 紧急: natural hours, day and night
    DAYS = "days"  # natural days of 24 hours

    @property
    def is_natural(self) -> bool:
        """Whether the clock runs day and night."""
        return self in {LimitUnit.HOURS, LimitUnit.DAYS}


_NOTATION = re.compile(r"(?P<amount>[1-9]\d{0,3})(?P<natural>u?)(?P<unit>[hd])")
_UNITS = {
    "h": LimitUnit.WORK_HOURS,
    "d": LimitUnit.WORK_DAYS,
    "uh": LimitUnit.HOURS,
    "ud": LimitUnit.DAYS,
}
_NOTATIONS = {unit: notation for notation, unit in _UNITS.items()}


@dataclass(frozen=True)
class Limit:
    """An amount of one unit, at least 1."""

    amount: int
    unit: LimitUnit

    def __post_init__(self) -> None:
        if not 1 <= self.amount <= LONGEST:
            raise ValueError(f"a limit is 1 to {LONGEST} {self.unit}, not {self.amount}")

    @classmethod
    def parse(cls, notation: str) -> Limit:
        """Read `4h`, `5d`, `2uh`, `1ud`: working hours, working days, and with `u` (紧急) natural time."""
        found = _NOTATION.fullmatch(notation)
        if not found:
            raise ValueError(f"a limit is written like 4h, 5d, 2uh or 1ud, not {notation!r}")
        return cls(int(found["amount"]), _UNITS[found["natural"] + found["unit"]])

    @property
    def notation(self) -> str:
        """`4h` again, for files. Raises KeyError for whole days, which no type of a scheme has."""
        return f"{self.amount}{_NOTATIONS[self.unit]}"
