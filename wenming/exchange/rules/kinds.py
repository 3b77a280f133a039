"""What other systems are told of: kinds of news, by lasting names, and the acts of a case behind each.

The acts of the table may grow and be renamed; these names are a promise to programs that others wrote.
"""

from __future__ import annotations

from wenming.words import gettext_noop as _

KINDS: dict[str, tuple[str, ...]] = {
    "case.opened": ("collect",),
    "case.refused": ("refuse",),
    "case.established": ("establish",),
    "case.merged": ("merge",),
    "case.dispatched": ("dispatch", "give_to_body"),
    "case.returned": ("hand_back", "recall"),
    "case.suspended": ("suspend",),
    "case.resumed": ("resume",),
    "case.answered": ("answer",),
    "case.verified": ("pass_verification",),
    "case.sent-back": ("send_back",),
    "case.closed": ("close", "settle", "reinspect", "adopt_closed"),
    "case.reopened": ("reopen", "reopen_unsolved", "take_back_refusal"),
    "case.voided": ("void",),
}
KIND_NAMES_ZH: dict[str, str] = {
    "case.opened": _("收到"),
    "case.refused": _("不予受理"),
    "case.established": _("立案"),
    "case.merged": _("并案"),
    "case.dispatched": _("派遣"),
    "case.returned": _("退回或撤回"),
    "case.suspended": _("挂账"),
    "case.resumed": _("恢复办理"),
    "case.answered": _("回复"),
    "case.verified": _("核查通过"),
    "case.sent-back": _("返工"),
    "case.closed": _("结案"),
    "case.reopened": _("重办"),
    "case.voided": _("作废"),
}
PING = "ping"
_KIND_OF_ACT = {act: kind for kind, acts in KINDS.items() for act in acts}


def kind_of(action: str) -> str | None:
    """The kind of news of a journal action (`case.send-back`), or None for what is the office's own business."""
    room, _dot, act = action.partition(".")
    return _KIND_OF_ACT.get(act.replace("-", "_")) if room == "case" else None
