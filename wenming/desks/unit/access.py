"""Who sits at this desk: people of a unit that answers for cases. Everybody else has a desk of their own."""

from __future__ import annotations

from collections.abc import Callable

from wenming.desks.common.access import View, desk

AT_THIS_DESK = "cases.answer"
unit_desk: Callable[[View], View] = desk("unit")(AT_THIS_DESK)
