"""What is shown of hints, and to whom: a sentence with its figures, and a link only to what the reader may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from wenming.evidence.hints import hints_of, with_verdict
from wenming.evidence.models import Exhibit, HintKind, PhotoHint
from wenming.organisations.models import Account
from wenming.words import gettext_noop

from ..models import Case
from ..rules.lifecycle import may_verify
from ..selectors import cases_visible_to, handler_paths
from .behind import cases_behind

JUDGE = "cases.verify"


@dataclass(frozen=True)
class TellHint:
    """A hint as one reader sees it. case: the photo's own; link: the other case, where the reader may see it."""

    hint: PhotoHint
    words: str
    case: Case | None
    link: Case | None
    of_same_case: bool = False

    @property
    def kind_words(self) -> str:
        return str(HintKind(self.hint.kind).label)

    @property
    def sound(self) -> bool | None:
        """What was said of it last; None while nobody has."""
        sound: bool | None = getattr(self.hint, "sound", None)
        return sound


def hints_about(exhibits: Iterable[Exhibit], reader: Account) -> list[TellHint]:
    """Hints about photos that the reader may see, in the order of the photos; six queries however many there are."""
    return _told(list(hints_of(exhibits)), reader)


def hints_found(since: datetime, until: datetime, kind: str, reader: Account, *, at_most: int = 100) -> list[TellHint]:
    """The newest hints of a kind, for whoever counts them; only those whose case the reader may see."""
    found = PhotoHint.objects.filter(at__gte=since, at__lte=until, kind=kind).select_related("exhibit", "other")
    told = _told(list(with_verdict(found).order_by("-at", "-pk")[:at_most]), reader)
    visible = _visible({one.case for one in told if one.case}, reader)
    return [one for one in told if one.case and one.case.pk in visible]


def may_judge(case: Case, reader: Account) -> bool:
    """Whoever may verify: never somebody of a unit that handled it."""
    return reader.may(JUDGE) and may_verify(reader.unit.path, handler_paths(case))


def _told(hints: list[PhotoHint], reader: Account) -> list[TellHint]:
    if not hints:
        return []
    behind = cases_behind({one.pk: one for hint in hints for one in (hint.exhibit, hint.other) if one}.values())
    visible = _visible({behind[hint.other_id] for hint in hints if hint.other_id in behind}, reader)
    told = []
    for hint in hints:
        own, other = behind.get(hint.exhibit_id), behind.get(hint.other_id) if hint.other_id else None
        link = other if other and other != own and other.pk in visible else None
        same = other is not None and other == own
        told.append(TellHint(hint, _sentence(hint, _where(other, own, link)), own, link, of_same_case=same))
    return told


def _visible(cases: set[Case], reader: Account) -> set[int]:
    keys = {case.pk for case in cases}
    return set(cases_visible_to(reader).filter(pk__in=keys).values_list("pk", flat=True)) if keys else set()


def _where(other: Case | None, own: Case | None, link: Case | None) -> str:
    if other is None:
        return _("另一处")
    if other == own:
        return _("本案")
    return _("案件 %(number)s ") % {"number": other.number} if link else _("另一件案件")


def _sentence(hint: PhotoHint, where: str) -> str:
    facts = hint.facts
    match HintKind(hint.kind):
        case HintKind.REUSED:
            words = {"where": where, "how": _how(facts), "span": _span(facts["seconds"])}
            if facts["same_file"]:
                return _("和%(where)s的照片是同一个文件，那张早 %(span)s。") % words
            return _("和%(where)s的照片是同一张画面：那张早 %(span)s；%(how)s。") % words
        case HintKind.UNCHANGED:
            return _("和处置前的照片是同一张：%(how)s。") % {"how": _how(facts)}
        case HintKind.OTHER_SCENE:
            return _("可比的 %(corners)d 处只对上 %(matched)d 处，同一个地方一般对得上 8 处以上。换了角度也会这样，请看照片。") % facts
        case HintKind.SCENE_UNSURE:
            return _("可比的 %(corners)d 处对上 %(matched)d 处，说不准，请看照片。") % facts
        case HintKind.ELSEWHERE:
            words = {"far": _far(facts["metres"]), "tolerance": facts["tolerance_m"]}
            return _("照片自带的位置离这里至少 %(far)s，超过容差 %(tolerance)d 米。手机定位也会不准。") % words
        case HintKind.OTHER_TIME:
            words = {"span": _span(facts["seconds"])}
            return _(_TIMES[facts["against"] if facts["early"] else "late"]) % words


_TIMES = {
    "seen": gettext_noop("照片自带的时间比上报说的早 %(span)s。手机时钟也会不准。"),
    "begun": gettext_noop("照片自带的时间比派遣还早 %(span)s。手机时钟也会不准。"),
    "handed-in": gettext_noop("照片自带的时间比交上来早 %(span)s。手机时钟也会不准。"),
    "late": gettext_noop("照片自带的时间比交上来还晚 %(span)s。手机时钟可能没调准。"),
}


def _how(facts: dict[str, object]) -> str:
    if facts["same_file"]:
        return _("同一个文件")
    said = [_("左右翻转")] if facts["mirrored"] else []
    if facts["shown_percent"] != 100:
        said.append(_("是那张的 %(share)d%%") % {"share": facts["shown_percent"]})
    said.append(_("画面 %(share)d%% 对得上") % {"share": facts["agreeing_percent"]})
    return "，".join(said)


def _span(seconds: int) -> str:
    """“412 天”, “5 小时”, “20 分钟”."""
    if seconds >= 2 * 86_400:
        return _("%(count)d 天") % {"count": seconds // 86_400}
    if seconds >= 2 * 3600:
        return _("%(count)d 小时") % {"count": seconds // 3600}
    return _("%(count)d 分钟") % {"count": max(1, seconds // 60)}


def _far(metres: float) -> str:
    return _("%(far).1f 公里") % {"far": metres / 1000} if metres >= 1000 else _("%(far)d 米") % {"far": metres}
