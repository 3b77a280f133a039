"""Every act of the command centre as one table: its noun in the address, its form, its service, the words after it.

Which acts a person may do on a case is asked of `cases.selectors.open_steps`, never decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.rules.lifecycle import STEPS, State, Step
from wenming.cases.rules.supports import SupportState
from wenming.cases.selectors import movable_parts, waiting_appeals
from wenming.cases.services.components import attach_offered
from wenming.organisations.models import Account
from wenming.responsibilities.rules.clock import Limit, LimitUnit

from . import forms
from .offers import offer_shown

Given = dict[str, Any]
Do = Callable[[Case, Given, Account, datetime], Case]


@dataclass(frozen=True)
class Act:
    """One act. steps: the rows of the lifecycle table that it may take. undo: the noun that takes it back.

    leads: it carries the case on, so that its form may stand open as the page's next step. The others are exceptions:
    where only they are left, the case goes on without the command centre.
    """

    noun: str
    words: str | Promise
    steps: frozenset[str]
    form: type[forms.ActForm]
    do: Do
    said: str | Promise
    key: str = ""
    undo: str = ""
    says_what_happens: str | Promise = ""
    danger: bool = field(default=False)
    leads: bool = field(default=False)
    # Some acts are only the other half of an undo: nobody sets out to do them.
    offered: bool = field(default=True)

    @property
    def url_name(self) -> str:
        return self.noun.replace("-", "_")

    @property
    def permission(self) -> str:
        return STEPS[min(self.steps)].permission

    def address(self, case: Case) -> str:
        return reverse(f"office:{self.url_name}", args=[case.number])

    def undo_address(self, case: Case) -> str:
        return BY_NOUN[self.undo].address(case) if self.undo else ""


def acts_for(case: Case, steps: Iterable[Step]) -> list[Act]:
    """The acts that belong to the steps open now, the likeliest first."""
    names = {step.act for step in steps}
    if "decide_extension" in names and not _asked_for_more_time(case):
        names.discard("decide_extension")
    if "decide_appeal" in names and not _contested(case):
        names.discard("decide_appeal")
    if "recall" in names and case.handling and case.handling.acknowledged_at:
        names.discard("recall")
    if not case.supports_count or not (parts := [part.state for part in movable_parts(case)]):
        names -= {"reassign_support", "withdraw_support"}
    elif SupportState.OPEN not in parts:
        names.discard("withdraw_support")
    if case.state == State.COLLECTED and "establish" in names:
        names.add("dispatch")
    return [act for act in ACTS if act.offered and act.steps & names]


def accept_and_dispatch(case: Case, given: Given, by: Account, now: datetime) -> Case:
    """派遣, and before it 立案 where that has not been done: one press, one transaction."""
    seen = given.get("seen_moves")
    # Asked before the case moves: the ground kept is the one that the dispatcher was shown.
    offered = offer_shown(given.get("offered", ""), case, now)
    with transaction.atomic():
        if case.state == State.COLLECTED:
            case, seen = _establish(case, given, by, now), None
        why = offered.why if given["unit"].code == offered.unit else str(_("派遣员改派"))
        case = cases.dispatch(
            case, to=given["unit"], by=by, now=now, why=why, supporting=offered.supporting, seen_moves=seen
        )
        if offered.component and given["unit"].code == offered.unit:
            attach_offered(case, offered.component, by=by, now=now)
        for unit in given.get("support") or ():
            cases.ask_support(case, unit=unit, asks=given["asks"], by=by, now=now)
        return case


def _establish(case: Case, given: Given, by: Account, now: datetime) -> Case:
    kind = given["kind"]
    return cases.establish(
        case, problem_type=kind.problem_type, rule=kind.rule, by=by, now=now, seen_moves=given.get("seen_moves")
    )


def _change_type(case: Case, given: Given, by: Account, now: datetime) -> Case:
    kind = given["kind"]
    return cases.change_type(
        case, to=kind.problem_type, rule=kind.rule, by=by, now=now, seen_moves=given.get("seen_moves")
    )


def _verify(case: Case, given: Given, by: Account, now: datetime) -> Case:
    holds, note, seen = given["holds"] == "yes", given["note"], given.get("seen_moves")
    if case.state == State.VERIFYING:
        return cases.verify_before(case, holds=holds, note=note, by=by, now=now, seen_moves=seen)
    if holds:
        return cases.pass_verification(case, note=note, by=by, now=now, seen_moves=seen)
    return cases.send_back(case, reason=note, by=by, now=now, seen_moves=seen)


def _ask_support(case: Case, given: Given, by: Account, now: datetime) -> Case:
    hours = given.get("hours")
    limit = Limit(hours, LimitUnit.WORK_HOURS) if hours else None
    cases.ask_support(
        case, unit=given["unit"], asks=given["asks"], limit=limit, by=by, now=now, seen_moves=given.get("seen_moves")
    )
    return case


def _reassign_support(case: Case, given: Given, by: Account, now: datetime) -> Case:
    seen = given.get("seen_moves")
    cases.reassign_support(case, given["part"], unit=given["unit"], by=by, now=now, seen_moves=seen)
    return case


def _withdraw_support(case: Case, given: Given, by: Account, now: datetime) -> Case:
    seen = given.get("seen_moves")
    cases.withdraw_support(case, given["part"], reason=given["reason"], by=by, now=now, seen_moves=seen)
    return case


def _arbitrate(case: Case, given: Given, by: Account, now: datetime) -> Case:
    return cases.arbitrate(
        case, to=given["unit"], reason=given["reason"], clock=given["clock"],
        propose=given["basis"] if given["propose"] else "", by=by, now=now, seen_moves=given.get("seen_moves"),
    )  # fmt: skip


def _decide_extension(case: Case, given: Given, by: Account, now: datetime) -> Case:
    if not (waiting := _asked_for_more_time(case)):
        raise cases.CaseChanged(_("这个延期申请已经批过了，刷新页面就能看到结果。"))
    return cases.decide_extension(case, waiting, granted=given["granted"] == "yes", note=given["note"], by=by, now=now)


def _asked_for_more_time(case: Case) -> Any:
    return case.handling.extensions.filter(decided_at=None).first() if case.handling else None


def _decide_appeal(case: Case, given: Given, by: Account, now: datetime) -> Case:
    if not (waiting := _contested(case)):
        raise cases.CaseChanged(_("这个申诉已经裁定过了，刷新页面就能看到结果。"))
    seen = given.get("seen_moves")
    cases.decide_appeal(
        case, waiting, granted=given["granted"] == "yes", reason=given["reason"], by=by, now=now, seen_moves=seen
    )
    return case


def _contested(case: Case) -> Any:
    return waiting_appeals().filter(case=case).first()


def _plain(service: Callable[..., Case], *names: str) -> Do:
    """An act whose service takes its form's fields by their own names."""

    def do(case: Case, given: Given, by: Account, now: datetime) -> Case:
        return service(
            case, by=by, now=now, seen_moves=given.get("seen_moves"), **{name: given[name] for name in names}
        )

    return do


