"""What the page of one case shows (archetype B): head, next action, evidence, story, proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from wenming.cases.disputes import both_sides, open_dispute, rulings
from wenming.cases.look_alikes import merge_hints
from wenming.cases.models import BoundaryCase, Case, CaseMove
from wenming.cases.proposals import Proposal, proposal
from wenming.cases.rules.disputes import CLOCK_ZH, ClockEffect
from wenming.cases.rules.lifecycle import State
from wenming.cases.selectors import moves_of, open_steps, photos_of, reports_of
from wenming.desks.common.parts import part_rows
from wenming.desks.common.photo_hints import hints_on_page
from wenming.desks.common.photos import shown, shown_all
from wenming.desks.common.wording import appeal_words, limit_words
from wenming.journal.selectors import entries_about
from wenming.organisations.models import Account
from wenming.responsibilities.duties import recomputed_due_at
from wenming.responsibilities.models import Duty
from wenming.responsibilities.rules.clock import Limit, LimitUnit
from wenming.responsibilities.rules.duty import DutyState
from wenming.responsibilities.rules.ladder import DEFAULT_LADDER

from .acts import Act, acts_for
from .components_page import link_shown
from .forms import ActForm
from .frontages_page import tie_shown
from .kinds import kinds
from .rows import CaseRow

ACCEPTING = {State.COLLECTED, State.ESTABLISHED}
RUNGS = {rung.name: rung.label for rung in DEFAULT_LADDER}


@dataclass(frozen=True)
class OpenAct:
    """An act this person may take now, with its form."""

    act: Act
    form: ActForm
    address: str


def page_of(
    case: Case, *, user: Account, now: datetime, refused: ActForm | None = None, refused_noun: str = "",
    seen_moves: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The whole page. refused: the form to show again with what is to be mended; seen_moves: what the person had seen."""
    moves, parts = list(moves_of(case)), part_rows(case, now)
    return {
        **acting(case, user=user, now=now, refused=refused, refused_noun=refused_noun),
        **_evidence(case),
        **hints_on_page(case, user),
        "hint_links": True,
        "moves": [_entry(move) for move in moves],
        "parts": parts,
        "sides": both_sides([dispute], now)[0] if (dispute := open_dispute(case)) else None,
        "rulings": list(rulings(user).filter(dispute__case=case)) if any(m.act == "arbitrate" for m in moves) else [],
        "news": [_entry(move) for move in moves if seen_moves is not None and move.position > seen_moves],
        "extension": _waiting_extension(case),
        "appeals": list(case.appeals.select_related("ruling", "by_unit", "by")),
        "clock_note": _clock_note(case.duty if case.state in ACCEPTING else _last_handling(case) or case.duty),
        "neighbours": list(BoundaryCase.objects.filter(case=case).select_related("unit")),
        "proof": entries_about(case).last(),
        **link_shown(case, user),
        **tie_shown(case, user),
        "merged": list(case.merged_cases.filter(state=State.MERGED).order_by("opened_at")),
        "verifications": list(case.verifications.select_related("by", "by_unit")),
        "ratings": list(case.ratings.all()),
    }


def acting(
    case: Case, *, user: Account, now: datetime, refused: ActForm | None = None, refused_noun: str = "", next: str = ""
) -> dict[str, Any]:
    """The head of a case and what may be done with it now; the dispatch desk shows this part alone."""
    acts = acts_for(case, open_steps(case, user))
    offered = proposal(case, now) if case.state in ACCEPTING else None
    opened = [_open(act, case, user, offered, next, refused, refused_noun) for act in acts]
    first = _leading(opened)
    return {
        "case": case,
        "row": CaseRow(case, now),
        "now": now,
        "state_words": case.get_state_display(),
        "first": first,
        "others": [one for one in opened if one is not first],
        "waits_for": None if first else _waits_for(case),
        "refused_noun": refused_noun,
        "offered": offered,
        # Called by the template that needs them: four hundred lines are not read for a part that leaves them out.
        "kinds": kinds if any("kind" in one.form.fields for one in opened) else (),
        "limit": _limit_words(case, offered),
        "hints": merge_hints(case) if case.state in ACCEPTING else [],
    }


def _leading(opened: Sequence[OpenAct]) -> OpenAct | None:
    """The act that carries the case on, the likeliest of them."""
    return next((one for one in opened if one.act.leads), None)


