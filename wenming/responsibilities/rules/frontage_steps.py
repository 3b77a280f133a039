"""The lawful steps against a frontage that is not kept (门前三包的法定步骤): none skipped, none back-dated. Policy: 3.5.

提醒 → 责令限期改正 → 陈述申辩 → 移送执法. Each has its document; its term runs from the service of that document; what comes next
waits until the term is over, somebody has looked on the spot, and there is something to show. Without a written notice
of the area (书面告知) nobody owes anything, so there is no first step. Nothing here computes a fine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .clock import Limit, LimitUnit


class StepKind(StrEnum):
    REMINDER = "reminder"  # 提醒
    ORDER = "order"  # 责令限期改正
    HEARING = "hearing"  # 陈述申辩权利告知
    REFERRAL = "referral"  # 移送执法


ORDER_OF_STEPS: tuple[StepKind, ...] = tuple(StepKind)
NEXT: dict[StepKind | None, StepKind | None] = {
    None: StepKind.REMINDER, StepKind.REMINDER: StepKind.ORDER, StepKind.ORDER: StepKind.HEARING,
    StepKind.HEARING: StepKind.REFERRAL, StepKind.REFERRAL: None,
}  # fmt: skip
# What a term is unless the document says otherwise, and what it may be. A referral sets the shop no term.
TERMS: dict[StepKind, Limit] = {
    StepKind.REMINDER: Limit(1, LimitUnit.WHOLE_DAYS),
    StepKind.ORDER: Limit(3, LimitUnit.WHOLE_DAYS),
    StepKind.HEARING: Limit(5, LimitUnit.WHOLE_DAYS),
}
LEAST_DAYS: dict[StepKind, int] = {StepKind.REMINDER: 1, StepKind.ORDER: 1, StepKind.HEARING: 5}
MOST_DAYS = 30


class WhyNot(StrEnum):
    """Why a step may not be taken now."""

    ENDED = "ended"
    NO_NOTICE = "no_notice"
    OUT_OF_ORDER = "out_of_order"
    BACK_DATED = "back_dated"
    NOT_SERVED = "not_served"
    TOO_SOON = "too_soon"
    CLAIM_WAITS = "claim_waits"
    NOT_LOOKED = "not_looked"
    MENDED = "mended"
    NO_EVIDENCE = "no_evidence"
    NOT_HEARD = "not_heard"
    SPOKE = "spoke"


@dataclass(frozen=True)
class Taken:
    """A step that was taken. due_at: the end of its term, which only service sets running."""

    kind: StepKind
    issued_at: datetime
    served_at: datetime | None = None
    due_at: datetime | None = None


@dataclass(frozen=True)
class Look:
    """Somebody looked on the spot."""

    at: datetime
    mended: bool
    shown: bool  # with a photograph or a file


@dataclass(frozen=True)
class Facts:
    """What is on record of a matter. claimed_at: the shop said 改好了; heard_at: a statement, or the lack of one, was recorded.

    notice_at: when they had been told in writing of all the ground that is theirs today; statements: when they spoke from
    their own page.
    """

    notice_at: datetime | None
    steps: Sequence[Taken] = ()
    looks: Sequence[Look] = ()
    claimed_at: datetime | None = None
    heard_at: datetime | None = None
    statements: Sequence[datetime] = ()
    ended_at: datetime | None = None

    @property
    def last_step(self) -> Taken | None:
        return self.steps[-1] if self.steps else None

    @property
    def last_look(self) -> Look | None:
        return self.looks[-1] if self.looks else None

    @property
    def next_kind(self) -> StepKind | None:
        """The step that comes next; None after a referral."""
        return NEXT[self.last_step.kind if self.last_step else None]

    @property
    def unheard(self) -> bool:
        """Whether they spoke within the term that the newest step gave, and nobody has recorded it since."""
        last = self.last_step
        if last is None or last.served_at is None or last.due_at is None:
            return False
        spoken = [each for each in self.statements if last.served_at <= each <= last.due_at]
        return bool(spoken) and (self.heard_at is None or self.heard_at < max(spoken))


def why_not(kind: StepKind, facts: Facts, now: datetime) -> WhyNot | None:
    """Why this step may not be taken at this moment; None when it may. Policy: 3.5."""
    if facts.ended_at is not None:
        return WhyNot.ENDED
    if facts.notice_at is None or facts.notice_at > now:
        return WhyNot.NO_NOTICE
    if kind is not facts.next_kind:
        return WhyNot.OUT_OF_ORDER
    return _after_the_last_step(kind, facts, now) or _after_the_last_look(kind, facts, now)


def _after_the_last_step(kind: StepKind, facts: Facts, now: datetime) -> WhyNot | None:
    last = facts.last_step
    known = [facts.notice_at, *(each for one in facts.steps for each in (one.issued_at, one.served_at))]
    known += [*(look.at for look in facts.looks), facts.claimed_at, facts.heard_at]
    if any(each is not None and each > now for each in known):
        return WhyNot.BACK_DATED
    if last is None:
        return None
    if last.served_at is None or last.due_at is None:
        return WhyNot.NOT_SERVED
    heard = facts.heard_at is not None and facts.heard_at >= last.served_at
    if kind is StepKind.REFERRAL:
        return None if heard and not facts.unheard else WhyNot.NOT_HEARD
    return WhyNot.TOO_SOON if now <= last.due_at else None


def _after_the_last_look(kind: StepKind, facts: Facts, now: datetime) -> WhyNot | None:
    look, last = facts.last_look, facts.last_step
    if facts.claimed_at is not None and (look is None or look.at < facts.claimed_at):
        return WhyNot.CLAIM_WAITS
    if look is None or (last is not None and kind is not StepKind.REFERRAL and last.due_at is not None and look.at < last.due_at):
        return WhyNot.NOT_LOOKED
    # What was seen before they were told of this ground was the town's own failing.
    if facts.notice_at is not None and look.at < facts.notice_at:
        return WhyNot.NOT_LOOKED
    if look.mended:
        return WhyNot.MENDED
    return None if look.shown else WhyNot.NO_EVIDENCE


def why_not_hear(facts: Facts, now: datetime, *, waived: bool) -> WhyNot | None:
    """Whether what the shop has to say may be recorded now; waived: it said nothing and its term is over."""
    last = facts.last_step
    if facts.ended_at is not None:
        return WhyNot.ENDED
    if last is None or last.kind is not StepKind.HEARING:
        return WhyNot.OUT_OF_ORDER
    if last.served_at is None or last.due_at is None:
        return WhyNot.NOT_SERVED
    if now < last.served_at:
        return WhyNot.BACK_DATED
    if not waived:
        return None
    # Who has spoken has not kept silent, whatever was recorded of it.
    if facts.unheard or (facts.heard_at is not None and facts.heard_at >= last.served_at):
        return WhyNot.SPOKE
    return WhyNot.TOO_SOON if now <= last.due_at else None
