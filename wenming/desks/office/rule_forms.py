"""What somebody who drafts rules fills in. Types are read and written whole; the rules of the room decide what fits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wenming.cases.models.stages import STAGES
from wenming.organisations.selectors import units_that_handle
from wenming.responsibilities.models import MatrixEntry, RoleHolding
from wenming.responsibilities.rules.matrix import COMMUNITY_ROLE, TOWN_ROLE
from wenming.standards.models import EstablishRule, ProblemType, PublicCategory
from wenming.standards.rules.limits import LONGEST, Limit, LimitUnit
from wenming.standards.rules.scheme_draft import DraftRule, DraftType, rule_content
from wenming.territory.selectors import towns

from .filters import DayField

SPARE_RULES = 2
BETWEEN = re.compile(r"[、,，;；\s]+")
BY_PLACE = (
    ("do", _("小类的处置单位")), ("sup", _("小类的主管单位")), ("town", _("属地镇街")), ("community", _("属地村居")),
    ("owner", _("权属单位")),
)  # fmt: skip


class NameForm(forms.Form):
    name = forms.CharField(label=_("这份草稿叫什么"), max_length=60, help_text=_("例如：缩短井盖的时限。"))


class TypeForm(forms.Form):
    """What of a type is not its conditions."""

    name = forms.CharField(label=_("小类名称"), max_length=40)
    public = forms.ChoiceField(label=_("市民选项"), required=False, help_text=_("市民点哪一项，可能是指它。"))
    do_roles = forms.CharField(
        label=_("哪类单位处置"), required=False, max_length=200,
        help_text=_("写角色，不写单位，几个用顿号隔开，例如 环卫机构、镇街；哪个单位承担这个角色，由权责定。"),
    )  # fmt: skip
    sup_roles = forms.CharField(label=_("哪类单位主管"), required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = PublicCategory.objects.values_list("code", "name")
        self.fields["public"].choices = [("", gettext("不对应")), *choices]  # type: ignore[attr-defined]

    @classmethod
    def showing(cls, each: DraftType) -> TypeForm:
        """The form with what the type says."""
        return cls(
            initial={
                "name": each.name, "public": each.public or "", "do_roles": "、".join(each.do_roles),
                "sup_roles": "、".join(each.sup_roles),
            }
        )  # fmt: skip

    def content(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "name": given["name"], "public": given["public"] or None, "do_roles": _words(given["do_roles"]),
            "sup_roles": _words(given["sup_roles"]),
        }  # fmt: skip


class NewTypeForm(TypeForm):
    """A type that is not there yet."""

    kind = forms.ChoiceField(label=_("部件还是事件"), choices=ProblemType.KINDS, initial="incident")
    code = forms.RegexField(
        label=_("编码"), regex=r"^\d{4}$", help_text=_("四位数字，前两位是大类；以前用过的编码不能再用。"),
        error_messages={"invalid": _("编码要写成四位数字。")},
    )  # fmt: skip
    big_name = forms.CharField(label=_("大类名称"), required=False, max_length=20, help_text=_("大类是新的才要填。"))
    field_order = ("kind", "code", "big_name", "name", "public", "do_roles", "sup_roles")

    def content(self) -> dict[str, Any]:
        given = self.cleaned_data
        return super().content() | {name: given[name] for name in ("kind", "code", "big_name")}


class RuleForm(forms.Form):
    """One condition with its limit; left empty it is none."""

    was = forms.IntegerField(required=False, widget=forms.HiddenInput)
    condition = forms.CharField(label=_("立案条件"), required=False, max_length=120)
    close_condition = forms.CharField(label=_("结案要求"), required=False, max_length=80)
    amount = forms.IntegerField(label=_("时限"), required=False, min_value=1, max_value=LONGEST)
    unit = forms.ChoiceField(label=_("单位"), choices=EstablishRule.LIMIT_UNITS)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        told = [given.get("condition"), given.get("close_condition"), given.get("amount")]
        if any(told) and not all(told) and not self.errors:
            raise forms.ValidationError(gettext("立案条件、结案要求、时限要一起写；三样都清空就是去掉这一条。"))
        return given

    def content(self) -> dict[str, Any] | None:
        given = self.cleaned_data
        if not given.get("condition"):
            return None
        limit = Limit(given["amount"], LimitUnit(given["unit"]))
        return rule_content(DraftRule(given["condition"], given["close_condition"], limit, given["was"]))


def rule_forms(rules: Iterable[DraftRule] = (), data: Mapping[str, Any] | None = None) -> list[RuleForm]:
    """A form for every condition there is and some spare ones; from what was sent where something was."""
    if data is not None:
        count = sum(name.startswith("rule") and name.endswith("-unit") for name in data)
        return [RuleForm(data, prefix=f"rule{n}") for n in range(min(count, 40))]
    shown: list[dict[str, Any]] = [
        {
            "was": rule.was, "condition": rule.condition, "close_condition": rule.close_condition,
            "amount": rule.limit.amount, "unit": rule.limit.unit.value,
        }
        for rule in rules
    ]  # fmt: skip
    return [RuleForm(initial=one, prefix=f"rule{n}") for n, one in enumerate([*shown, *[{}] * SPARE_RULES])]


class RetireForm(forms.Form):
    into = forms.CharField(
        label=_("改用哪个小类"), required=False, max_length=120,
        help_text=_("写编码，例如 E0192。合并写一个；拆分写几个，用顿号隔开，还没立案的先按第一个建议。"),
    )  # fmt: skip

    def clean_into(self) -> list[str]:
        return [code.upper() for code in _words(self.cleaned_data["into"])]


class StageForm(forms.Form):
    stage = forms.ChoiceField(label=_("环节"), choices=STAGES)
    amount = forms.IntegerField(label=_("时限"), min_value=1, max_value=365)
    unit = forms.ChoiceField(label=_("单位"), choices=EstablishRule.LIMIT_UNITS)

    def limit(self) -> Limit:
        return Limit(self.cleaned_data["amount"], LimitUnit(self.cleaned_data["unit"]))


class LineForm(forms.Form):
    """A new line of the matrix."""

    type_pattern = forms.RegexField(
        label=_("管哪些问题"), initial="*", regex=r"^(\*|([A-Z0-9]+:)?[CE]?\d{1,6}\*?)$",
        help_text=_("* 是全部；E01* 是事件里 01 大类；E0192 是这一小类。"),
        error_messages={"invalid": _("请写 *、E01* 或 E0192 这样的编码。")},
    )  # fmt: skip
    town_code = forms.ChoiceField(label=_("哪里"))
    accountable = forms.ChoiceField(label=_("谁负责"))
    basis = forms.CharField(label=_("依据"), max_length=200, help_text=_("文件名和条款。"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = [("*", gettext("全市")), *towns().values_list("code", "short_name")]
        self.fields["town_code"].choices = places  # type: ignore[attr-defined]
        self.fields["accountable"].choices = _accountable()  # type: ignore[attr-defined]


class LineEndForm(forms.Form):
    line = forms.ModelChoiceField(
        MatrixEntry.objects.filter(valid_to=None), to_field_name="number", label=_("停用哪一条"), empty_label=None
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["line"]
        # Written out, or every look at the choices would be another question.
        field.choices = [(line.number, f"{line} {line.type_pattern} {line.basis}"[:80]) for line in field.queryset]


class PublishForm(forms.Form):
    """Everything that a publisher decides."""

    valid_from = DayField(label=_("从哪天起用"), help_text=_("不填就是今天。"))
    clocks = forms.ChoiceField(
        label=_("已经在走的时限"), widget=forms.RadioSelect, initial="keep",
        choices=[("keep", _("不动：按派出时答应的时限")), ("move", _("一起移：按新时限重算，逐件记入日志并告诉责任单位"))],
    )  # fmt: skip
    reason = forms.CharField(
        label=_("改了什么、依据是什么"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("和这一版一起留存，大家都看得到。"),
    )  # fmt: skip
    seen = forms.CharField(widget=forms.HiddenInput)

    def clean_valid_from(self) -> Any:
        return self.cleaned_data["valid_from"] or timezone.localdate()


class WithdrawalForm(forms.Form):
    reason = forms.CharField(
        label=_("为什么撤回"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("和这次改动一起留存，大家都看得到。"),
    )  # fmt: skip


class FileForm(forms.Form):
    file = forms.FileField(label=_("改好的文件"), help_text=_("从这里导出的 Excel 或 YAML；只收和草稿不同的地方。"))


def _words(text: str) -> list[str]:
    return [word for word in BETWEEN.split(text) if word]


def _accountable() -> list[tuple[Any, Any]]:
    held = RoleHolding.objects.filter(valid_to=None).exclude(role__in=[TOWN_ROLE, COMMUNITY_ROLE])
    roles = [(f"role:{role}", role) for role in held.order_by("role").values_list("role", flat=True).distinct()]
    units = [(f"unit:{unit.code}", unit.short_name) for unit in units_that_handle().exclude(kind="community")]
    return [*BY_PLACE, (gettext("承担某个角色的单位"), roles), (gettext("指定一个单位"), units)]