def _waits_for(case: Case) -> dict[str, Any] | None:
    """While a unit works on it: whether it has signed, and which reminder goes out next, without anybody's doing."""
    duty = case.handling
    if case.state != State.DISPATCHED or duty is None:
        return None
    return {
        "unit": case.unit,
        "acknowledged_at": duty.acknowledged_at,
        "reached": _(RUNGS[duty.rung]) if duty.rung in RUNGS else "",
        "next": _(RUNGS[duty.next_rung]) if duty.next_rung in RUNGS else "",
        "next_at": duty.next_rung_at,
    }


def _open(
    act: Act, case: Case, user: Account, offered: Proposal | None, next: str, refused: ActForm | None, refused_noun: str
) -> OpenAct:
    if refused is not None and act.noun == refused_noun:
        return OpenAct(act, refused, act.address(case))
    return OpenAct(act, act.form(case=case, user=user, noun=act.noun, proposal=offered, next=next), act.address(case))


def _evidence(case: Case) -> dict[str, Any]:
    photos = photos_of(case)
    return {
        "before": shown(photos.before[0]) if photos.before else None,
        "after": shown(photos.after[-1]) if photos.after else None,
        "photos": [
            (words, shown_all(exhibits))
            for words, exhibits in (
                (_("上报时"), photos.before), (_("处置后"), photos.after), (_("核实核查"), photos.verified),
            )
            if exhibits
        ],
        "reports": list(reports_of(case)),
    }  # fmt: skip


def _entry(move: CaseMove) -> dict[str, Any]:
    """One move as `{% timeline %}` takes it."""
    who = " ".join(str(one) for one in (move.by_unit, move.by) if one)
    parts = [part.rstrip("。") for part in (*_facts(move), move.reason)]
    return {
        "what": move.get_act_display(),
        "who": who,
        "at": move.at,
        "note": "；".join(part for part in parts if part),
    }


def _facts(move: CaseMove) -> Sequence[str]:
    """What else the move says that a person should read."""
    facts, said = move.facts, []
    if move.act in {"dispatch", "give_to_body"} and move.unit:
        said = [_("派给%(unit)s") % {"unit": move.unit}, facts.get("why", "")]
    elif move.act == "arbitrate" and move.unit:
        said = [_("裁定由%(unit)s办理") % {"unit": move.unit}, _clock_words(facts)]
    elif move.act in {"hand_back", "contest"} and move.unit:
        said = [_("认为应由%(unit)s办理") % {"unit": move.unit}]
    elif move.act in {"ask_support", "reassign_support", "withdraw_support"}:
        said = [str(move.unit)]
    elif move.act == "decide_extension":
        said = [_("同意延期") if facts.get("granted") else _("不同意延期")]
    elif move.act in {"appeal", "decide_appeal"}:
        said = [appeal_words(facts)]
    elif move.act == "merge":
        said = [_("并入 %(number)s") % {"number": facts.get("into", "")}]
    elif move.act == "verify_before":
        said = [_("属实") if facts.get("holds") else _("不属实")]
    elif move.act == "answer":
        said = ["、".join(facts.get("done", []))]
    return said


def _clock_words(facts: Mapping[str, Any]) -> str:
    return _(CLOCK_ZH[ClockEffect(facts["clock"])]) if facts.get("clock") else ""


def _waiting_extension(case: Case) -> dict[str, Any] | None:
    waiting = (
        case.handling.extensions.filter(decided_at=None).select_related("asked_by").first() if case.handling else None
    )
    return {"reason": waiting.reason, "by": waiting.asked_by, "amount": limit_words(waiting.limit)} if waiting else None


def _limit_words(case: Case, offered: Proposal | None) -> str:
    """“4 个工作时”, by the condition that will apply."""
    if offered is not None and offered.rule is not None:
        return limit_words(Limit(offered.rule.limit_amount, LimitUnit(offered.rule.limit_unit)))
    return limit_words(case.handling.limit) if case.handling else ""


def _last_handling(case: Case) -> Duty | None:
    """The unit's own duty, over or not: whether it was in time is still asked long after the case is closed."""
    handlings = Duty.objects.filter(subject=case.key, kind="case.handle").exclude(state=DutyState.WITHDRAWN)
    return case.handling or handlings.select_related("calendar", "schedule").order_by("-started_at").first()


def _clock_note(duty: Duty | None) -> dict[str, Any] | None:
    """By which calendar and hours the deadline was computed, and whether computing it again gives the same (P4)."""
    if duty is None:
        return None
    return {
        "duty": duty,
        "limit": limit_words(duty.limit),
        "calendar": duty.calendar,
        "hours": duty.schedule,
        "agrees": recomputed_due_at(duty) == duty.due_at,
    }
