"""Rules, gaps and figures in the words of those who plan."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .selectors import LACKS_SKILL, NO_ROSTER, NO_SHIFT, PAUSED, Gap

RULES: dict[str, str | Promise] = {
    "rest": gettext_lazy("两班之间休息不够"), "days": gettext_lazy("连续上班的天数到头了"), "nights": gettext_lazy("连续夜班到头了"),
    "hours": gettext_lazy("这一周的工时到头了"), "leave": gettext_lazy("请假"), "no-nights": gettext_lazy("不排夜班"),
    "member": gettext_lazy("这天不在组里"), "once": gettext_lazy("这天已经有班"), "apart": gettext_lazy("约定不同班"),
    "guided": gettext_lazy("要有带班的人同班"), "skill": gettext_lazy("没有要求的技能"),
}  # fmt: skip
KINDS: dict[str, str | Promise] = {
    "hours": gettext_lazy("工时"), "nights": gettext_lazy("夜班"), "weekends": gettext_lazy("周末班"), "holidays": gettext_lazy("节假日班"),
}  # fmt: skip

STAGES: dict[str, str | Promise] = {
    "": gettext_lazy("等着开始"), "greedy": gettext_lazy("逐班排一遍"), "filling": gettext_lazy("挪班补空"), "evening": gettext_lazy("调均衡"),
    "search": gettext_lazy("求解：补空班、少动已发布的"),
    "balance": gettext_lazy("求解：再求均衡"),
}  # fmt: skip


def rule(code: str) -> str:
    return str(RULES.get(code, code))


def people_kept(why: Iterable[tuple[str, int]]) -> str:
    """“请假 2 人、两班之间休息不够 3 人”."""
    return _("、").join(_("%(rule)s %(n)d 人") % {"rule": rule(code), "n": many} for code, many in why)


def reason(gap: Gap) -> str:
    """Why these minutes are not covered."""
    if gap.reason == NO_ROSTER:
        return _("这一段还没有发布排班表")
    if gap.reason == NO_SHIFT:
        return _("班次里没有排到这段时间")
    if gap.reason == PAUSED:
        return _("暂停值班：%(why)s") % {"why": gap.note}
    if gap.reason == LACKS_SKILL:
        return _("缺有“%(skill)s”的人：要 %(need)d 人，有 %(have)d 人") % {"skill": gap.skill, "need": gap.need, "have": gap.have}
    why = people_kept(gap.why)
    short = _("要 %(need)d 人，有 %(have)d 人") % {"need": gap.need, "have": gap.have}
    return _("%(short)s（%(why)s）") % {"short": short, "why": why} if why else short


def what_to_do(gap: Gap) -> str:
    """What whoever plans can do about it."""
    if gap.reason == NO_ROSTER:
        return _("为这一段排班并发布。")
    if gap.reason == NO_SHIFT:
        return _("在排班规则里加一个班次，或者写明这段时间不用人。")
    if gap.reason == PAUSED:
        return _("请别的组顶上这一段，或者到“组员和规则”里提前恢复。")
    if gap.reason == LACKS_SKILL:
        return _("换一位有这项技能的人，或者给组里补一位。")
    return _("在表里直接补人，请别的组支援，或者给这一组补一位。")
