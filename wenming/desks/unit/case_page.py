"""The page of one case as its unit reads it (archetype B): head, next action, evidence, story.

A unit never reads who reported: no names, no receipt numbers (a receipt opens the reporter's own page), no telephone
numbers left in a text, and not even which of the city's own people found it. Other units' people are shown as their unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from wenming.cases.disputes import binding_ruling
from wenming.cases.models import BoundaryCase, Case, CaseMove
from wenming.cases.places import supervises
from wenming.cases.rules.lifecycle import State
from wenming.cases.selectors import moves_of, open_steps, photos_of, reports_of
from wenming.desks.common.parts import PartRow, part_rows
from wenming.desks.common.photo_hints import hints_on_page
from wenming.desks.common.photos import Shown, shown, shown_all
from wenming.desks.common.reporters import without_numbers
from wenming.desks.common.uploads import MOST_PHOTOS
from wenming.desks.common.wording import appeal_words, limit_words
from wenming.evidence.models import Subject
from wenming.evidence.selectors import exhibits_of
from wenming.organisations.models import Account
from wenming.responsibilities.models import Duty, DutyExtension

from .forms import (
    AcknowledgeForm,
    AnswerForm,
    AppealForm,
    CaseForm,
    ExtensionForm,
    LookForm,
    PartAnswerForm,
    PartReturnForm,
    ReminderForm,
    ReturnForm,
)
from .rows import CaseRow

# The unit's acts in the order in which they are offered, each with its form.
FORMS: dict[str, type[CaseForm]] = {
    "answer": AnswerForm, "acknowledge": AcknowledgeForm, "ask_extension": ExtensionForm, "hand_back": ReturnForm,
    "appeal": AppealForm,
}  # fmt: skip
PART_FORMS: dict[str, type[CaseForm]] = {"answer_support": PartAnswerForm, "hand_back_support": PartReturnForm}
# What a town does about a case that another unit owes under its eyes, where the case stands so.
SEEING_TO_IT: dict[str, tuple[type[CaseForm], frozenset[State]]] = {
    "remind": (ReminderForm, frozenset({State.DISPATCHED})),
    "look": (LookForm, frozenset({State.DISPATCHED, State.ANSWERED})),
}
# Whose doing these are is the reporter's secret.
BY_A_REPORTER = {"collect", "reopen"}


@dataclass(frozen=True)
class Refused:
    """An act that was not taken: its form with what to mend, and the photos that still wait. part: of which 协办."""

    act: str
    form: CaseForm
    tokens: Sequence[str] = field(default_factory=tuple)
    part: int | None = None


@dataclass(frozen=True)
class OwnPart:
    """A part (协办) that this person's unit owes, with its forms; none while the case stands."""

    row: PartRow
    answer: CaseForm | None
    hand_back: CaseForm | None
    refused: str = ""
    tokens: Sequence[str] = field(default_factory=tuple)


def page_of(case: Case, *, user: Account, now: datetime, refused: Refused | None = None) -> dict[str, Any]:
    """Everything the page shows."""
    photos, moves, parts = photos_of(case), list(moves_of(case)), part_rows(case, now)
    tokens = list(refused.tokens) if refused and refused.part is None else []
    own_parts = [_own_part(row, case, refused) for row in parts if row.open and _is_ours(row, user)]
    return {
        "case": case,
        "row": own_parts[0].row if own_parts and not _leads(case, user) else CaseRow(case, now),
        # Our own part stands above with its form.
        "parts": [row for row in parts if row.pk not in {own.row.pk for own in own_parts}],
        "own_parts": own_parts,
        "seeing_to_it": _seeing_to_it(case, user, refused),
        "now": now,
        **hints_on_page(case, user, only_after=True),
        "forms": forms_for(case, user, now, refused),
        "refused": refused.act if refused and refused.part is None else "",
        "tokens": tokens,
        "most": MOST_PHOTOS - len(tokens),
        "before": shown(photos.before[0]) if photos.before else None,
        "after": shown(photos.after[-1]) if photos.after else None,
        "photos": [
            (words, shown_all(found))
            for words, found in ((_("上报时"), photos.before), (_("处理后"), photos.after), (_("核查时"), photos.verified))
            if found
        ],
        "said": [without_numbers(report.text) for report in reports_of(case) if report.text.strip()],
        "sent_back": _sent_back(case, moves),
        "extension": _waiting_extension(case),
        "bound": binding_ruling(case) if case.state in {State.DISPATCHED, State.SUSPENDED} else None,
        "beside": beside_words(case, user),
        "appeals": case.appeals.select_related("ruling"),
        "no_more_time": _why_no_more_time(case, now),
        "lines": [_line(move, user) for move in moves],
        "limit": limit_words(case.handling.limit) if case.handling else "",
    }  # fmt: skip


