"""A case as its reporter reads it: where it stands, who has it, by when, what happens next, and what happened so far.

Citizens read units, never names of staff; of the words people wrote on the way they read only those meant for them:
why it was not accepted, what was done, and their own reasons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.cases.models import Case, CaseMove, Rating
from wenming.cases.rules.lifecycle import State
from wenming.cases.selectors import case_of, moves_of, photos_of
from wenming.cases.services.citizen import REOPEN_WITHIN
from wenming.desks.common.photos import Shown, shown_all
from wenming.desks.common.timeline import Told
from wenming.desks.common.wording import moment_words
from wenming.evidence.models import Role
from wenming.observations.models import Report
from wenming.observations.selectors import photos_of as photos_of_report
from wenming.organisations.models import Unit

# (shape of the status tag, its word, what happens next). %(unit)s is who has it now, %(due)s by when.
STANDING: dict[State, tuple[str, Promise, Promise]] = {
    State.COLLECTED: ("go", gettext_lazy("等待受理"), gettext_lazy("%(unit)s在 %(due)s决定是否受理。")),
    State.VERIFYING: ("go", gettext_lazy("核实中"), gettext_lazy("%(unit)s在 %(due)s到现场看一看。")),
    State.ESTABLISHED: ("go", gettext_lazy("已受理"), gettext_lazy("%(unit)s在 %(due)s派给负责的单位。")),
    State.DISPUTED: ("go", gettext_lazy("已受理"), gettext_lazy("%(unit)s在 %(due)s定下由哪个单位负责。")),
    State.DISPATCHED: ("go", gettext_lazy("办理中"), gettext_lazy("%(unit)s应在 %(due)s处理好并回复。")),
    State.SUSPENDED: ("hold", gettext_lazy("暂停办理"), gettext_lazy("现在还办不了。条件具备后%(unit)s接着办。")),
    State.ANSWERED: ("go", gettext_lazy("等待核查"), gettext_lazy("已处理。别的单位在 %(due)s到现场看是不是真的好了。")),
    State.VERIFIED: ("go", gettext_lazy("核查通过"), gettext_lazy("现场看过，已经解决。%(unit)s在 %(due)s办结。")),
    State.CLOSED: ("done", gettext_lazy("已办结"), gettext_lazy("请您评价。没有办好，%(reopen)s可以要求重办。")),
    State.NOT_ACCEPTED: (
        "hold", gettext_lazy("没有受理"), gettext_lazy("觉得应当办理的，可以补上照片或说明，再上报一次。"),
    ),
    State.VOID: ("hold", gettext_lazy("已作废"), gettext_lazy("这一件登记有误，已经作废。问题还在的，请再上报一次。")),
}  # fmt: skip

# One sentence for each act that a citizen needs to know of; acts left out are the office's own business.
SENTENCES: dict[str, Promise] = {
    "collect": gettext_lazy("收到上报"),
    "ask_verification": gettext_lazy("请%(unit)s到现场核实"),
    "recall_verification": gettext_lazy("不用到现场核实了，接着受理"),
    "cannot_see": gettext_lazy("%(by)s到了现场但看不清，还要再看"),
    "establish": gettext_lazy("受理了"),
    "refuse": gettext_lazy("没有受理"),
    "take_back_refusal": gettext_lazy("重新受理，再看一次"),
    "merge": gettext_lazy("和另一件相同的上报一起办"),
    "separate": gettext_lazy("改为单独办理"),
    "dispatch": gettext_lazy("交给%(unit)s办理，%(due)s办好"),
    "give_to_body": gettext_lazy("交给管理这里的%(unit)s办理，%(due)s办好"),
    "recall": gettext_lazy("收回，重新安排单位"),
    "acknowledge": gettext_lazy("%(unit)s签收"),
    "hand_back": gettext_lazy("%(by)s说明这不归它管，重新安排单位"),
    "ask_support": gettext_lazy("请%(unit)s一起办"),
    "reassign_support": gettext_lazy("改请%(unit)s一起办"),
    "answer_support": gettext_lazy("%(by)s办好了它那一部分"),
    "contest": gettext_lazy("%(by)s说明这不归它管，由创文办定下归谁"),
    "arbitrate": gettext_lazy("定下由%(unit)s办理，%(due)s办好"),
    "suspend": gettext_lazy("现在还办不了，暂停办理"),
    "resume": gettext_lazy("%(unit)s接着办理"),
    "answer": gettext_lazy("%(unit)s回复：已处理"),
    "pass_verification": gettext_lazy("%(by)s到现场看过，已经解决"),
    "send_back": gettext_lazy("%(by)s到现场看过，还没有解决，退回重新办理"),
    "close": gettext_lazy("办结"),
    "reinspect": gettext_lazy("%(by)s再到现场看过，已经到位，办结"),
    "settle": gettext_lazy("%(by)s发现后当场改好了"),
    "reopen_unsolved": gettext_lazy("复核时看到还没有解决，重新安排单位"),
    "adopt_closed": gettext_lazy("办结"),
    "void": gettext_lazy("登记有误，作废"),
    "reopen": gettext_lazy("上报人要求重办，重新安排单位"),
}
WITH_PHOTOS = frozenset({"verify_before", "answer", "answer_support", "pass_verification", "send_back"})


@dataclass(frozen=True)
class Story:
    """Everything a reporter's page shows."""

    report: Report
    case: Case | None
    title: str
    state: str
    state_words: str
    holder: str
    next: str
    before: Sequence[Shown]
    after: Sequence[Shown]
    lines: Sequence[Told] = field(default_factory=tuple)
    rating: Rating | None = None
    took: timedelta | None = None
    may_reopen: bool = False

    @property
    def looks_now(self) -> Shown | None:
        """The newest picture of how it is, after any rework."""
        return self.after[-1] if self.after else None

    @property
    def closed(self) -> bool:
        return self.case is not None and self.case.state == State.CLOSED

    @property
    def counting(self) -> bool:
        """Whether a clock is running that the citizen may hold somebody to."""
        return self.case is not None and self.case.due_at is not None and not self.case.ended


