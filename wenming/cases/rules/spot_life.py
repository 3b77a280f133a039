"""The life of a black spot (黑点) as one table, and when it may be struck from the register. Policy: 4.5.

发现 ──► 已登记 ──► 整治中 ──► 观察中 ──► 已销号
  └► 不列入             ▲──反弹──┘  └─ only when the rule of delisting holds
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wenming.words import gettext_noop as _


class SpotState(StrEnum):
    """Where a spot stands."""

    FOUND = "found"
    REGISTERED = "registered"
    TREATMENT = "treatment"
    WATCH = "watch"
    DELISTED = "delisted"
    DISMISSED = "dismissed"


SPOT_STATES_ZH: dict[SpotState, str] = {
    SpotState.FOUND: _("新发现"),
    SpotState.REGISTERED: _("已登记"),
    SpotState.TREATMENT: _("整治中"),
    SpotState.WATCH: _("观察中"),
    SpotState.DELISTED: _("已销号"),
    SpotState.DISMISSED: _("不列入"),
}
# What a square must not be found again beside.
ON_THE_REGISTER = frozenset({SpotState.FOUND, SpotState.REGISTERED, SpotState.TREATMENT, SpotState.WATCH})


@dataclass(frozen=True)
class SpotStep:
    """One row of the table. target None: the act changes no state."""

    act: str
    zh: str
    sources: frozenset[SpotState]
    target: SpotState
    needs_reason: bool = False


_S = SpotState
SPOT_STEPS: dict[str, SpotStep] = {
    step.act: step
    for step in (
        SpotStep("register", _("登记"), frozenset({_S.FOUND}), _S.REGISTERED),
        SpotStep("dismiss", _("不列入"), frozenset({_S.FOUND}), _S.DISMISSED, needs_reason=True),
        SpotStep("treat", _("交办整治"), frozenset({_S.REGISTERED, _S.WATCH}), _S.TREATMENT),
        SpotStep("watch", _("转入观察"), frozenset({_S.TREATMENT}), _S.WATCH),
        SpotStep("delist", _("销号"), frozenset({_S.WATCH}), _S.DELISTED),
    )
}


class SpotStepOutOfPlace(Exception):
    """The act does not start from this state."""


def step_spot(state: SpotState, act: str) -> SpotState:
    """The state after the act. Raises SpotStepOutOfPlace from any other state, KeyError for an unknown act."""
    step = SPOT_STEPS[act]
    if state not in step.sources:
        raise SpotStepOutOfPlace(f"{act} does not start from {state}")
    return step.target


def acts_on_spot(state: SpotState) -> tuple[SpotStep, ...]:
    """Every act that may start here."""
    return tuple(step for step in SPOT_STEPS.values() if state in step.sources)


# --- the rule of delisting -------------------------------------------------------------------------------------------

WATCH_DAYS = 60
QUIET_SHARE = 0.25
RELAPSE_SHARE = 0.5
FEWEST_RELAPSE = 2
PERIOD_DAYS = 30


class Verdict(StrEnum):
    """What the watch says so far."""

    TOO_EARLY = "too-early"
    QUIET = "quiet"
    LINGERS = "lingers"
    RELAPSED = "relapsed"


def watch_verdict(*, usual: float, days_watched: int, cases_since: int) -> Verdict:
    """May the spot be struck from the register?

    usual: cases in thirty days before it was treated. Quiet after sixty days with at most a quarter of what was usual
    (one case is always forgiven); relapsed as soon as there are half as many as were usual in that time, two at least.
    """
    usual_in_that_time = usual * days_watched / PERIOD_DAYS
    if cases_since >= max(FEWEST_RELAPSE, RELAPSE_SHARE * usual * max(days_watched, PERIOD_DAYS) / PERIOD_DAYS):
        return Verdict.RELAPSED
    if days_watched < WATCH_DAYS:
        return Verdict.TOO_EARLY
    return Verdict.QUIET if cases_since <= max(1.0, QUIET_SHARE * usual_in_that_time) else Verdict.LINGERS