def forms_for(case: Case, user: Account, now: datetime, refused: Refused | None = None) -> Mapping[str, CaseForm]:
    """{act: form} of what this person may do on the case now. More time can be asked for only before the deadline."""
    open_now = {step.act for step in open_steps(case, user)}
    if _why_no_more_time(case, now) or _waiting_extension(case):
        open_now.discard("ask_extension")
    if case.handling and case.handling.acknowledged_at:
        open_now.discard("acknowledge")
    if "hand_back" in open_now and binding_ruling(case):
        open_now.discard("hand_back")
    if refused and refused.part is None:
        open_now.add(refused.act)
    offered = {
        act: refused.form if refused and refused.act == act else form(case=case)
        for act, form in FORMS.items()
        if act in open_now
    }
    # Nothing late, nothing sent back, or appealed already: then there is nothing to offer.
    return {act: form for act, form in offered.items() if not isinstance(form, AppealForm) or form.contestable or refused}


def _seeing_to_it(case: Case, user: Account, refused: Refused | None) -> dict[str, CaseForm]:
    """{act: form} of the town that sees to it; empty for everybody else."""
    if not supervises(case, user):
        return {}
    return {
        act: refused.form if refused and refused.act == act else form(case=case)
        for act, (form, states) in SEEING_TO_IT.items()
        if case.state in states or (refused and refused.act == act)
    }


def _own_part(row: PartRow, case: Case, refused: Refused | None) -> OwnPart:
    if case.state == State.SUSPENDED:
        return OwnPart(row, None, None)
    again = refused if refused and refused.part == row.pk else None
    answer = again.form if again and again.act == "answer_support" else PartAnswerForm(case=case)
    hand_back = again.form if again and again.act == "hand_back_support" else PartReturnForm(case=case)
    return OwnPart(row, answer, hand_back, again.act if again else "", again.tokens if again else ())


def _is_ours(row: PartRow, user: Account) -> bool:
    return row.part.unit.path.startswith(user.unit.path)


def _leads(case: Case, user: Account) -> bool:
    return case.unit is not None and case.unit.path.startswith(user.unit.path)


def beside_words(case: Case, user: Account) -> str:
    """That the case lies beside our border, where that is all we have to do with it."""
    if case.unit is not None and _leads(case, user):
        return ""
    near = BoundaryCase.objects.filter(case=case, unit__path__startswith=user.unit.path).first()
    return _("离你们的边界 %(metres)d 米：知道就行，不用办。") % {"metres": near.metres} if near else ""


def _why_no_more_time(case: Case, now: datetime) -> str:
    duty = case.handling
    if case.state != State.DISPATCHED or duty is None or now <= duty.due_at:
        return ""
    return _("已经过了时限，不能再申请延期。请尽快回复，并在回复里写明原因。")


def _waiting_extension(case: Case) -> DutyExtension | None:
    duty: Duty | None = case.handling
    return duty.extensions.filter(decided_at=None).first() if duty else None


def _sent_back(case: Case, moves: Sequence[CaseMove]) -> dict[str, Any] | None:
    """Why the verifier did not accept the last answer, with the photographs taken there; None unless it is the unit's turn."""
    last = next((move for move in reversed(moves) if move.act in {"send_back", "dispatch", "give_to_body", "arbitrate", "answer"}), None)
    if case.state not in {State.DISPATCHED, State.SUSPENDED} or last is None or last.act != "send_back":
        return None
    exhibits = exhibits_of(Subject("verification", str(last.facts.get("verification", ""))))
    return {"reason": last.reason, "by": last.by_unit, "at": last.at, "photos": _photos(exhibits)}


def _photos(exhibits: Any) -> list[Shown]:
    return shown_all(exhibits)


def _line(move: CaseMove, user: Account) -> dict[str, Any]:
    """One move as `{% timeline %}` takes it."""
    words = [without_numbers(move.reason) if move.act in BY_A_REPORTER else move.reason.rstrip("。"), _fact(move)]
    return {
        "what": move.get_act_display(), "who": _who(move, user), "at": move.at,
        "note": "；".join(word for word in words if word),
    }  # fmt: skip


def _who(move: CaseMove, user: Account) -> str:
    if move.by_unit is None or move.act in BY_A_REPORTER:
        return ""
    ours = move.by_unit.path.startswith(user.unit.path)
    return f"{move.by_unit} {move.by}" if ours and move.by else str(move.by_unit)


def _fact(move: CaseMove) -> str:
    """What else the move says that the unit should read."""
    facts = move.facts
    if move.act == "collect":
        return str(move.case.get_channel_display())
    if move.act == "arbitrate":
        return _("裁定由%(unit)s办理") % {"unit": move.unit}
    if move.act in {"dispatch", "give_to_body"}:
        return "；".join(one for one in (_("派给%(unit)s") % {"unit": move.unit}, facts.get("why", "")) if one)
    if move.act in {"hand_back", "contest"}:
        return _("认为应由%(unit)s办理") % {"unit": move.unit}
    if move.act in {"ask_support", "reassign_support", "withdraw_support"}:
        return str(move.unit)
    if move.act in {"appeal", "decide_appeal"}:
        return appeal_words(facts)
    if move.act == "decide_extension":
        return _("同意延期") if facts.get("granted") else _("不同意延期")
    return "、".join(facts.get("done", [])) if move.act == "answer" else ""
