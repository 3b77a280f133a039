"""The life of a duty (责任事项) as one table: what each act does in each state."""

from __future__ import annotations

from enum import StrEnum


class DutyState(StrEnum):
    """Where a duty stands."""

    OPEN = "open"
    ANSWERED = "answered"
    RETURNED = "returned"  # 返工: open again, because the answer was not good enough
    SUSPENDED = "suspended"  # 挂账
    DISCHARGED = "discharged"
    WITHDRAWN = "withdrawn"


class DutyAct(StrEnum):
    """What can be done to a duty."""

    ACKNOWLEDGE = "acknowledge"  # 签收
    ANSWER = "answer"  # 反馈
    ACCEPT = "accept"  # 核查通过
    SEND_BACK = "send_back"  # 返工
    HAND_BACK = "hand_back"  # 退回: not theirs, and they name whose
    EXTEND = "extend"  # 延期
    SUSPEND = "suspend"  # 挂账
    RESUME = "resume"
    DISCHARGE = "discharge"  # 销号: ended by whom it is owed to, answered or not
    WITHDRAW = "withdraw"  # 撤回
    REINSTATE = "reinstate"  # 裁定: it was theirs after all


_ENDS = {DutyAct.DISCHARGE: DutyState.DISCHARGED, DutyAct.WITHDRAW: DutyState.WITHDRAWN}


def _while_open(state: DutyState) -> dict[DutyAct, DutyState]:
    return {
        DutyAct.ACKNOWLEDGE: state,
        DutyAct.ANSWER: DutyState.ANSWERED,
        DutyAct.HAND_BACK: DutyState.WITHDRAWN,
        DutyAct.EXTEND: state,
        DutyAct.SUSPEND: DutyState.SUSPENDED,
        **_ENDS,
    }


BECOMES: dict[DutyState, dict[DutyAct, DutyState]] = {
    DutyState.OPEN: _while_open(DutyState.OPEN),
    DutyState.RETURNED: _while_open(DutyState.RETURNED),
    DutyState.ANSWERED: {
        DutyAct.ACCEPT: DutyState.DISCHARGED,
        DutyAct.SEND_BACK: DutyState.RETURNED,
        **_ENDS,
    },
    DutyState.SUSPENDED: {DutyAct.RESUME: DutyState.OPEN, **_ENDS},
    # An import that is taken back leaves no duty behind in anybody's figures.
    DutyState.DISCHARGED: {DutyAct.WITHDRAW: DutyState.WITHDRAWN},
    DutyState.WITHDRAWN: {DutyAct.REINSTATE: DutyState.OPEN},
}

# The owner's clock stands in these states: the wait is somebody else's.
CLOCK_STANDS = frozenset({DutyState.ANSWERED, DutyState.SUSPENDED})
NEEDS_REASON = frozenset({DutyAct.SEND_BACK, DutyAct.HAND_BACK, DutyAct.EXTEND, DutyAct.SUSPEND, DutyAct.WITHDRAW, DutyAct.REINSTATE})


class StepRefusedByRule(Exception):
    """The table has no such step."""

    def __init__(self, state: DutyState, act: str) -> None:
        super().__init__(f"a duty that is {state} takes no {act}")
        self.state = state
        self.act = act


def step(state: DutyState, act: str) -> DutyState:
    """The state after the act (a DutyAct or its value). Raises StepRefusedByRule where the table has no such step."""
    try:
        return BECOMES[state][DutyAct(act)]
    except (KeyError, ValueError):
        raise StepRefusedByRule(state, act) from None


def acts_open_to(state: DutyState) -> frozenset[DutyAct]:
    """What may be done now; an empty set is the end."""
    return frozenset(BECOMES[state])
