"""The rule's decisions as sentences for a leader: what, how much against what, of how many."""

from __future__ import annotations

from django.utils.translation import gettext as _

from .rules.exceptions import Figures, Reason, Signal, Standing
from .rules.shares import Share


def reason_words(reason: Reason, standing: Standing, city: Figures) -> str:
    """“占道经营逾期 9 件，2 件超 3 日”; every share with its city share and its n."""
    own = standing.now
    if reason.signal == Signal.LATE:
        return late_words(standing)
    if reason.signal == Signal.ON_TIME:
        return _("按时办结率 %(share)s（全市 %(city)s，n=%(n)d）") % _against(own.on_time_share, city.on_time_share)
    if reason.signal == Signal.UNHAPPY:
        return _("市民不满意 %(share)s（全市 %(city)s，n=%(n)d）") % _against(own.unhappy_share, city.unhappy_share)
    if reason.signal == Signal.REWORK:
        return _("返工率 %(share)s（全市 %(city)s，n=%(n)d）") % _against(own.rework_share, city.rework_share)
    worst = standing.repeats[0]
    return _("%(place)s 28 天里%(what)s反复 %(n)d 件") % {"place": worst.place, "what": worst.what, "n": worst.cases}


def late_words(standing: Standing) -> str:
    """What is late, named by its kind when most of it is of one kind."""
    own, (kind, of_kind) = standing.now, standing.late_mostly
    parts = [_("逾期 %(n)d 件") % {"n": own.open_late}]
    if kind and 2 * of_kind > own.open_late:
        same = of_kind == own.open_late
        parts = [_("%(kind)s逾期 %(n)d 件") % {"kind": kind, "n": own.open_late}] if same else [
            _("逾期 %(n)d 件（%(kind)s %(of_kind)d 件）") % {"n": own.open_late, "kind": kind, "of_kind": of_kind}
        ]  # fmt: skip
    if own.long_late:
        parts.append(_("%(n)d 件超 3 日") % {"n": own.long_late})
    return _("，").join(parts)


def since_words(reason: Reason, weeks_known: int) -> str:
    """“新出现”, “连续 2 周”."""
    if reason.signal == Signal.REPEAT:
        return _("近 4 周")
    if reason.weeks >= weeks_known:
        return _("连续 %(n)d 周以上") % {"n": reason.weeks}
    return _("连续 %(n)d 周") % {"n": reason.weeks} if reason.weeks > 1 else _("新出现")


def percent_words(share: Share) -> str:
    """“93.4%”, or a dash where nothing was counted."""
    return "–" if share.percent is None else f"{share.percent:g}%"


def change_words(new: Share, old: Share) -> str:
    """“比上周低 1.1 个点”; "" where there is nothing to compare."""
    if new.percent is None or old.percent is None:
        return ""
    points = round(new.percent - old.percent, 1)
    if points == 0:
        return _("与上周持平")
    words = _("比上周高 %(points)s 个点") if points > 0 else _("比上周低 %(points)s 个点")
    return words % {"points": f"{abs(points):g}"}


def _against(own: Share, city: Share) -> dict[str, object]:
    return {"share": percent_words(own), "city": percent_words(city), "n": own.whole}
