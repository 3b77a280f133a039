"""How times and counts are said to people: 剩 3 时 40 分（18:06 前）."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from wenming.cases.models.appeals import LATE, REWORK
from wenming.responsibilities.rules.clock import Limit, LimitUnit

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
ENDED = frozenset({"done", "discharged", "closed", "withdrawn", "cancelled"})
STOPPED = frozenset({"paused", "suspended"})
LIMITS = {
    LimitUnit.WORK_HOURS: ngettext_lazy("%(n)d 个工作时", "%(n)d 个工作时", "n"),
    LimitUnit.WORK_DAYS: ngettext_lazy("%(n)d 个工作日", "%(n)d 个工作日", "n"),
    LimitUnit.WHOLE_DAYS: ngettext_lazy("%(n)d 个工作日", "%(n)d 个工作日", "n"),
    LimitUnit.HOURS: ngettext_lazy("%(n)d 小时", "%(n)d 小时", "n"),
    LimitUnit.DAYS: ngettext_lazy("%(n)d 天", "%(n)d 天", "n"),
}


APPEALED = {LATE: gettext_lazy("没有按期"), REWORK: gettext_lazy("返工")}
DECIDED = {True: gettext_lazy("申诉成立"), False: gettext_lazy("申诉不成立")}


@dataclass(frozen=True)
class ClockFace:
    """What a clock shows: `state` is one of late, soon, go, done, hold; `due` is the time of day on the wall."""

    state: str
    left: str
    due: str = ""


def clock_face(duty: Any, now: datetime, left: timedelta | None = None) -> ClockFace:
    """The face of anything that has `due_at` and, where it applies, `warn_at`, `state`, `paused` or `done_at`.

    left: the remaining working time, where the caller has computed it; else the time on the wall is counted.
    """
    state = str(getattr(duty, "state", "") or "")
    if getattr(duty, "done_at", None) or state in ENDED:
        return ClockFace("done", _("已办结"))
    if getattr(duty, "paused", False) or state in STOPPED:
        return ClockFace("hold", _("已暂停"))
    due_at = getattr(duty, "due_at", None)
    if due_at is None:
        return ClockFace("go", _("不限时"))
    if now > due_at:
        return ClockFace("late", _("逾期 %(time)s") % {"time": duration(now - due_at)})
    warn_at = getattr(duty, "warn_at", None)
    words = _("剩 %(time)s") % {"time": duration(due_at - now) if left is None else working_duration(left)}
    return ClockFace("soon" if warn_at and now >= warn_at else "go", words, before(due_at, now))


def appeal_words(facts: Mapping[str, Any]) -> str:
    """What a move about an appeal says: what is contested and, once it is decided, how."""
    about = str(APPEALED.get(str(facts.get("contested")), ""))
    if "granted" not in facts:
        return about
    return f"{about} {DECIDED[bool(facts['granted'])]}"


def limit_words(limit: Limit) -> str:
    """The limit as a case sheet prints it: 4 个工作时, 2 小时."""
    return str(LIMITS[limit.unit] % {"n": limit.amount})


def duration(length: timedelta) -> str:
    """“2 时 14 分” within a day, “1 天 4 时” within three, then whole days."""
    minutes = max(int(length / MINUTE), 0)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days >= 3:
        return _("%(days)d 天") % {"days": days}
    if days:
        return (_("%(days)d 天 %(hours)d 时") if hours else _("%(days)d 天")) % {"days": days, "hours": hours}
    return _("%(hours)d 时 %(minutes)02d 分") % {"hours": hours, "minutes": minutes}


def working_duration(length: timedelta) -> str:
    """“6 时 05 分”; from 24 hours on “29 工作时”, because 24 hours of work are not one day."""
    hours = int(length / MINUTE) // 60
    return duration(length) if hours < 24 else _("%(hours)d 工作时") % {"hours": hours}


def before(moment: datetime, now: datetime) -> str:
    """“18:06 前” today, “11 月 24 日 18:06 前” on another day."""
    return _("%(moment)s 前") % {"moment": moment_words(moment, now)}


def moment_words(moment: datetime, now: datetime) -> str:
    """“18:06” today, “11 月 24 日 18:06” this year, else with the year."""
    there, here = localtime(moment), localtime(now)
    if there.date() == here.date():
        return f"{there:%H:%M}"
    parts = {"year": there.year, "month": there.month, "day": there.day, "time": f"{there:%H:%M}"}
    if there.year == here.year:
        return _("%(month)d 月 %(day)d 日 %(time)s") % parts
    return _("%(year)d 年 %(month)d 月 %(day)d 日 %(time)s") % parts


WEEKDAYS = (
    gettext_lazy("周一"), gettext_lazy("周二"), gettext_lazy("周三"), gettext_lazy("周四"), gettext_lazy("周五"), gettext_lazy("周六"),
    gettext_lazy("周日"),
)  # fmt: skip


def weekday_words(days: Sequence[int]) -> str:
    """“周一至周五”, “周六、周日” for days of the week as ISO counts them, in their order."""
    if len(days) > 2 and list(days) == list(range(days[0], days[-1] + 1)):
        return _("%(first)s至%(last)s") % {"first": WEEKDAYS[days[0] - 1], "last": WEEKDAYS[days[-1] - 1]}
    return "、".join(str(WEEKDAYS[day - 1]) for day in days)
