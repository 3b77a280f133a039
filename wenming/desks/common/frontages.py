"""门前三包 at whichever desk acts: a door's pieces and papers in words, and the forms of its registration, pieces, papers, signatures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.documents.models import Document, Way
from wenming.organisations.models import Account
from wenming.refusals import BadInput, Refusal
from wenming.responsibilities.frontages import services
from wenming.responsibilities.frontages.selectors import Answer
from wenming.responsibilities.models import DutyKind
from wenming.territory.frontages import services as register
from wenming.territory.models import EdgeStretch, ManagedStreet, Premises, PremisesKind, Side
from wenming.territory.rules.coordinates import Datum

from .forms import DATE, DATUMS, ThingForm


@dataclass(frozen=True)
class Held:
    """A piece of a street that it has, and who answers for it today."""

    stretch: EdgeStretch
    answer: Answer

    @property
    def words(self) -> str:
        one = self.stretch
        words = {"street": one.street, "side": one.street.side_name(one.side), "since": one.from_cm / 100, "to": one.to_cm / 100,
                 "length": one.length_cm / 100, "depth": one.depth_cm / 100}  # fmt: skip
        return _("%(street)s%(side)s %(since).1f–%(to).1f 米，长 %(length).1f 米，纵深 %(depth).1f 米") % words


@dataclass(frozen=True)
class Paper:
    """A document, and how it was served."""

    document: Document

    @property
    def service(self) -> Any:
        return getattr(self.document, "service", None)

    @property
    def signature(self) -> Any:
        """Of an agreement: whoever signed it has received it."""
        return getattr(getattr(self.document, "agreement", None), "signature", None)

    @property
    def withdrawal(self) -> Any:
        """Of an agreement that was taken back before anybody signed it: it is served to nobody."""
        return getattr(getattr(self.document, "agreement", None), "withdrawal", None)


class NewShopForm(forms.Form):
    """登记一家."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=60, help_text=gettext_lazy("照门头或者牌匾"))
    kind = forms.ChoiceField(label=gettext_lazy("种类"), choices=PremisesKind.choices)
    trade = forms.CharField(label=gettext_lazy("行业"), max_length=30, required=False)
    door = forms.CharField(label=gettext_lazy("门牌"), max_length=60)
    contact_post = forms.CharField(
        label=gettext_lazy("联系岗位"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("比如店长、值班经理；不写姓名和电话"),
    )
    longitude = forms.FloatField(label=gettext_lazy("经度"), min_value=-180, max_value=180)
    latitude = forms.FloatField(label=gettext_lazy("纬度"), min_value=-90, max_value=90)
    datum = forms.ChoiceField(label=gettext_lazy("坐标系"), choices=DATUMS, initial=Datum.CGCS2000.value)
    on = forms.DateField(label=gettext_lazy("从哪天起"), widget=DATE, initial=localdate)


class EdgeForm(ThingForm):
    """划定责任段."""

    street = forms.ModelChoiceField(
        label=gettext_lazy("路段"), queryset=ManagedStreet.objects.filter(managed_to=None).defer("wkb"), to_field_name="code",
        empty_label=gettext_lazy("请选路段"),
    )  # fmt: skip
    side = forms.ChoiceField(label=gettext_lazy("哪一侧"), choices=Side.choices)
    from_m = forms.FloatField(label=gettext_lazy("起点（米）"), min_value=0)
    to_m = forms.FloatField(label=gettext_lazy("止点（米）"), min_value=0)
    depth_m = forms.FloatField(label=gettext_lazy("纵深（米）"), min_value=0.1, initial=3)
    boundary = forms.CharField(label=gettext_lazy("边界描述"), max_length=120, initial="墙基到人行道路缘石")
    on = forms.DateField(label=gettext_lazy("从哪天起"), widget=DATE, initial=localdate)


class PeriodForm(ThingForm):
    """The next period, as it would follow the last one."""

    since = forms.DateField(label=gettext_lazy("从"), widget=DATE)
    to = forms.DateField(label=gettext_lazy("到"), widget=DATE)
    hygiene_m = forms.FloatField(label=gettext_lazy("包卫生纵深（米）"), required=False, min_value=0.1)
    greenery_m = forms.FloatField(label=gettext_lazy("包绿化纵深（米）"), required=False, min_value=0.1)
    order_m = forms.FloatField(label=gettext_lazy("包秩序纵深（米）"), required=False, min_value=0.1)

    def __init__(self, data: Any = None, *, thing: Premises, **kwargs: Any) -> None:
        drawn = [one for one in thing.agreements.all() if not hasattr(one, "withdrawal")]
        last = max(drawn, key=lambda one: one.period_to, default=None)
        since = last.period_to if last else localdate()
        to = date(since.year + 1, since.month, min(since.day, 28))
        super().__init__(data, thing=thing, initial={"since": since, "to": to} if data is None else {}, **kwargs)


class ServiceForm(forms.Form):
    """登记送达."""

    way = forms.ChoiceField(label=gettext_lazy("送达方式"), choices=Way.choices)
    served_at = forms.DateTimeField(
        label=gettext_lazy("送达时间"), widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )  # fmt: skip
    receiver = forms.CharField(label=gettext_lazy("签收人和身份"), max_length=60, help_text=gettext_lazy("比如“店员 陈某”"))
    witness = forms.CharField(label=gettext_lazy("见证人（留置送达要填）"), max_length=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, auto_id="service_%s")  # type: ignore[misc]
        self.fields["served_at"].initial = timezone.localtime


class SignatureForm(forms.Form):
    """登记纸质签字; the scan travels beside it."""

    signer = forms.CharField(label=gettext_lazy("签字人"), max_length=40)


class WithdrawalForm(forms.Form):
    """作废 an agreement that nobody signed."""

    reason = forms.CharField(label=gettext_lazy("为什么作废"), max_length=200)


# --- done by them --------------------------------------------------------------------------------------------------


def give_piece(premises: Premises, form: EdgeForm, by: Account, now: datetime) -> None:
    given = form.cleaned_data
    edge = register.Edge(given["side"], given["from_m"], given["to_m"], given["depth_m"], given["boundary"])
    register.set_stretch(given["street"], edge, holder=premises, on=given["on"], by=by, now=now)


def draw_up(premises: Premises, form: PeriodForm, by: Account, now: datetime) -> None:
    given = form.cleaned_data
    depths = {kind: given[f"{kind}_m"] for kind in DutyKind.values if given[f"{kind}_m"]}
    as_bad_input(lambda: services.draw_up_agreement(premises, since=given["since"], to=given["to"], by=by, now=now, depths_m=depths))


def as_bad_input(do: Callable[[], object]) -> None:
    """A refusal of these services belongs beside their form, like what was mistyped."""
    try:
        do()
    except BadInput:
        raise
    except Refusal as refusal:
        raise BadInput(str(refusal)) from refusal
