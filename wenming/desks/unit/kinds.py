"""What each kind of duty asks of the unit, in its words. Kinds that come later are shown even before they stand here."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Kind:
    """name: for the filter; source: for what comes from no channel; asks: 要求; verb: the button's word."""

    name: str | Promise
    asks: str | Promise
    verb: str | Promise


KINDS: dict[str, Kind] = {
    "case.handle": Kind(_("案件"), _("处理好，附处理后照片"), _("回复")),
    "case.verify-before": Kind(_("现场核实"), _("由本单位巡查人员到现场看"), _("查看")),
    "case.support": Kind(_("协办"), _("办好请你们协办的部分"), _("回复")),
    "case.recheck": Kind(_("盲复核"), _("由本单位巡查人员到现场再看一次"), _("查看")),
    "patrol.walk": Kind(_("重点巡查"), _("由本单位巡查人员按清单看一遍"), _("查看")),
    "place.verify": Kind(_("公共场所核对"), _("到现场按清单看一遍"), _("查看")),
    "spot.treat": Kind(_("黑点整治"), _("按要求整治这一处，回复做了什么"), _("回复")),
    "leader.order": Kind(_("领导批示"), _("办理并书面回复"), _("回复")),
}
OTHER = Kind(_("交办事项"), _("办理并书面回复"), _("回复"))


def kind_of(name: str) -> Kind:
    return KINDS.get(name, OTHER)