ACTS = (
    Act(
        "extension-decisions", _("审批延期"), frozenset({"decide_extension"}), forms.ExtensionDecisionForm,
        _decide_extension, _("已批复延期申请"), key="E", leads=True,
    ),
    Act(
        "dispatches", _("派遣"), frozenset({"dispatch"}), forms.DispatchForm, accept_and_dispatch,
        _("已派给%(unit)s"), key="D", undo="recall", leads=True,
    ),
    Act("resumption", _("恢复办理"), frozenset({"resume"}), forms.ActForm, _plain(cases.resume),
        _("已恢复办理，时限接着算"), key="H", undo="resumption-withdrawal", leads=True),
    Act(
        "closure", _("结案"), frozenset({"close"}), forms.ActForm, _plain(cases.close), _("已结案，会请上报人评价"), key="D", leads=True,
        says_what_happens=_("结案后时限停止，会请上报人评价；上报人 15 天内可以要求重办。"),
    ),
    Act("arbitration", _("裁定归属"), frozenset({"arbitrate"}), forms.ArbitrationForm, _arbitrate, _("已裁定由%(unit)s办理，双方会收到结果"),
        key="D", leads=True, says_what_happens=_("裁定后直接派给这个单位，它不能再退回。")),
    Act(
        "appeal-decisions", _("裁定申诉"), frozenset({"decide_appeal"}), forms.AppealDecisionForm, _decide_appeal,
        _("已裁定申诉，单位会收到结果"), says_what_happens=_("成立的不计入考核，按期率、返工率两个数都会列出来；事实不改。"),
        leads=True,
    ),
    Act("verifications", _("写核实、核查结果"), frozenset({"verify_before", "pass_verification", "send_back"}),
        forms.VerificationForm, _verify, _("已记下看到的情况"), key="V", leads=True),
    Act("merges", _("并案"), frozenset({"merge"}), forms.MergeForm, _plain(cases.merge, "into"),
        _("已并案，上报人都会收到结果"), key="M", undo="separation"),
    Act("types", _("改类"), frozenset({"change_type"}), forms.KindForm, _change_type, _("已改小类"), key="C", undo="type-withdrawal"),
    Act("establishment", _("只立案，先不派"), frozenset({"establish"}), forms.KindForm, _establish, _("已立案，等待派遣")),
    Act("verification-requests", _("派人核实"), frozenset({"ask_verification"}), forms.VerificationRequestForm,
        _plain(cases.ask_verification, "unit", "reason"), _("已请人去现场核实"), key="V", undo="verification-recall"),
    Act("parts", _("请协办"), frozenset({"ask_support"}), forms.SupportForm, _ask_support, _("已请协办，主办单位不变")),
    Act("part-reassignment", _("改派协办"), frozenset({"reassign_support"}), forms.PartReassignForm, _reassign_support,
        _("已改派协办")),
    Act("part-withdrawal", _("撤回协办"), frozenset({"withdraw_support"}), forms.PartWithdrawForm, _withdraw_support,
        _("已撤回协办")),
    Act("suspension", _("挂账"), frozenset({"suspend"}), forms.SuspensionForm, _plain(cases.suspend, "reason"),
        _("已挂账，时限暂停"), key="H", undo="resumption"),
    Act("refusal", _("不予受理"), frozenset({"refuse"}), forms.RefusalForm, _plain(cases.refuse, "reason"),
        _("已不予受理，上报人能看到原因"), key="R", undo="refusal-withdrawal", danger=True),
    Act("recall", _("撤回派遣"), frozenset({"recall"}), forms.UndoForm, _plain(cases.recall), _("已撤回，案件回到待派遣")),
    Act("refusal-withdrawal", _("恢复受理"), frozenset({"take_back_refusal"}), forms.UndoForm,
        _plain(cases.take_back_refusal, "reason"), _("已恢复，案件回到待受理")),
    Act("separation", _("撤销并案"), frozenset({"separate"}), forms.UndoForm, _plain(cases.separate), _("已撤销并案，案件回到待受理")),
    Act("verification-recall", _("撤回核实"), frozenset({"recall_verification"}), forms.UndoForm,
        _plain(cases.recall_verification), _("已撤回核实，案件回到待受理")),
    Act("type-withdrawal", _("撤销改类"), frozenset({"change_type"}), forms.UndoForm, _plain(cases.take_back_type),
        _("已改回原来的小类"), offered=False),
    Act("resumption-withdrawal", _("撤销恢复"), frozenset({"suspend"}), forms.UndoForm, _plain(cases.suspend, "reason"),
        _("已改回挂账，时限暂停"), offered=False),
)  # fmt: skip
BY_NOUN = {act.noun: act for act in ACTS}
