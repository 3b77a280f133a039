"""The verbs of a case. One transaction each: state, record, deadline and journal entry, or nothing."""

from .appeals import appeal, decide_appeal
from .citizen import rate, reopen
from .command import (
    ask_verification,
    change_type,
    close,
    decide_extension,
    dispatch,
    establish,
    merge,
    recall,
    recall_verification,
    refuse,
    resume,
    separate,
    suspend,
    take_back_refusal,
    take_back_type,
)
from .disputes import arbitrate, hand_back
from .finder import settle
from .intake import collect
from .moving import CaseChanged, NotYours, StepRefused
from .places import give_to_body, reinspect
from .rechecks import draw_rechecks, find_recheck, reopen_unsolved
from .supports import answer_support, ask_support, hand_back_support, reassign_support, withdraw_support
from .unit import acknowledge, answer, ask_extension
from .verifier import cannot_see, pass_verification, send_back, verify_before

__all__ = [
    "CaseChanged",
    "NotYours",
    "StepRefused",
    "acknowledge",
    "answer",
    "answer_support",
    "appeal",
    "arbitrate",
    "ask_extension",
    "ask_support",
    "ask_verification",
    "cannot_see",
    "change_type",
    "close",
    "collect",
    "decide_appeal",
    "decide_extension",
    "dispatch",
    "draw_rechecks",
    "establish",
    "find_recheck",
    "give_to_body",
    "hand_back",
    "hand_back_support",
    "merge",
    "pass_verification",
    "rate",
    "reassign_support",
    "recall",
    "recall_verification",
    "refuse",
    "reinspect",
    "reopen",
    "reopen_unsolved",
    "resume",
    "send_back",
    "separate",
    "settle",
    "suspend",
    "take_back_refusal",
    "take_back_type",
    "verify_before",
    "withdraw_support",
]
