"""The life of a case as one table (CJJ/T 106-2010, GB/T 30428.8): who may move it from where to where, and the clock.

collect → verify before establishing → establish → dispatch → handle → feed back → verify before closing → close →
evaluate. 核实 and 核查 swap meaning between cities, so the acts are named for what they come before.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wenming.words import gettext_noop as _


class State(StrEnum):
    """Where a case stands."""

    COLLECTED = "collected"
    VERIFYING = "verifying"
    ESTABLISHED = "established"
    DISPUTED = "disputed"
    DISPATCHED = "dispatched"
    SUSPENDED = "suspended"
    ANSWERED = "answered"
    VERIFIED = "verified"
    CLOSED = "closed"
    NOT_ACCEPTED = "not_accepted"
    MERGED = "merged"
    VOID = "void"


STATE_NAMES_ZH: dict[State, str] = {
    State.COLLECTED: _("待受理"),
    State.VERIFYING: _("待核实"),
    State.ESTABLISHED: _("待派遣"),
    State.DISPUTED: _("待裁定"),
    State.DISPATCHED: _("办理中"),
    State.SUSPENDED: _("挂账"),
    State.ANSWERED: _("待核查"),
    State.VERIFIED: _("待结案"),
    State.CLOSED: _("已结案"),
    State.NOT_ACCEPTED: _("不予受理"),
    State.MERGED: _("已并案"),
    State.VOID: _("作废"),
}

ENDED = frozenset({State.CLOSED, State.NOT_ACCEPTED, State.MERGED, State.VOID})
# The same said the other way round: an index finds the few that are, never the many that are not.
UNDER_WAY = frozenset(State) - ENDED
WITH_UNIT = frozenset({State.DISPATCHED, State.SUSPENDED, State.ANSWERED, State.VERIFIED})


class Party(StrEnum):
    """Whose act it is. The permission says whether the role may; the party says on whose case."""

    COMMAND = "command"
    HOLDER = "holder"
    SUPPORTER = "supporter"
    VERIFIER = "verifier"
    FINDER = "finder"
    CITIZEN = "citizen"
    SYSTEM = "system"


class Clock(StrEnum):
    """What the act does to the handling clock."""

    NONE = "none"
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    EXTEND = "extend"
    STOP = "stop"


@dataclass(frozen=True)
class Step:
    """One row of the table."""

    act: str
    zh: str
    sources: frozenset[State]
    target: State | None
    party: Party
    permission: str
    needs_reason: bool = False
    clock: Clock = Clock.NONE


def _step(
    act: str, zh: str, sources: set[State], target: State | None, party: Party, permission: str,
    *, reason: bool = False, clock: Clock = Clock.NONE,
) -> Step:  # fmt: skip
    return Step(act, zh, frozenset(sources), target, party, permission, reason, clock)


_S, _P, _C = State, Party, Clock
# An appeal is about what a unit did, wherever the case stands by then.
_AFTER_DISPATCH = {_S.DISPATCHED, _S.ANSWERED, _S.VERIFIED, _S.CLOSED}
# 协办: a part of the case goes on while the lead's answer is being looked at; rules/supports.py has its own life.
_IN_PARTS = {_S.DISPATCHED, _S.ANSWERED, _S.VERIFIED}
_STEPS = (
    _step("ask_verification", _("派人核实"), {_S.COLLECTED}, _S.VERIFYING, _P.COMMAND, "cases.decide"),
    _step("verify_before", _("核实"), {_S.VERIFYING}, _S.COLLECTED, _P.VERIFIER, "cases.verify"),
    _step("recall_verification", _("撤回核实"), {_S.VERIFYING}, _S.COLLECTED, _P.COMMAND, "cases.decide"),
    # 看不到: somebody went and could not see (a fence, a locked gate, no such place); the case stays where it is.
    _step("cannot_see", _("看不到现场"), {_S.VERIFYING, _S.ANSWERED}, None, _P.VERIFIER, "cases.verify", reason=True),
    _step("change_type", _("改类"), {_S.COLLECTED, _S.ESTABLISHED}, None, _P.COMMAND, "cases.decide"),
    _step("establish", _("立案"), {_S.COLLECTED}, _S.ESTABLISHED, _P.COMMAND, "cases.decide"),
    _step("refuse", _("不予受理"), {_S.COLLECTED}, _S.NOT_ACCEPTED, _P.COMMAND, "cases.decide", reason=True),
    _step("take_back_refusal", _("恢复受理"), {_S.NOT_ACCEPTED}, _S.COLLECTED, _P.COMMAND, "cases.decide", reason=True),
    _step("merge", _("并案"), {_S.COLLECTED, _S.ESTABLISHED}, _S.MERGED, _P.COMMAND, "cases.decide"),
    _step("separate", _("撤销并案"), {_S.MERGED}, _S.COLLECTED, _P.COMMAND, "cases.decide"),
    _step("dispatch", _("派遣"), {_S.ESTABLISHED}, _S.DISPATCHED, _P.COMMAND, "cases.dispatch", clock=_C.START),
    # 场所的事归管理单位: the register says whose it is, so nobody has to decide; it comes back like any other.
    _step("give_to_body", _("转管理单位"), {_S.COLLECTED}, _S.DISPATCHED, _P.SYSTEM, "", clock=_C.START),
    _step("recall", _("撤回派遣"), {_S.DISPATCHED}, _S.ESTABLISHED, _P.COMMAND, "cases.dispatch", clock=_C.STOP),
    _step("acknowledge", _("签收"), {_S.DISPATCHED}, None, _P.HOLDER, "cases.answer"),
    _step("hand_back", _("退回"), {_S.DISPATCHED}, _S.ESTABLISHED, _P.HOLDER, "cases.answer", reason=True, clock=_C.STOP),
    # A second return, or one against the matrix (rules/disputes.py): whose it is, the office says, and that binds.
    _step("contest", _("有争议退回"), {_S.DISPATCHED}, _S.DISPUTED, _P.HOLDER, "cases.answer", reason=True, clock=_C.STOP),
    _step("arbitrate", _("裁定归属"), {_S.DISPUTED}, _S.DISPATCHED, _P.COMMAND, "cases.arbitrate", reason=True, clock=_C.START),
    _step("ask_extension", _("申请延期"), {_S.DISPATCHED}, None, _P.HOLDER, "cases.answer", reason=True),
    _step("decide_extension", _("审批延期"), {_S.DISPATCHED}, None, _P.COMMAND, "cases.grant", clock=_C.EXTEND),
    _step("ask_support", _("请协办"), {_S.DISPATCHED}, None, _P.COMMAND, "cases.dispatch"),
    _step("reassign_support", _("改派协办"), {_S.DISPATCHED}, None, _P.COMMAND, "cases.dispatch"),
    _step("withdraw_support", _("撤回协办"), _IN_PARTS | {_S.SUSPENDED}, None, _P.COMMAND, "cases.dispatch"),
    _step("answer_support", _("协办回复"), _IN_PARTS, None, _P.SUPPORTER, "cases.answer"),
    _step("hand_back_support", _("退回协办"), _IN_PARTS, None, _P.SUPPORTER, "cases.answer", reason=True),
    _step("suspend", _("挂账"), {_S.DISPATCHED}, _S.SUSPENDED, _P.COMMAND, "cases.grant", reason=True, clock=_C.PAUSE),
    _step("resume", _("恢复办理"), {_S.SUSPENDED}, _S.DISPATCHED, _P.COMMAND, "cases.grant", clock=_C.RESUME),
    _step("answer", _("回复"), {_S.DISPATCHED}, _S.ANSWERED, _P.HOLDER, "cases.answer", clock=_C.PAUSE),
    _step("pass_verification", _("核查通过"), {_S.ANSWERED}, _S.VERIFIED, _P.VERIFIER, "cases.verify", clock=_C.STOP),
    _step("send_back", _("返工"), {_S.ANSWERED}, _S.DISPATCHED, _P.VERIFIER, "cases.verify", reason=True, clock=_C.RESUME),
    _step("close", _("结案"), {_S.VERIFIED}, _S.CLOSED, _P.COMMAND, "cases.close"),
    # 复查: whoever looks at a public place again finds in order what was not; never the unit whose it was.
    _step("reinspect", _("复查到位"), set(UNDER_WAY) - {_S.DISPUTED, _S.VERIFYING}, _S.CLOSED, _P.VERIFIER, "places.verify", clock=_C.STOP),
    # 小案自处: small enough to be put right by whoever found it, on the spot. Counted apart, never as a unit's closure.
    _step("settle", _("当场改好"), {_S.COLLECTED}, _S.CLOSED, _P.FINDER, "cases.find"),
    _step("appeal", _("申诉"), _AFTER_DISPATCH, None, _P.HOLDER, "cases.answer", reason=True),
    _step("decide_appeal", _("裁定申诉"), set(_S), None, _P.COMMAND, "cases.appraise", reason=True),
    # 盲复核 found a closed case unsolved: it goes back to the command centre without anybody having to ask.
    _step("reopen_unsolved", _("复核重办"), {_S.CLOSED}, _S.ESTABLISHED, _P.VERIFIER, "cases.verify", reason=True),
    # Only for imported history: the other system closed it, nobody here verified it, and the figures can tell.
    _step("adopt_closed", _("原系统已办结"), {_S.ANSWERED}, _S.CLOSED, _P.COMMAND, "reports.import", reason=True, clock=_C.STOP),
    _step("void", _("作废"), {_S.COLLECTED, _S.CLOSED}, _S.VOID, _P.COMMAND, "reports.import", reason=True, clock=_C.STOP),
    _step("reopen", _("重办"), {_S.CLOSED}, _S.ESTABLISHED, _P.CITIZEN, "", reason=True),
)  # fmt: skip
STEPS: dict[str, Step] = {step.act: step for step in _STEPS}


class StepOutOfPlace(Exception):
    """The act does not start from this state."""

    def __init__(self, step: Step, state: State) -> None:
        super().__init__(f"{step.act} does not start from {state}")
        self.step, self.state = step, state


def advance(state: State, act: str) -> State:
    """The state after the act. Raises StepOutOfPlace from any other state, KeyError for an unknown act."""
    step = STEPS[act]
    if state not in step.sources:
        raise StepOutOfPlace(step, state)
    return step.target or state


def acts_from(state: State) -> tuple[Step, ...]:
    """Every act that may start here, in the order of the table."""
    return tuple(step for step in _STEPS if state in step.sources)


def may_verify(verifier_path: str, handler_paths: frozenset[str]) -> bool:
    """Verification is never by a unit that handled the case, nor by anything below it (GB/T 30428.8; 4.3).

    Paths are places in the tree of units, `/442000/0760/`; a prefix is a unit above.
    """
    return not any(verifier_path.startswith(path) for path in handler_paths)
