"""协办: what other units are asked on a case that one unit leads. Its states, and how long it may take. Policy: 7.6.

    请协办 ──► 办理中 ──► 已回复
                  ├──► 退回（写明原因）──► 改派
                  ├──► 撤回
                  └──► 没有回复（案件已结案）

One unit leads (主办) and answers for the whole case; the figures of the appraisal are the lead's alone. Who supports
answers for its part, on its own clock, which never runs longer than the case's.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from wenming.standards.rules.limits import LONGEST, Limit, LimitUnit
from wenming.words import gettext_noop as _

AN_HOUR = timedelta(hours=1)


class SupportState(StrEnum):
    """Where one sub-task stands."""

    OPEN = "open"
    ANSWERED = "answered"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    UNANSWERED = "unanswered"


SUPPORT_STATES_ZH: dict[SupportState, str] = {
    SupportState.OPEN: _("协办中"),
    SupportState.ANSWERED: _("已回复"),
    SupportState.RETURNED: _("已退回"),
    SupportState.WITHDRAWN: _("已撤回"),
    SupportState.UNANSWERED: _("到结案没有回复"),
}
# What the command centre may still give to somebody else, or take back.
MOVABLE = frozenset({SupportState.OPEN, SupportState.RETURNED})


def limit_until(case_due_at: datetime, now: datetime) -> Limit:
    """The whole hours left on the case's clock: a sub-task without a limit of its own falls due with the case.

    At least one, since nobody can do anything in no time: only a case that is overdue, or within its last hour, can
    have a sub-task that ends after it.
    """
    return Limit(min(max(1, (case_due_at - now) // AN_HOUR), LONGEST), LimitUnit.HOURS)


def runs_too_long(due_at: datetime, case_due_at: datetime, now: datetime) -> bool:
    """Whether a sub-task would end after the case that it is a part of, though the case leaves time for it."""
    return due_at > max(case_due_at, now + AN_HOUR)
