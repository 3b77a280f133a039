"""The life of a topic (热点话题): the machine finds and fills it, people name, join, part, dismiss and propose it. 5.3.

在列 ◄──► 不列入
  └► 已并入 another topic
"""

from __future__ import annotations

from enum import StrEnum

from wenming.words import gettext_noop as _


class TopicState(StrEnum):
    """Where a topic stands."""

    OPEN = "open"
    DISMISSED = "dismissed"
    MERGED = "merged"


TOPIC_STATES_ZH: dict[TopicState, str] = {
    TopicState.OPEN: _("在列"),
    TopicState.DISMISSED: _("不列入"),
    TopicState.MERGED: _("已并入别的话题"),
}

TOPIC_ACTS_ZH: dict[str, str] = {
    "find": _("发现"),
    "rename": _("改名"),
    "merge": _("并入别的话题"),
    "take_in": _("并进一个话题"),
    "split": _("拆出几条"),
    "split_off": _("从别的话题拆出"),
    "dismiss": _("不列入"),
    "restore": _("重新列入"),
    "propose": _("提请会商"),
    "withdraw": _("撤回提请"),
}
STARTS_FROM: dict[str, frozenset[TopicState]] = {
    "dismiss": frozenset({TopicState.OPEN}),
    "restore": frozenset({TopicState.DISMISSED}),
    "rename": frozenset({TopicState.OPEN}),
    "merge": frozenset({TopicState.OPEN}),
    "split": frozenset({TopicState.OPEN}),
    "propose": frozenset({TopicState.OPEN}),
    "withdraw": frozenset({TopicState.OPEN}),
}
"""From where what a person does may start; the other acts are the other side of one of these."""
NEEDS_REASON = ("dismiss", "restore", "withdraw")
