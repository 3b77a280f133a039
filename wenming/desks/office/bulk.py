"""Acting on many cases at once: what would happen to each, which are exceptions, and then doing the rest.

Every case is its own transaction: one that somebody else has just moved is skipped and named, the others go through.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from wenming.cases import services as cases
from wenming.cases.look_alikes import ONE_PLACE_M
from wenming.cases.models import Case
from wenming.cases.proposals import proposal
from wenming.cases.rules.lifecycle import ENDED, STEPS, State
from wenming.cases.selectors import distance_between
from wenming.organisations.models import Account
from wenming.refusals import Refusal

from .acts import accept_and_dispatch
from .kinds import Kind
from .offers import offer_of, sealed

BULK_ACTS = (
    ("dispatch", gettext_lazy("按建议派遣"), "D"),
    ("merge", gettext_lazy("并案"), "M"),
    ("close", gettext_lazy("结案"), ""),
)
UNDO = {"dispatch": cases.recall, "merge": cases.separate}


@dataclass(frozen=True)
class Line:
    """One case of a batch: what will happen to it, or why it is left out."""

    case: Case
    will: str = ""
    exception: str = ""
    given: Any = None


def plan(act: str, chosen: Sequence[Case], now: datetime) -> list[Line]:
    """What the act would do to each case, exceptions first. Raises KeyError for an act that is not in BULK_ACTS."""
    lines = {"dispatch": _plan_dispatch, "merge": _plan_merge, "close": _plan_close}[act](chosen, now)
    return sorted(lines, key=lambda line: not line.exception)


def carry_out(act: str, lines: Sequence[Line], by: Account, now: datetime) -> list[Line]:
    """Do it to every line that is no exception; the lines again, with what was refused on the way as exceptions."""
    do = _DO[act]
    return [line if line.exception else _try(do, line, by, now) for line in lines]


def permission(act: str) -> str:
    """The permission of the lifecycle's step."""
    return STEPS[act].permission


def result_words(act: str, lines: Sequence[Line]) -> str:
    """“已派遣 12 件，跳过 2 件：26-1122-0375（…）”."""
    skipped = [line for line in lines if line.exception]
    done = len(lines) - len(skipped)
    said = ngettext("已%(act)s %(count)d 件", "已%(act)s %(count)d 件", done) % {"act": _(STEPS[act].zh), "count": done}
    if not skipped:
        return said
    named = "；".join(f"{line.case.number}（{line.exception}）" for line in skipped[:3])
    return said + _("，跳过 %(count)d 件：%(named)s") % {"count": len(skipped), "named": named}


def _plan_dispatch(chosen: Sequence[Case], now: datetime) -> list[Line]:
    return [_dispatch_line(case, now) for case in chosen]


def _dispatch_line(case: Case, now: datetime) -> Line:
    if case.state not in {State.COLLECTED, State.ESTABLISHED}:
        return Line(case, exception=_out_of_place(case, "dispatch"))
    offered = proposal(case, now)
    if offered.unit is None or offered.problem_type is None:
        return Line(case, exception=offered.why)
    kind = Kind(offered.problem_type, offered.rule)
    will = _("派给%(unit)s（%(kind)s）") % {"unit": offered.unit.name, "kind": offered.problem_type.name}
    given = {
        "unit": offered.unit,
        "kind": kind,
        "seen_moves": case.moves_count,
        "offered": sealed(offer_of(offered), case),
    }
    return Line(case, will, given=given)


def _plan_merge(chosen: Sequence[Case], now: datetime) -> list[Line]:
    """All into the one that came first; what lies too far from it or is of another kind is left out."""
    going_on = [case for case in sorted(chosen, key=lambda case: case.opened_at) if case.state not in ENDED]
    if len(going_on) < 2:
        return [Line(case, exception=_("并案要选至少两件在办的案件")) for case in chosen]
    into, *others = going_on
    ended = [Line(case, exception=_out_of_place(case, "merge")) for case in chosen if case not in going_on]
    return [*ended, *(_merge_line(case, into) for case in others)]


def _merge_line(case: Case, into: Case) -> Line:
    if case.state not in STEPS["merge"].sources:
        return Line(case, exception=_out_of_place(case, "merge"))
    metres = distance_between(case, into)
    if metres is None or metres > ONE_PLACE_M:
        return Line(case, exception=_("与 %(number)s 不在一处，请打开对比后再并") % {"number": into.number})
    if case.problem_type_id and into.problem_type_id and case.problem_type_id != into.problem_type_id:
        return Line(case, exception=_("与 %(number)s 不是同一小类") % {"number": into.number})
    will = _("并入 %(number)s（相距 %(metres)d 米）") % {"number": into.number, "metres": metres}
    return Line(case, will, given={"into": into, "seen_moves": case.moves_count})


def _plan_close(chosen: Sequence[Case], now: datetime) -> list[Line]:
    ready = State.VERIFIED
    return [
        Line(case, _("结案，请上报人评价"), given={"seen_moves": case.moves_count})
        if case.state == ready
        else Line(case, exception=_out_of_place(case, "close"))
        for case in chosen
    ]


def _try(do: Callable[..., Case], line: Line, by: Account, now: datetime) -> Line:
    try:
        do(line.case, line.given, by, now)
    except Refusal as refusal:
        return replace(line, exception=str(refusal))
    return line


def _merge(case: Case, given: Any, by: Account, now: datetime) -> Case:
    return cases.merge(case, by=by, now=now, **given)


def _close(case: Case, given: Any, by: Account, now: datetime) -> Case:
    return cases.close(case, by=by, now=now, **given)


def _out_of_place(case: Case, act: str) -> str:
    return _("现在是“%(state)s”，不能%(act)s") % {"state": case.get_state_display(), "act": _(STEPS[act].zh)}


_DO: dict[str, Callable[..., Case]] = {"dispatch": accept_and_dispatch, "merge": _merge, "close": _close}
