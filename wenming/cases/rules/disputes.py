"""归属争议: when a unit's 退回 goes to the office for a ruling (裁定) instead of back to the dispatcher, and what binds.

The first return that the matrix agrees with was a mistake of dispatching: the dispatcher mends it. A return that the
matrix contradicts, or a second return of the same case, is a dispute: nobody dispatches it again before the office has
ruled. The ruling binds the unit it names. The matrix learns nothing from it by itself: the ruling may propose a line,
and whoever may change the matrix decides about that apart.
"""

from __future__ import annotations

from enum import StrEnum

from wenming.words import gettext_noop as _


class Ground(StrEnum):
    """Why a return is a dispute."""

    MATRIX = "matrix"
    AGAIN = "again"


class ClockEffect(StrEnum):
    """What the ruling does to the clock of whoever it names."""

    ANEW = "anew"
    CONTINUES = "continues"


GROUNDS_ZH: dict[Ground, str] = {
    Ground.MATRIX: _("与权责清单不一致"),
    Ground.AGAIN: _("第二次退回"),
}
CLOCK_ZH: dict[ClockEffect, str] = {
    ClockEffect.ANEW: _("时限从裁定起重新算"),
    ClockEffect.CONTINUES: _("时限接着原来的算，争议期间不算"),
}


def ground_of_dispute(*, named: str, accountable: str | None, returned_before: int) -> Ground | None:
    """Why this return needs a ruling; None where the dispatcher may simply send the case on.

    named: the unit that the return says is the right one. accountable: the matrix's answer, None where it has none.
    """
    if accountable is not None and named != accountable:
        return Ground.MATRIX
    return Ground.AGAIN if returned_before else None