def story_of(report: Report, now: datetime) -> Story:
    """The story of one report, through any merge: what became of the other case became of this report."""
    case = case_of(report)
    if case is None:
        return _not_yet_a_case(report)
    state, words, coming = STANDING[State(case.state)]
    found = photos_of(case)
    seen_since = sorted([*found.after, *found.verified], key=lambda exhibit: (exhibit.added_at, exhibit.pk))
    return Story(
        report=report, case=case, title=_title(report, case), state=state, state_words=str(words), holder=_holder(case),
        next=str(coming) % _standing_words(case, now), before=shown_all(photos_of_report(report)),
        after=shown_all(exhibit for exhibit in seen_since if exhibit.role == Role.AFTER),
        lines=_lines(report, case, shown_all(seen_since), now),
        rating=_rating(case, report), took=case.closed_at - report.received_at if case.closed_at else None,
        may_reopen=case.closed_at is not None and now <= case.closed_at + REOPEN_WITHIN,
    )  # fmt: skip


def _not_yet_a_case(report: Report) -> Story:
    return Story(
        report=report, case=None, title=_title(report, None), state="go",
        state_words=_("已收到"), holder="", next=_("正在登记，几分钟后可以看到由谁办理。"),
        before=shown_all(photos_of_report(report)), after=[], lines=[Told(report.received_at, _("收到上报"))],
    )  # fmt: skip


def _title(report: Report, case: Case | None) -> str:
    """What kind of problem it is. Never the case's own title before it has a kind: that may be another's words."""
    if case is not None and case.problem_type is not None:
        return case.problem_type.name
    return report.category.name if report.category else _("您的上报")


def _holder(case: Case) -> str:
    if case.unit is not None:
        return case.unit.short_name
    return "" if case.ended or case.duty is None else case.duty.owner.short_name


def _standing_words(case: Case, now: datetime) -> Mapping[str, str]:
    reopen_until = (case.closed_at or now) + REOPEN_WITHIN
    return {
        "unit": _holder(case) or _("指挥中心"),
        "due": _due(case.due_at, now),
        "reopen": _("%(month)d 月 %(day)d 日前") % _day(reopen_until),
    }


def _due(due_at: datetime | None, now: datetime) -> str:
    return _("%(moment)s 前") % {"moment": moment_words(due_at, now)} if due_at else _("规定时间内")


def _day(moment: datetime) -> Mapping[str, int]:
    local = timezone.localtime(moment)
    return {"month": local.month, "day": local.day}


def _lines(report: Report, case: Case, photos: Sequence[Shown], now: datetime) -> list[Told]:
    """This report's own case until it was merged, then the case it went into; oldest first.

    A photograph stands at the act with which it came: both were stored at one moment.
    """
    own = report.case_report.case
    moves = list(moves_of(own))
    if own.pk != case.pk:
        moves += [move for move in moves_of(case) if move.act != "collect"]
    told = [(move, _sentence(move, now)) for move in sorted(moves, key=lambda move: (move.at, move.pk))]
    return [
        Told(
            move.at, what, note=_note(move, report), photos=_photos_at(move, photos) if move.act in WITH_PHOTOS else ()
        )
        for move, what in told
        if what
    ]


def _photos_at(move: CaseMove, photos: Sequence[Shown]) -> list[tuple[str, str]]:
    return [(photo["url"], photo["alt"]) for photo in photos if photo["at"] == move.at]


def _sentence(move: CaseMove, now: datetime) -> str:
    if move.act == "verify_before":
        holds = move.facts.get("holds")
        return _("到现场核实过，问题存在") if holds else _("到现场核实过，没有看到这个问题")
    if move.act == "decide_extension":
        return _("办理时间延到 %(due)s") % _move_words(move, now) if move.facts.get("granted") else ""
    sentence = SENTENCES.get(move.act)
    return str(sentence) % _move_words(move, now) if sentence else ""


def _move_words(move: CaseMove, now: datetime) -> Mapping[str, str]:
    due = parse_datetime(str(move.facts.get("due", "")))
    return {"unit": _short(move.unit), "by": _short(move.by_unit), "due": _due(due, now)}


def _short(unit: Unit | None) -> str:
    return unit.short_name if unit else _("指挥中心")


def _note(move: CaseMove, report: Report) -> str:
    """The words of others that a reporter may read."""
    if move.act == "refuse":
        return move.reason
    if move.act == "answer":
        done: Any = move.facts.get("done") or []
        return "。".join(part for part in ("、".join(done), move.reason) if part)
    if move.act == "reopen" and move.facts.get("report") == report.pk:
        return move.reason
    return ""


def _rating(case: Case, report: Report) -> Rating | None:
    """The verdict on this closing. After a reopening the question is asked anew."""
    if case.closed_at is None:
        return None
    return case.ratings.filter(report=report, at__gte=case.closed_at).order_by("at", "pk").last()
