"""值班组: which ground, which post, which shifts, which rules, who takes part. Rules are changed by a next version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.organisations.models import Account, Unit
from wenming.organisations.rules.permissions import PERMISSIONS
from wenming.responsibilities.models import RosterGroup, RosterPost, RosterTerms
from wenming.responsibilities.rosters.lives import pauses_ahead
from wenming.responsibilities.rosters.selectors import current_terms
from wenming.responsibilities.rosters.terms import (
    clock,
    limits_of,
    minute_of,
    sample_patterns,
    shifts_of,
    stored_limits,
)
from wenming.responsibilities.rules.roster import HOUR, Limits, Shift
from wenming.territory.selectors import towns

from .roster_opening_page import PaperForm

DAY_WIDGET = {"type": "date"}
SKILL = "："


def _people() -> Any:
    return Account.objects.filter(is_active=True, role__in=PERMISSIONS["rosters.own"]).select_related("unit").order_by("unit__path", "username")


class PersonField(forms.ModelChoiceField):
    """Somebody, with the unit."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} · {obj.unit}"


class GroupForm(forms.Form):
    """设一个值班组."""

    code = forms.SlugField(label=gettext_lazy("编号"), max_length=24, help_text=gettext_lazy("字母、数字和横线，例如 SHIQI-2"))
    name = forms.CharField(label=gettext_lazy("名称"), max_length=40)
    post = forms.ChoiceField(label=gettext_lazy("岗位"), choices=RosterPost.choices)
    unit = forms.ModelChoiceField(
        label=gettext_lazy("哪个单位的组"), queryset=Unit.objects.none(), to_field_name="code", empty_label=gettext_lazy("请选单位")
    )
    town_code = forms.ChoiceField(label=gettext_lazy("管哪里"))
    grids = forms.CharField(
        label=gettext_lazy("网格编码"), required=False, widget=forms.Textarea({"rows": 2}),
        help_text=gettext_lazy("15 位，用空格或换行隔开；不填就是整个镇街"),
    )  # fmt: skip
    lead = PersonField(
        label=gettext_lazy("负责人"), queryset=Account.objects.none(), to_field_name="username", required=False,
        empty_label=gettext_lazy("由单位负责人批准"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = Unit.objects.filter(valid_to=None).order_by("path")  # type: ignore[attr-defined]
        self.fields["lead"].queryset = _people()  # type: ignore[attr-defined]
        self.fields["town_code"].choices = [("*", _("全市")), *towns().values_list("code", "short_name")]  # type: ignore[attr-defined]

    def clean_grids(self) -> list[str]:
        codes = self.cleaned_data["grids"].replace(",", " ").replace("，", " ").split()
        if wrong := [code for code in codes if len(code) != 15 or not code.isdigit()]:
            raise forms.ValidationError(_("网格编码要 15 位数字，%(code)s 不是。") % {"code": wrong[0]})
        return codes


class MemberForm(forms.Form):
    """把人加进组."""

    account = PersonField(
        label=gettext_lazy("谁"), queryset=Account.objects.none(), to_field_name="username", empty_label=gettext_lazy("请选人")
    )
    on = forms.DateField(label=gettext_lazy("从哪天"), widget=forms.DateInput(DAY_WIDGET, format="%Y-%m-%d"), localize=False, initial=localdate)
    skills = forms.CharField(label=gettext_lazy("技能"), required=False, max_length=100, help_text=gettext_lazy("用空格隔开"))
    no_nights = forms.BooleanField(
        label=gettext_lazy("不排夜班"), required=False, help_text=gettext_lazy("法律或约定不能上夜班的，不用写原因")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "member_%s", **kwargs})
        self.fields["account"].queryset = _people()  # type: ignore[attr-defined]


class TermsForm(forms.Form):
    """The next version of shifts and rules."""

    shifts = forms.CharField(
        label=gettext_lazy("班次"), widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("一行一个：编号 名称 开始 小时 人数，要技能的在后面写“技能：人数”"),
    )  # fmt: skip
    rest_hours = forms.FloatField(label=gettext_lazy("两班之间至少休息（小时）"), min_value=0, max_value=48)
    days_in_row = forms.IntegerField(label=gettext_lazy("最多连续上几天"), min_value=1, max_value=14)
    nights_in_row = forms.IntegerField(label=gettext_lazy("最多连续几个夜班"), min_value=1, max_value=14)
    week_hours = forms.FloatField(label=gettext_lazy("一周最多（小时）"), min_value=1, max_value=84)
    apart = forms.CharField(
        label=gettext_lazy("不同班的两个人"), required=False, widget=forms.Textarea({"rows": 2}),
        help_text=gettext_lazy("一行两个账号，用空格隔开"),
    )  # fmt: skip
    guided = forms.CharField(
        label=gettext_lazy("要有人带班的"), required=False, widget=forms.Textarea({"rows": 2}),
        help_text=gettext_lazy("一行：被带的账号，后面是可以带班的账号"),
    )  # fmt: skip
    always = forms.BooleanField(label=gettext_lazy("一天 24 小时都要有人"), required=False)
    basis = forms.CharField(label=gettext_lazy("依据"), max_length=200)

    def __init__(self, data: Any = None, *, group: RosterGroup, terms: RosterTerms | None) -> None:
        super().__init__(data, initial=_as_typed(terms))
        self.known = set(group.members.filter(valid_to=None).values_list("account__username", flat=True))

    def clean_shifts(self) -> list[dict[str, Any]]:
        return [_shift(line) for line in self.cleaned_data["shifts"].splitlines() if line.strip()]

    def clean_apart(self) -> list[list[str]]:
        return [self._people_in(line, exactly=2) for line in self.cleaned_data["apart"].splitlines() if line.strip()]

    def clean_guided(self) -> dict[str, list[str]]:
        lines = [self._people_in(line) for line in self.cleaned_data["guided"].splitlines() if line.strip()]
        return {who: guides for who, *guides in lines}

    def _people_in(self, line: str, exactly: int = 0) -> list[str]:
        names = line.split()
        if len(names) < 2 or (exactly and len(names) != exactly):
            raise forms.ValidationError(_("“%(line)s”这一行的人数不对。请照下面的写法改。") % {"line": line})
        if strange := [name for name in names if name not in self.known]:
            raise forms.ValidationError(_("%(name)s 不在这一组里。") % {"name": strange[0]})
        return names

    @property
    def limits(self) -> dict[str, Any]:
        given = self.cleaned_data
        names = ("rest_hours", "days_in_row", "nights_in_row", "week_hours", "apart", "guided", "always")
        return {name: given[name] for name in names}


def _shift(line: str) -> dict[str, Any]:
    """One typed line. Raises ValidationError that quotes it."""
    parts = line.split()
    try:
        code, name, starts, hours, heads, *skills = parts
        minute_of(starts)
        wanted = {skill: int(many) for skill, many in (each.replace(":", SKILL).split(SKILL) for each in skills)}
        return {"code": code, "name": name, "starts": starts, "minutes": round(float(hours) * HOUR), "heads": int(heads), "skills": wanted}
    except ValueError as wrong:
        raise forms.ValidationError(_("看不懂“%(line)s”这一行。请照下面的写法改。") % {"line": line}) from wrong


def _as_typed(terms: RosterTerms | None) -> dict[str, Any]:
    """The version in force as it would be typed; the sample pattern where there is none."""
    shifts = shifts_of(terms.shifts if terms else next(iter(sample_patterns().values())))
    stored: Mapping[str, Any] = stored_limits(limits_of(terms.limits) if terms else Limits())
    return {
        **stored, "shifts": "\n".join(_typed(shift) for shift in shifts), "apart": "\n".join(" ".join(pair) for pair in stored["apart"]),
        "guided": "\n".join(" ".join([who, *by]) for who, by in stored["guided"].items()), "basis": terms.basis if terms else "",
    }  # fmt: skip


def _typed(shift: Shift) -> str:
    skills = [f"{skill}{SKILL}{many}" for skill, many in shift.skills]
    return " ".join([shift.code, shift.name, clock(shift.starts), f"{shift.minutes / HOUR:g}", str(shift.heads), *skills])


def settings_of(group: RosterGroup, **forms_: Any) -> dict[str, Any]:
    """Everything the page of one group shows."""
    terms = current_terms(group)
    members: Sequence[Any] = list(group.members.filter(valid_to=None).select_related("account__unit").order_by("account__username"))
    return {
        "group": group, "terms": terms, "members": members, "member": MemberForm(), "terms_form": TermsForm(group=group, terms=terms),
        "paper": PaperForm(initial={"on": localdate()}), "pauses": pauses_ahead(group, localdate()), "today": localdate(),
        **forms_,
    }  # fmt: skip
