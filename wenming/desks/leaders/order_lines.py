"""An order as a line of 督办 and as a page of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wenming.accountability.models import LeaderOrder
from wenming.desks.common.due_groups import by_due
from wenming.responsibilities.rules.duty import DutyState
from wenming.responsibilities.selectors import time_left

ORDER_COLUMNS = [_("批示"), _("承办单位"), _("时限"), _("批示人"), _("日期")]
ACTS = {
    "answer": _("回复"), "send_back": _("退回重办"), "extend": _("同意延期"), "refuse_extension": _("不同意延期"),
    "suspend": _("挂账"), "resume": _("恢复办理"), "warned": _("临期提醒"), "overdue": _("逾期"), "reminded": _("催办"),
    "supervised": _("督办"),
}  # fmt: skip


@dataclass(frozen=True)
class OrderLine:
    """What `{% queue %}` and `{% clock %}` need of an order."""

    order: LeaderOrder
    now: datetime

    def __str__(self) -> str:
        return self.order.number

    @property
    def pk(self) -> int:
        return self.order.pk

    @property
    def due_at(self) -> datetime:
        return self.order.duty.due_at

    @property
    def warn_at(self) -> datetime:
        return self.order.duty.warn_at

    @property
    def paused(self) -> bool:
        return self.order.duty.state == DutyState.SUSPENDED

    @property
    def done_at(self) -> datetime | None:
        return self.order.duty.ended_at

    @property
    def answered(self) -> bool:
        return self.order.duty.state == DutyState.ANSWERED

    @property
    def left(self) -> timedelta | None:
        running = self.order.duty.is_open and self.now <= self.due_at
        return time_left(self.order.duty, self.now) if running else None


def order_lines(orders: Iterable[LeaderOrder], now: datetime) -> list[OrderLine]:
    return [OrderLine(order, now) for order in orders]


def grouped(orders: Iterable[LeaderOrder], now: datetime) -> list[tuple[str | Promise, list[OrderLine]]]:
    """Answers to judge first, then by deadline, then what is done."""
    lines = order_lines(orders, now)
    answered = [line for line in lines if line.answered]
    done = [line for line in lines if line.done_at]
    open_ones = [line for line in lines if not line.answered and not line.done_at]
    return [(_("已回复，等您认可"), answered), *by_due(open_ones, now), (_("已办结"), done)]


def order_page(order: LeaderOrder, now: datetime) -> dict[str, Any]:
    """The order, its clock, what happened since."""
    moves = [{"what": ACTS.get(m.act, m.act), "at": m.at, "note": m.reason} for m in order.duty.moves.all()]
    entries = [{"what": _("批示"), "who": str(order.by), "at": order.at, "note": order.text}, *moves]
    return {"order": order, "line": OrderLine(order, now), "entries": entries, "now": now}
