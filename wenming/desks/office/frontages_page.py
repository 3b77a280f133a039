"""门前三包 on the office's desk: which premises are listed, what is told of one, the forms and the acts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import shapely
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.cases.frontages import cases_before, frontage_of, is_dumping, reported_by
from wenming.cases.models import Case
from wenming.desks.common.photos import shown_all
from wenming.desks.common.timeline import Told
from wenming.documents.models import Document, Way
from wenming.evidence.selectors import exhibits_of_many
from wenming.organisations.models import Account, Unit, UnitKind
from wenming.refusals import BadInput, Refusal
from wenming.responsibilities.frontages import ledger, services
from wenming.responsibilities.frontages.selectors import (
    Answer,
    agreements_of,
    balance_of,
    facts_of,
    in_arrears,
    not_told,
    notice_in_force,
    to_renew,
    told_stretches,
    who_answers_for,
    without_agreement,
    without_stretch,
)
from wenming.responsibilities.models import DutyKind, FeeEntry, FrontageMatter, MatterNote
from wenming.responsibilities.rules.fee_ledger import Balance, yuan
from wenming.responsibilities.rules.frontage_steps import TERMS, StepKind, WhyNot, why_not, why_not_hear
from wenming.territory.frontages import services as register
from wenming.territory.frontages.selectors import frontages_begun, premises_visible_to, stretches_of
from wenming.territory.models import Area, EdgeStretch, ManagedStreet, Premises, PremisesKind, Road, RunBy, Side
from wenming.territory.rules.coordinates import Datum, to_cgcs2000
from wenming.territory.selectors import towns

from .components_page import DATUMS
from .thing_acts import ThingAct, ThingForm, Things

LISTED = 50
DATE = forms.DateInput({"type": "date"}, format="%Y-%m-%d")


# --- the list --------------------------------------------------------------------------------------------------------


class ShopFilter(forms.Form):
    """Which premises; kept in the address."""

    q = forms.CharField(label=gettext_lazy("登记号、名称、门牌"), required=False, max_length=60)
    street = forms.ChoiceField(label=gettext_lazy("路段"), required=False)
    town = forms.ChoiceField(label=gettext_lazy("镇街"), required=False)
    community = forms.CharField(label=gettext_lazy("村居"), required=False, max_length=30)
    kind = forms.ChoiceField(label=gettext_lazy("种类"), required=False, choices=[("", gettext_lazy("不限")), *PremisesKind.choices])
    state = forms.ChoiceField(label=gettext_lazy("情况"), required=False, choices=[
        ("", gettext_lazy("在册")), ("not_told", gettext_lazy("还没有书面告知")), ("no_agreement", gettext_lazy("没有责任书")),
        ("renew", gettext_lazy("该续签")), ("no_stretch", gettext_lazy("没有责任段")), ("arrears", gettext_lazy("欠费")),
        ("matter", gettext_lazy("有未了事项")), ("closed", gettext_lazy("已注销")),
    ])  # fmt: skip

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, auto_id="shops_%s", **kwargs)  # type: ignore[arg-type, misc]
        streets = ManagedStreet.objects.filter(managed_to=None).values_list("code", "name")
        self._offer("street", streets)
        self._offer("town", towns().values_list("code", "short_name"))

    def narrow(self, found: QuerySet[Premises]) -> QuerySet[Premises]:
        self.is_valid()
        asked = {name: self.cleaned_data.get(name, "") for name in self.fields}
        if words := asked["q"].strip():
            found = found.filter(Q(number__iexact=words) | Q(name__contains=words) | Q(door__contains=words))
        if asked["street"]:
            on = EdgeStretch.objects.filter(street__code=asked["street"], valid_to=None, premises__isnull=False)
            found = found.filter(pk__in=on.values("premises"))
        found = found.filter(community__parent__code=asked["town"]) if asked["town"] else found
        found = found.filter(community__short_name__contains=asked["community"]) if asked["community"] else found
        found = found.filter(kind=asked["kind"]) if asked["kind"] else found
        return _in_state(found, asked["state"], localdate()).order_by("number")

    @property
    def applied(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if value}

    def _offer(self, name: str, choices: Any) -> None:
        self.fields[name].choices = [("", _("不限")), *choices]  # type: ignore[attr-defined]


def _in_state(found: QuerySet[Premises], state: str, day: date) -> QuerySet[Premises]:
    if state == "closed":
        return found.exclude(closed_on=None)
    found = found.filter(closed_on=None)
    narrow: dict[str, Callable[[QuerySet[Premises]], QuerySet[Premises]]] = {
        "not_told": not_told, "no_stretch": without_stretch, "arrears": in_arrears,
        "no_agreement": lambda some: without_agreement(some, day), "renew": lambda some: to_renew(some, day),
        "matter": lambda some: some.filter(pk__in=FrontageMatter.objects.filter(ended_at=None).values("premises")),
    }  # fmt: skip
    return narrow[state](found) if state in narrow else found


@dataclass(frozen=True)
class ShopLine:
    """One row of the list."""

    premises: Premises
    look: str
    words: str


def shop_lines(page: list[Premises], day: date) -> list[ShopLine]:
    """The rows with the one thing that most wants doing about each; five statements for a page."""
    keys = Premises.objects.filter(pk__in=[one.pk for one in page])
    states = [
        ("late", _("有未了事项"), set(FrontageMatter.objects.filter(premises__in=keys, ended_at=None).values_list("premises", flat=True))),
        ("soon", _("没有责任段"), set(without_stretch(keys).values_list("pk", flat=True))),
        ("soon", _("还没有书面告知"), set(not_told(keys).values_list("pk", flat=True))),
        ("soon", _("该续签"), set(to_renew(keys, day).values_list("pk", flat=True))),
        ("go", _("没有责任书"), set(without_agreement(keys, day).values_list("pk", flat=True))),
    ]
    lines = []
    for one in page:
        found = next(((look, words) for look, words, those in states if one.pk in those), ("done", _("正常")))
        lines.append(ShopLine(one, *(found if one.is_open else ("hold", _("已注销")))))
    return lines


# --- one of them -----------------------------------------------------------------------------------------------------


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


def detail_of(premises: Premises, user: Account, now: datetime, acting: Any = None, form: Any = None) -> dict[str, Any]:
    """Everything the dossier tells of one."""
    stretches = list(stretches_of(premises))
    told = told_stretches(stretches)
    about = Q(area_notice__premises=premises) | Q(agreement__premises=premises) | Q(frontage_step__matter__premises=premises)
    papers = Document.objects.filter(about).select_related("service").order_by("-issued_at")
    agreements = list(agreements_of(premises))
    today = localdate(now)
    entries = list(premises.fee_entries.select_related("by", "reversed_by").order_by("at", "pk"))
    steps = _open_steps(premises, stretches)
    return {
        "premises": premises, "held": [Held(one, who_answers_for(one, one.pk in told)) for one in stretches],
        "papers": [Paper(one) for one in papers], "agreements": agreements, "today": today, "entries": entries,
        "balance": balance_of(premises), "matters": list(premises.matters.all()[:20]), "notice": notice_in_force(premises),
        "questions": list(premises.questions.all()[:10]), "cases": list(cases_before(premises, user)[:10]),
        "credits": list(reported_by(premises)[:10]), "credit_count": premises.reports.count(),
        "may_keep": user.may(services.MANAGE), "may_enforce": user.may(services.ENFORCE),
        "service_form": ServiceForm(), "matter_form": MatterForm(), "signature_form": SignatureForm(),
        "acts": SHOPS.open_acts(premises, user, steps, acting=acting, form=form),
        "money": FEES.open_acts(premises, user, {"charge", "pay", "waive"}, acting=acting, form=form),
    }  # fmt: skip


def _open_steps(premises: Premises, stretches: list[EdgeStretch]) -> set[str]:
    if not premises.is_open:
        return set()
    return {"edge", "renew_plate", "close"} | ({"tell", "agree"} if stretches else set())


class EdgeForm(ThingForm):
    """划定责任段."""

    street = forms.ModelChoiceField(label=gettext_lazy("路段"), queryset=ManagedStreet.objects.filter(managed_to=None), to_field_name="code")
    side = forms.ChoiceField(label=gettext_lazy("哪一侧"), choices=Side.choices)
    from_m = forms.FloatField(label=gettext_lazy("起点（米）"), min_value=0)
    to_m = forms.FloatField(label=gettext_lazy("止点（米）"), min_value=0)
    depth_m = forms.FloatField(label=gettext_lazy("纵深（米）"), min_value=0.1, initial=3)
    boundary = forms.CharField(label=gettext_lazy("边界描述"), max_length=120, initial="墙基到人行道路缘石")
    on = forms.DateField(label=gettext_lazy("从哪天起"), widget=DATE, initial=localdate)


class ReasonForm(ThingForm):
    reason = forms.CharField(label=gettext_lazy("原因"), max_length=200)


class ClosingForm(ReasonForm):
    on = forms.DateField(label=gettext_lazy("从哪天起"), widget=DATE, initial=localdate)


class PeriodForm(ThingForm):
    """The next period, as it would follow the last one."""

    since = forms.DateField(label=gettext_lazy("从"), widget=DATE)
    to = forms.DateField(label=gettext_lazy("到"), widget=DATE)
    hygiene_m = forms.FloatField(label=gettext_lazy("包卫生纵深（米）"), required=False, min_value=0.1)
    greenery_m = forms.FloatField(label=gettext_lazy("包绿化纵深（米）"), required=False, min_value=0.1)
    order_m = forms.FloatField(label=gettext_lazy("包秩序纵深（米）"), required=False, min_value=0.1)

    def __init__(self, data: Any = None, *, thing: Premises, **kwargs: Any) -> None:
        last = thing.agreements.order_by("-period_to").first()
        since = last.period_to if last else localdate()
        to = date(since.year + 1, since.month, min(since.day, 28))
        super().__init__(data, thing=thing, initial={"since": since, "to": to} if data is None else {}, **kwargs)


class FeeForm(ThingForm):
    amount = forms.DecimalField(label=gettext_lazy("金额（元）"), min_value=Decimal("0.01"), max_digits=10, decimal_places=2)
    what = forms.CharField(label=gettext_lazy("什么费用、什么依据"), max_length=120)

    @property
    def fen(self) -> int:
        return int(self.cleaned_data["amount"] * 100)


class ChargeForm(FeeForm):
    due_on = forms.DateField(label=gettext_lazy("哪天前交"), widget=DATE)


def _set_edge(premises: Premises, form: EdgeForm, by: Account, now: datetime) -> None:
    given = form.cleaned_data
    edge = register.Edge(given["side"], given["from_m"], given["to_m"], given["depth_m"], given["boundary"])
    register.set_stretch(given["street"], edge, holder=premises, on=given["on"], by=by, now=now)


def _agree(premises: Premises, form: PeriodForm, by: Account, now: datetime) -> None:
    given = form.cleaned_data
    depths = {kind: given[f"{kind}_m"] for kind in DutyKind.values if given[f"{kind}_m"]}
    _told(lambda: services.draw_up_agreement(premises, since=given["since"], to=given["to"], by=by, now=now, depths_m=depths))


def _told(do: Callable[[], object]) -> None:
    """A refusal of these services belongs beside their form, like what was mistyped."""
    try:
        do()
    except BadInput:
        raise
    except Refusal as refusal:
        raise BadInput(str(refusal)) from refusal


SHOPS: Things[Premises] = Things("shop", "number", premises_visible_to, services.MANAGE, (
    ThingAct("stretches", "edge", gettext_lazy("划定责任段"), EdgeForm, _set_edge, gettext_lazy("已划定责任段"),
             note=gettext_lazy("米数从路段起点量起。和别家重叠也会记下来，列在路段的清单里。")),
    ThingAct("notices", "tell", gettext_lazy("印发书面告知"), ThingForm,
             lambda p, _form, by, now: _told(lambda: services.issue_area_notice(p, by=by, now=now)),
             gettext_lazy("告知书已印发，送达以后责任才落到这一家"),
             note=gettext_lazy("把现在的责任段和三项要求写成公文，编号、存档。送达以前由镇街负责。")),
    ThingAct("agreements", "agree", gettext_lazy("起草责任书"), PeriodForm, _agree, gettext_lazy("责任书已起草，签字后生效"),
             note=gettext_lazy("三项责任的纵深可以不同；不填就按责任段的纵深。")),
    ThingAct("plate", "renew_plate", gettext_lazy("换门牌码"), ReasonForm,
             lambda p, form, by, now: register.renew_plate(p, reason=form.cleaned_data["reason"], by=by, now=now) and None,
             gettext_lazy("门牌码已换，旧码作废")),
    ThingAct("closure", "close", gettext_lazy("注销"), ClosingForm,
             lambda p, form, by, now: register.close_premises(p, **form.cleaned_data, by=by, now=now) and None, gettext_lazy("已注销"), danger=True),
))  # fmt: skip
FEES: Things[Premises] = Things("shop", "number", premises_visible_to, services.ENFORCE, (
    ThingAct("charges", "charge", gettext_lazy("记应收"), ChargeForm,
             lambda p, f, by, now: _told(lambda: ledger.charge_fee(
                 p, amount_fen=f.fen, what=f.cleaned_data["what"], due_on=f.cleaned_data["due_on"], by=by, now=now)), gettext_lazy("已记应收")),
    ThingAct("payments", "pay", gettext_lazy("收款"), FeeForm,
             lambda p, f, by, now: _told(lambda: ledger.receive_payment(p, amount_fen=f.fen, what=f.cleaned_data["what"], by=by, now=now)),
             gettext_lazy("已收款，收据已编号")),
    ThingAct("waivers", "waive", gettext_lazy("减免"), FeeForm,
             lambda p, f, by, now: _told(lambda: ledger.waive_fee(p, amount_fen=f.fen, what=f.cleaned_data["what"], by=by, now=now)),
             gettext_lazy("已减免")),
))  # fmt: skip


# --- forms with views of their own -----------------------------------------------------------------------------------


class NewShopForm(forms.Form):
    """登记一家."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=60, help_text=gettext_lazy("照门头或者牌匾"))
    kind = forms.ChoiceField(label=gettext_lazy("种类"), choices=PremisesKind.choices)
    trade = forms.CharField(label=gettext_lazy("行业"), max_length=30, required=False)
    door = forms.CharField(label=gettext_lazy("门牌"), max_length=60)
    longitude = forms.FloatField(label=gettext_lazy("经度"), min_value=-180, max_value=180)
    latitude = forms.FloatField(label=gettext_lazy("纬度"), min_value=-90, max_value=90)
    datum = forms.ChoiceField(label=gettext_lazy("坐标系"), choices=DATUMS, initial=Datum.CGCS2000.value)
    on = forms.DateField(label=gettext_lazy("从哪天起"), widget=DATE, initial=localdate)


