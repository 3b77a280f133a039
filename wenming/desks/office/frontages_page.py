"""门前三包 on the office's desk: which premises are listed, what is told of one, the forms and the acts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import shapely
from django import forms
from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.cases.frontages import cases_before, frontage_of, is_dumping, reported_by
from wenming.cases.models import Case
from wenming.desks.common.forms import DATE, DATUMS, ThingForm
from wenming.desks.common.frontages import (
    EdgeForm,
    Held,
    Paper,
    PeriodForm,
    ServiceForm,
    SignatureForm,
    WithdrawalForm,
    as_bad_input,
    draw_up,
    give_piece,
)
from wenming.desks.common.matters import EndForm, LookForm, MatterForm, next_of, steps_of, story_of, unanswered
from wenming.desks.common.paging import first_of
from wenming.organisations.models import Account, Unit, UnitKind
from wenming.refusals import BadInput
from wenming.responsibilities.frontages import services
from wenming.responsibilities.frontages.selectors import (
    agreements_of,
    facts_of,
    in_arrears,
    not_told,
    papers_of,
    to_renew,
    who_answers_for,
    with_told,
    without_agreement,
    without_stretch,
)
from wenming.responsibilities.models import FeeEntry, FrontageMatter
from wenming.responsibilities.rules.fee_ledger import balance
from wenming.responsibilities.rules.frontage_steps import TERMS, StepKind, why_not_hear
from wenming.territory.frontages import services as register
from wenming.territory.frontages.correcting import PremisesFacts, correct_premises, facts_of_premises
from wenming.territory.frontages.selectors import frontages_begun, premises_matching, premises_visible_to, stretches_of
from wenming.territory.models import Area, EdgeStretch, ManagedStreet, Premises, PremisesKind, Road, RunBy, Side
from wenming.territory.rules.coordinates import Datum, to_cgcs2000
from wenming.territory.selectors import towns

from .shop_money import FEES
from .thing_acts import ThingAct, Things

LISTED = 50


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
        found = premises_matching(found, asked["q"])
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


def shop_lines(page: Sequence[Premises], day: date) -> list[ShopLine]:
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


def detail_of(premises: Premises, user: Account, now: datetime, acting: Any = None, form: Any = None) -> dict[str, Any]:
    """Everything the dossier tells of one."""
    stretches = list(with_told(stretches_of(premises)))
    prefetch_related_objects([premises], Prefetch("agreements", agreements_of(premises)))
    credits, credit_count = first_of(reported_by(premises), 10)
    today = localdate(now)
    # Read once: the forms of the money count them.
    ledger = FeeEntry.objects.select_related("by", "reversed_by").order_by("at", "pk")
    prefetch_related_objects([premises], Prefetch("fee_entries", ledger))
    entries = list(premises.fee_entries.all())
    steps = _open_steps(premises, stretches)
    return {
        "premises": premises, "held": [Held(one, who_answers_for(one, one.told_at is not None)) for one in stretches],
        "papers": [Paper(one) for one in papers_of(premises)], "agreements": list(premises.agreements.all()), "today": today, "entries": entries,
        "balance": balance(entry.as_rule() for entry in entries), "matters": list(premises.matters.all()[:20]),
        "questions": list(premises.questions.all()[:10]), "cases": list(cases_before(premises, user)[:10]),
        "credits": credits, "credit_count": credit_count,
        "may_keep": user.may(services.MANAGE), "may_enforce": user.may(services.ENFORCE),
        "service_form": ServiceForm(), "matter_form": MatterForm(), "signature_form": SignatureForm(),
        "withdrawal_form": WithdrawalForm(auto_id="withdrawal_%s"),
        "acts": SHOPS.open_acts(premises, user, steps, acting=acting, form=form),
        "money": FEES.open_acts(premises, user, {"charge", "pay", "waive"}, acting=acting, form=form),
    }  # fmt: skip


def _open_steps(premises: Premises, stretches: list[EdgeStretch]) -> set[str]:
    if not premises.is_open:
        return set()
    return {"edge", "correct", "renew_plate", "close"} | ({"tell", "agree"} if stretches else set())


class ReasonForm(ThingForm):
    reason = forms.CharField(label=gettext_lazy("原因"), max_length=200)


class ClosingForm(ReasonForm):
    on = forms.DateField(label=gettext_lazy("从哪天起"), widget=DATE, initial=localdate)


class CorrectionForm(ReasonForm):
    """更正登记: what the register says now, to be changed."""

    field_order = ("name", "kind", "trade", "door", "contact_post", "reason")
    name = forms.CharField(label=gettext_lazy("名称"), max_length=60)
    kind = forms.ChoiceField(label=gettext_lazy("种类"), choices=PremisesKind.choices)
    trade = forms.CharField(label=gettext_lazy("行业"), max_length=30, required=False)
    door = forms.CharField(label=gettext_lazy("门牌"), max_length=60, required=False)
    contact_post = forms.CharField(
        label=gettext_lazy("联系岗位"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("比如店长、值班经理；不写姓名和电话"),
    )

    def __init__(self, data: Any = None, *, thing: Premises, **kwargs: Any) -> None:
        super().__init__(data, thing=thing, initial=asdict(facts_of_premises(thing)) if data is None else {}, **kwargs)

    def facts(self) -> PremisesFacts:
        return PremisesFacts(
            **{name: self.cleaned_data[name] for name in ("name", "kind", "trade", "door", "contact_post")}
        )


SHOPS: Things[Premises] = Things("shop", "number", premises_visible_to, services.MANAGE, (
    ThingAct("stretches", "edge", gettext_lazy("划定责任段"), EdgeForm, give_piece, gettext_lazy("已划定责任段"),
             note=gettext_lazy("米数从路段起点量起。和别家重叠也会记下来，列在路段的清单里。")),
    ThingAct("notices", "tell", gettext_lazy("印发书面告知"), ThingForm,
             lambda p, _form, by, now: as_bad_input(lambda: services.issue_area_notice(p, by=by, now=now)),
             gettext_lazy("告知书已印发，送达以后责任才落到这一家"),
             note=gettext_lazy("把现在的责任段和三项要求写成公文，编号、存档。送达以前由镇街负责。")),
    ThingAct("agreements", "agree", gettext_lazy("起草一份责任书"), PeriodForm, draw_up, gettext_lazy("责任书已起草，签字后生效"),
             note=gettext_lazy("三项责任的纵深可以不同；不填就按责任段的纵深。")),
    ThingAct("correction", "correct", gettext_lazy("更正登记"), CorrectionForm,
             lambda p, form, by, now: as_bad_input(lambda: correct_premises(p, form.facts(), reason=form.cleaned_data["reason"], by=by, now=now)),
             gettext_lazy("已更正")),
    ThingAct("plate", "renew_plate", gettext_lazy("换新门牌码"), ReasonForm,
             lambda p, form, by, now: register.renew_plate(p, reason=form.cleaned_data["reason"], by=by, now=now) and None,
             gettext_lazy("门牌码已换，旧码作废")),
    ThingAct("closure", "close", gettext_lazy("注销"), ClosingForm,
             lambda p, form, by, now: services.close_door(p, **form.cleaned_data, by=by, now=now), gettext_lazy("已注销"), danger=True),
))  # fmt: skip


# --- forms with views of their own -----------------------------------------------------------------------------------


class NewStreetForm(forms.Form):
    """列入管理路段: its line typed as positions, or the base map's road of that name."""

    code = forms.CharField(label=gettext_lazy("路段编号"), max_length=16, help_text=gettext_lazy("以后不变，比如 LD-004"))
    town = forms.ModelChoiceField(
        label=gettext_lazy("镇街"), queryset=Area.objects.none(), to_field_name="code", empty_label=gettext_lazy("请选镇街")
    )
    name = forms.CharField(label=gettext_lazy("路名"), max_length=40)
    stretch = forms.CharField(
        label=gettext_lazy("起止"), max_length=80, required=False, help_text=gettext_lazy("比如“民权路口到康华路口”")
    )
    line = forms.CharField(
        label=gettext_lazy("路中线"), required=False, widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("每行一个点：经度，纬度；从起点到止点。不填就用底图上这个镇街同名的路。"),
    )  # fmt: skip
    datum = forms.ChoiceField(label=gettext_lazy("坐标系"), choices=DATUMS, initial=Datum.CGCS2000.value)
    on = forms.DateField(label=gettext_lazy("从哪天起管理"), widget=DATE, initial=localdate)
    left_m = forms.FloatField(
        label=gettext_lazy("左侧墙基到中线（米）"), min_value=0.5, max_value=register.DEEPEST_M, help_text=gettext_lazy("面朝止点，左手边")
    )
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
        to_field_name="code", empty_label=gettext_lazy("请选单位"),
    )  # fmt: skip
    since = forms.DateField(label=gettext_lazy("从"), widget=DATE)
    to = forms.DateField(label=gettext_lazy("到"), widget=DATE)
    terms = forms.CharField(label=gettext_lazy("服务内容和考核约定"), max_length=500, widget=forms.Textarea({"rows": 3}))
    promised_on_time_percent = forms.IntegerField(label=gettext_lazy("约定按时办结率（%）"), min_value=1, max_value=100)
    streets = forms.ModelMultipleChoiceField(
        label=gettext_lazy("承包的路段（两侧全长）"), queryset=ManagedStreet.objects.filter(managed_to=None).defer("wkb"), to_field_name="code",
        widget=forms.CheckboxSelectMultiple, required=False,
    )  # fmt: skip
    pieces = forms.CharField(
        label=gettext_lazy("只承包一段的"), required=False, widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("每行一段：路段编号，哪一侧，从几米，到几米。比如“DQ-001，北侧，0，120”。"),
    )  # fmt: skip
    listed = forms.CharField(
        label=gettext_lazy("承包单位的门店清单"), required=False, widget=forms.Textarea({"rows": 6}),
        help_text=gettext_lazy("每行一个登记号，比如 M000001"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The code is what the lines below are written with.
        self.fields["streets"].label_from_instance = lambda street: f"{street.code} {street}"  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors:
            given["areas"] = self._areas(given)
            if not given["areas"] and not self.errors:
                self.add_error("streets", _("还没有说承包哪里。请勾选整条路段，或者在下面写明哪一段。"))
        return given

    def _areas(self, given: dict[str, Any]) -> list[services.Covered]:
        """Whole streets and single pieces; no metre twice in one contract."""
        found = [services.Covered(one, side, 0, one.length_cm) for one in given["streets"] for side in Side.values]
        for number, row in enumerate(given["pieces"].splitlines(), start=1):
            if not row.strip():
                continue
            try:
                piece = _pieceas_bad_input(row)
            except BadInput as why:
                self.add_error("pieces", _("第 %(n)d 行：%(why)s") % {"n": number, "why": why})
                continue
            twice = [one for one in found if (one.street.pk, one.side) == (piece.street.pk, piece.side)
                     and one.from_cm < piece.to_cm and piece.from_cm < one.to_cm]  # fmt: skip
            if twice:
                self.add_error("pieces", _("第 %(n)d 行和前面的重复：%(row)s。请改成不重叠的米数。") % {"n": number, "row": row.strip()})
            found.append(piece)
        return found


def _pieceas_bad_input(row: str) -> services.Covered:
    """“DQ-001，北侧，0，120”. Raises BadInput with what is wrong in it."""
    told = [each.strip() for each in row.replace("，", ",").replace("\t", ",").split(",")]
    if len(told) != 4:
        raise BadInput(_("要有四项：路段编号，哪一侧，从几米，到几米。"))
    street = ManagedStreet.objects.select_related("town").filter(code=told[0], managed_to=None).first()
    if street is None:
        raise BadInput(_("没有编号是 %(code)s 的管理路段。") % {"code": told[0][:16]})
    sides = {name: side for side in Side.values for name in (street.side_name(side), str(Side(side).label), side)}
    if told[1] not in sides:
        names = {"left": street.left_name, "right": street.right_name}
        raise BadInput(_("哪一侧要写“%(left)s”或“%(right)s”。") % names)
    try:
        since, to = (round(float(each) * 100) for each in told[2:])
    except (ValueError, OverflowError) as wrong:
        raise BadInput(_("从几米、到几米要填数字。")) from wrong
    if not 0 <= since < to <= street.length_cm:
        raise BadInput(_("米数要从小到大，不超过全长 %(length).1f 米。") % {"length": street.length_cm / 100})
    return services.Covered(street, sides[told[1]], since, to)


class StepForm(forms.Form):
    """走下一步."""

    days = forms.IntegerField(label=gettext_lazy("期限（工作日）"), min_value=1, max_value=30)
    basis = forms.CharField(label=gettext_lazy("法律依据"), max_length=120, help_text=gettext_lazy("法规名称，写到第几条"))
    to = forms.ModelChoiceField(
        label=gettext_lazy("移送给"), queryset=Unit.objects.filter(kind=UnitKind.DEPARTMENT, valid_to=None).order_by("short_name"),
        to_field_name="code", empty_label=gettext_lazy("请选单位"),
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


# --- one matter ------------------------------------------------------------------------------------------------------


def matter_page(matter: FrontageMatter, user: Account, now: datetime, **forms_given: Any) -> dict[str, Any]:
    """The matter's story, what comes next, and why it does not come yet."""
    facts, steps = facts_of(matter), steps_of(matter)
    come = next_of(facts, now, ended=matter.ended_at is not None)
    hearing = why_not_hear(facts, now, waived=False) is None and (facts.heard_at is None or facts.unheard)
    said = list(matter.statements.order_by("asked_at"))
    enforce, keep = user.may(services.ENFORCE), user.may(services.MANAGE)
    form = StepForm(kind=come.kind) if come.kind and come.blocked is None and enforce else None
    return {
        "matter": matter, "steps": steps, "next": come.words, "why": come.why,
        "need_notice": come.wants_notice, "lines": story_of(matter, steps, said), "facts": facts, "now": now,
        "step_form": form, "look_form": LookForm() if keep and matter.ended_at is None else None,
        "end_form": EndForm() if keep and matter.ended_at is None else None,
        "hearing_form": HearingForm(initial={"statement": unanswered(said)}) if hearing and enforce else None,
        "service_form": ServiceForm() if keep else None, **forms_given,
    }  # fmt: skip


def tie_shown(case: Case, user: Account) -> dict[str, Any]:
    """What the page of a case tells of the door it is in front of, where the city keeps a register of frontages."""
    if not frontages_begun():
        return {}
    may_tie = is_dumping(case.problem_type) and user.may("cases.dispatch") and not case.ended
    return {"frontage": frontage_of(case), "may_tie": may_tie}
