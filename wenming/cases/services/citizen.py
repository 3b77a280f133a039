"""What the reporter decides: how good the result is, and that it is not good enough."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from wenming.engine.writing import insert
from wenming.journal import services as journal
from wenming.observations.models import Report
from wenming.refusals import Refusal

from ..models import Case, Rating
from ..rules.lifecycle import State
from .moving import begin, command_centre, hold, lock, move, next_stage

REOPEN_WITHIN = timedelta(days=15)


class TooLate(Refusal):
    code = "case.too-late"


class NotClosedYet(Refusal):
    code = "case.not-closed"


@transaction.atomic
def rate(case: Case, *, report: Report, score: int, why: str = "", now: datetime) -> Rating:
    """评价: five words from 非常满意 to 非常不满意. A second one replaces the first in the figures; both are kept. 8.1."""
    case = lock(case.pk)
    if case.state != State.CLOSED:
        raise NotClosedYet(_("这件还没有办完，办完后就可以评价。"))
    rating = Rating(case=case, report=report, score=score, why=why.strip(), at=now)
    insert(rating)
    journal.record("case.rated", by=None, about=case, now=now, score=score)
    return rating


@transaction.atomic
def reopen(case: Case, *, report: Report, reason: str, now: datetime) -> Case:
    """重办: the reporter says it is not solved. Within fifteen days of closing; nobody has to approve it."""
    case = begin(case, "reopen", by=None, reason=reason)
    if case.closed_at and now > case.closed_at + REOPEN_WITHIN:
        raise TooLate(_("办结已经超过 15 天。如果问题又出现了，请重新上报一次，我们会当新的一件来办。"))
    case.closed_at = None
    hold(case, None)
    next_stage(case, "case.dispatch", owner=command_centre(), now=now)
    move(case, "reopen", by=None, now=now, reason=reason, report=report.pk)
    return case