class NewStreetForm(forms.Form):
    """列入管理路段: its line typed as positions, or the base map's road of that name."""

    code = forms.CharField(label=gettext_lazy("路段编号"), max_length=16)
    town = forms.ModelChoiceField(label=gettext_lazy("镇街"), queryset=Area.objects.none(), to_field_name="code")
    name = forms.CharField(label=gettext_lazy("路名"), max_length=40)
    stretch = forms.CharField(label=gettext_lazy("起止"), max_length=80, required=False)
    line = forms.CharField(
        label=gettext_lazy("路中线"), required=False, widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("每行一个点：经度，纬度；从起点到止点。不填就用底图上这个镇街同名的路。"),
    )  # fmt: skip
    datum = forms.ChoiceField(label=gettext_lazy("坐标系"), choices=DATUMS, initial=Datum.CGCS2000.value)
    on = forms.DateField(label=gettext_lazy("从哪天起管理"), widget=DATE, initial=localdate)
    left_m = forms.FloatField(label=gettext_lazy("左侧墙基到中线（米）"), min_value=0.5, max_value=register.DEEPEST_M)
    right_m = forms.FloatField(label=gettext_lazy("右侧墙基到中线（米）"), min_value=0.5, max_value=register.DEEPEST_M)
    left_name = forms.CharField(label=gettext_lazy("左侧叫法"), max_length=10, initial="左侧")
    right_name = forms.CharField(label=gettext_lazy("右侧叫法"), max_length=10, initial="右侧")
    run_by = forms.ChoiceField(label=gettext_lazy("怎么管"), choices=RunBy.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["town"].queryset = towns()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors:
            given["drawn"] = self._typed(given) if given["line"].strip() else self._of_the_base_map(given)
        return given

    def _typed(self, given: dict[str, Any]) -> Any:
        try:
            points = [
                to_cgcs2000(float(lon), float(lat), Datum(given["datum"]))
                for lon, lat in (row.replace("，", ",").split(",") for row in given["line"].split("\n") if row.strip())
            ]
            return shapely.LineString(points)
        except (ValueError, shapely.errors.GEOSException):
            self.add_error("line", _("每行要有经度和纬度两个数，用逗号隔开，至少两行。"))
            return None

    def _of_the_base_map(self, given: dict[str, Any]) -> Any:
        road = Road.objects.filter(name=given["name"], town=given["town"], wkb__isnull=False).first()
        if road is None:
            self.add_error("line", _("底图上这个镇街没有叫这个名字的路。请逐行填路中线的点。"))
        return road.geometry if road else None

    def walls(self) -> register.Walls:
        return register.Walls(*(self.cleaned_data[each] for each in ("left_m", "right_m", "left_name", "right_name")))


class NewContractForm(forms.Form):
    """登记服务合同."""

    number = forms.CharField(label=gettext_lazy("合同编号"), max_length=30)
    contractor = forms.ModelChoiceField(
        label=gettext_lazy("承包单位"), queryset=Unit.objects.filter(kind=UnitKind.CONTRACTOR, valid_to=None).order_by("short_name"),
        to_field_name="code",
    )  # fmt: skip
    since = forms.DateField(label=gettext_lazy("从"), widget=DATE)
    to = forms.DateField(label=gettext_lazy("到"), widget=DATE)
    terms = forms.CharField(label=gettext_lazy("服务内容和考核约定"), max_length=500, widget=forms.Textarea({"rows": 3}))
    promised_on_time_percent = forms.IntegerField(label=gettext_lazy("约定按时办结率（%）"), min_value=1, max_value=100)
    streets = forms.ModelMultipleChoiceField(
        label=gettext_lazy("承包的路段（两侧全长）"), queryset=ManagedStreet.objects.filter(managed_to=None), to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    listed = forms.CharField(
        label=gettext_lazy("承包单位的门店清单"), required=False, widget=forms.Textarea({"rows": 6}),
        help_text=gettext_lazy("每行一个登记号，比如 M000001"),
    )  # fmt: skip

    def areas(self) -> list[services.Covered]:
        streets = self.cleaned_data["streets"]
        return [services.Covered(one, side, 0, one.length_cm) for one in streets for side in Side.values]


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


class MatterForm(forms.Form):
    """立门前事项; photographs travel beside it."""

    duty = forms.ChoiceField(label=gettext_lazy("哪一包"), choices=DutyKind.choices)
    what = forms.CharField(label=gettext_lazy("什么问题"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, auto_id="matter_%s")  # type: ignore[misc]


class LookForm(forms.Form):
    mended = forms.ChoiceField(
        label=gettext_lazy("现场看到"), choices=[("no", gettext_lazy("没有改正")), ("yes", gettext_lazy("已经改正"))], widget=forms.RadioSelect
    )
    text = forms.CharField(label=gettext_lazy("说明"), max_length=300, required=False)


class StepForm(forms.Form):
    """走下一步."""

    days = forms.IntegerField(label=gettext_lazy("期限（工作日）"), min_value=1, max_value=30)
    basis = forms.CharField(label=gettext_lazy("法律依据"), max_length=120, help_text=gettext_lazy("法规名称，写到第几条"))
    to = forms.ModelChoiceField(
        label=gettext_lazy("移送给"), queryset=Unit.objects.filter(kind=UnitKind.DEPARTMENT, valid_to=None).order_by("short_name"),
        to_field_name="code",
    )  # fmt: skip

    def __init__(self, *args: Any, kind: StepKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind is StepKind.REMINDER:
            del self.fields["basis"]
        if kind is StepKind.REFERRAL:
            del self.fields["days"]
        else:
            del self.fields["to"]
            self.fields["days"].initial = TERMS[kind].amount


class HearingForm(forms.Form):
    """听取陈述申辩."""

    statement = forms.CharField(label=gettext_lazy("陈述申辩的内容"), max_length=1000, required=False, widget=forms.Textarea({"rows": 3}))
    answer = forms.CharField(label=gettext_lazy("采纳不采纳，为什么"), max_length=1000, required=False, widget=forms.Textarea({"rows": 2}))
    waived = forms.BooleanField(label=gettext_lazy("期满没有陈述申辩"), required=False)


class AnswerForm(forms.Form):
    text = forms.CharField(label=gettext_lazy("答复"), max_length=500, widget=forms.Textarea({"rows": 2}))


# --- one matter ------------------------------------------------------------------------------------------------------

STEP_WORDS = {
    StepKind.REMINDER: gettext_lazy("印发提醒函"), StepKind.ORDER: gettext_lazy("印发责令限期改正通知书"),
    StepKind.HEARING: gettext_lazy("印发陈述申辩权利告知书"), StepKind.REFERRAL: gettext_lazy("移送执法单位"),
}  # fmt: skip


def matter_page(matter: FrontageMatter, user: Account, now: datetime, **forms_given: Any) -> dict[str, Any]:
    """The matter's story, what comes next, and why it does not come yet."""
    facts = facts_of(matter)
    kind = facts.next_kind if matter.ended_at is None else None
    blocked = why_not(kind, facts, now) if kind else None
    steps = list(matter.steps.select_related("document__service", "term", "by").order_by("position"))
    hearing = why_not_hear(facts, now, waived=False) is None and facts.heard_at is None
    enforce, keep = user.may(services.ENFORCE), user.may(services.MANAGE)
    form = StepForm(kind=kind) if kind and blocked is None and enforce else None
    return {
        "matter": matter, "steps": steps, "next": STEP_WORDS[kind] if kind else "", "why": services.WHY_NOT[blocked] if blocked else "",
        "need_notice": blocked is WhyNot.NO_NOTICE, "lines": _story(matter, steps), "facts": facts, "now": now,
        "step_form": form, "look_form": LookForm() if keep and matter.ended_at is None else None,
        "hearing_form": HearingForm() if hearing and enforce else None, "service_form": ServiceForm() if keep else None, **forms_given,
    }  # fmt: skip


def _story(matter: FrontageMatter, steps: list[Any]) -> list[Told]:
    notes = list(MatterNote.objects.filter(matter=matter).select_related("by"))
    shots = exhibits_of_many("matter-note", [str(note.pk) for note in notes])
    lines = []
    for note in notes:
        photos = [(one["url"], one["alt"]) for one in shown_all(shots.get(str(note.pk), ()))]
        words = "；".join(filter(None, [note.text, note.answer]))
        lines.append(Told(note.at, str(note.get_kind_display()), _who(note.by), words, photos))
    for step in steps:
        lines.append(Told(step.at, f"{step.document.title} {step.document.number}", _who(step.by)))
        if hasattr(step.document, "service"):
            proof = step.document.service
            due = f"；{_('期限到')} {timezone.localtime(step.term.due_at):%Y-%m-%d %H:%M}" if hasattr(step, "term") else ""
            lines.append(Told(proof.served_at, f"{proof.get_way_display()}：{step.document.number}", proof.receiver, due.lstrip("；")))
    return sorted(lines, key=lambda one: one.at)


def _who(by: Account | None) -> str:
    return by.display_name if by else ""


@dataclass(frozen=True)
class MoneyLine:
    """One entry of the ledger as the page shows it."""

    entry: FeeEntry

    @property
    def amount(self) -> str:
        return yuan(self.entry.amount_fen)


def money_words(found: Balance) -> dict[str, str]:
    return {"due": yuan(found.receivable), "charged": yuan(-found.income), "paid": yuan(found.cash), "waived": yuan(found.waived)}


def tie_shown(case: Case, user: Account) -> dict[str, Any]:
    """What the page of a case tells of the door it is in front of, where the city keeps a register of frontages."""
    if not frontages_begun():
        return {}
    may_tie = is_dumping(case.problem_type) and user.may("cases.dispatch") and not case.ended
    return {"frontage": frontage_of(case), "may_tie": may_tie}
