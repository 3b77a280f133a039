"""What is to be looked at on the spot, by whom: before establishing (核实) and before closing (核查)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wenming.cases.boundary import cases_beside
from wenming.cases.models import BoundaryCase, Case, CaseMove
from wenming.cases.rules.lifecycle import State
from wenming.cases.selectors import GIVEN_TO_A_UNIT, cases_visible_to, cover_photos, open_steps, photos_of, reports_of
from wenming.desks.common.case_line import CaseLine
from wenming.desks.common.photos import shown_all
from wenming.desks.common.reporters import without_numbers
from wenming.evidence.models import Exhibit
from wenming.organisations.models import Account
from wenming.responsibilities.selectors import time_left


@dataclass(frozen=True)
class Stage:
    """One kind of look: its name, its question, and three answers that nothing leans towards."""

    name: str | Promise
    question: str | Promise
    yes: str | Promise
    no: str | Promise
    unseen: str | Promise
    needs_reason: bool


BEFORE = Stage(_("核实"), _("现场有这个问题吗？"), _("在"), _("不在"), _("看不到"), needs_reason=False)
AFTER = Stage(_("核查"), _("现在解决了吗？"), _("解决了"), _("没解决"), _("看不到现场"), needs_reason=True)
STAGES = {State.VERIFYING: BEFORE, State.ANSWERED: AFTER}


def tasks_for(user: Account) -> QuerySet[Case]:
    """The cases that this person may verify now, the most urgent first.

    Never one that the person's own unit, or a unit above it, ever handled (`lifecycle.may_verify`, here as a query).
    """
    handled_by_us = CaseMove.objects.filter(
        case=OuterRef("pk"), act__in=GIVEN_TO_A_UNIT, unit__path__in=_own_line(user.unit.path)
    )
    asked_of_us = Q(state=State.VERIFYING, duty__owner__path__startswith=user.unit.path)
    return (
        cases_visible_to(user)
        .filter(asked_of_us | Q(state=State.ANSWERED))
        .exclude(Exists(handled_by_us))
        .select_related("placement__town", "duty__calendar", "duty__schedule")
        .order_by("due_at", "pk")
    )


def finds_of(user: Account, now: datetime) -> QuerySet[Case]:
    """What this person found today, the newest first."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return (
        cases_visible_to(user)
        .filter(case_reports__report__entered_by=user, opened_at__gte=midnight)
        .distinct()
        .order_by("-opened_at", "-pk")
    )


def beside(user: Account) -> QuerySet[BoundaryCase]:
    """边界旁: what happens just beyond the own border and others look after; to know, not to do, so never what is a task."""
    return cases_beside(user).exclude(case__in=tasks_for(user).order_by().values("pk"))


@dataclass(frozen=True)
class TaskRow(CaseLine):
    """A task as a line of 今天."""

    now: datetime
    cover: Exhibit | None = None

    @property
    def stage(self) -> Stage | None:
        return STAGES.get(State(self.case.state))

    @property
    def left(self) -> timedelta | None:
        duty = self.case.duty
        return time_left(duty, self.now) if duty and self.now <= duty.due_at else None


def task_rows(cases: Sequence[Case], now: datetime) -> list[TaskRow]:
    """Lines for a page of tasks, photographs included, in two queries."""
    covers = cover_photos(cases)
    return [TaskRow(case, now, covers.get(case.pk)) for case in cases]


def task_page(case: Case, user: Account, now: datetime) -> dict[str, Any]:
    """How it was, what the unit says it did, and the question, if it is this person's to answer."""
    photos = photos_of(case)
    acts = {step.act for step in open_steps(case, user)}
    may = bool(acts & {"verify_before", "pass_verification"})
    answer = case.moves.filter(act="answer").select_related("by_unit").order_by("-position").first()
    return {
        "case": case, "row": TaskRow(case, now), "now": now, "before": shown_all(photos.before), "after": shown_all(photos.after),
        "stage": STAGES.get(State(case.state)) if may else None, "answer": answer, "why_not": "" if may else why_not(case, user),
        "said": [without_numbers(report.text) for report in reports_of(case) if report.text.strip()],
        "unseen": case.moves.filter(act="cannot_see").order_by("-position").first(),
    }  # fmt: skip


def why_not(case: Case, user: Account) -> str:
    """Why there is nothing to answer here, in the words of the person's own place."""
    if case.state in STAGES:
        return gettext("这件是您单位办理的，要由别的单位核查。")
    return gettext("这件现在是“%(state)s”，不用到现场看。") % {"state": case.get_state_display()}


def _own_line(path: str) -> list[str]:
    """The places in the tree of a unit and of every unit above it: `/A/B/` gives `/A/` and `/A/B/`."""
    codes = path.strip("/").split("/")
    return [f"/{'/'.join(codes[: depth + 1])}/" for depth in range(len(codes))]
