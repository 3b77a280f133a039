"""What an administrator fills in. Choices come from the city; rules stay in the rooms' services."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wenming.cases.rules.boundary import FARTHEST_M
from wenming.organisations.models import Account, Post, PostKind, Unit, UnitKind
from wenming.organisations.rules.permissions import ROLE_NAMES_ZH, Role
from wenming.standards.models import EstablishRule, ProblemType
from wenming.territory.selectors import towns

from .matrix_words import accountable_choices, everywhere, supporting_choices

ROLES = [(role.value, _(ROLE_NAMES_ZH[role])) for role in Role]
WORDS = {"休": False, "班": True}
LINE = re.compile(r"^(\d{4}-\d{1,2}-\d{1,2})\s*([休班\-])\s*(.*)$")
SPAN = re.compile(r"^(\d{1,2}:\d{2})\s*[-–—~至]\s*(\d{1,2}:\d{2})$")


class DayInput(forms.DateInput):
    """The browser's own calendar; it reads ISO dates only, whatever the language."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DayField(forms.DateField):
    """A day, today unless said otherwise."""

    widget = DayInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(localize=False, initial=timezone.localdate, **kwargs)


class UnitField(forms.ModelChoiceField):
    """One of the units in force, found by name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Unit.objects.filter(valid_to=None).order_by("path"), to_field_name="code", **kwargs)

    def label_from_instance(self, unit: Any) -> str:
        return f"{unit.short_name} {unit.code}"


class UnitSearch(forms.Form):
    q = forms.CharField(
        label=_("搜索"),
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("名称或编号")}),
    )
    kind = forms.ChoiceField(label=_("类别"), required=False, choices=[("", _("全部")), *UnitKind.choices])


class UnitForm(forms.Form):
    code = forms.RegexField(
        label=_("编号"), regex=r"^[A-Za-z0-9-]{1,24}$", help_text=_("镇街、村居用行政区划代码；其他单位自定，以后不改。"),
        error_messages={"invalid": _("编号只用字母、数字和短横线，最多 24 位。")},
    )  # fmt: skip
    name = forms.CharField(label=_("全称"), max_length=80)
    short_name = forms.CharField(label=_("简称"), max_length=20)
    kind = forms.ChoiceField(label=_("类别"), choices=UnitKind.choices)
    parent = UnitField(label=_("上级单位"), required=False)
    area_code = forms.RegexField(
        label=_("行政区划代码"), required=False, regex=r"^\d{9}(\d{3})?$",
        error_messages={"invalid": _("镇街是 9 位数字，村居是 12 位。")},
    )  # fmt: skip
    on = DayField(label=_("从哪天起"))


class MoveForm(forms.Form):
    to = UnitField(label=_("移到哪个上级"), required=False)
    on = DayField(label=_("从哪天起"))


class EndForm(forms.Form):
    on = DayField(label=_("到哪天为止"))


class PostForm(forms.Form):
    kind = forms.ChoiceField(label=_("岗位类别"), choices=PostKind.choices)
    title = forms.CharField(label=_("职务名称"), max_length=40)


class AppointmentForm(forms.Form):
    post = forms.ModelChoiceField(queryset=Post.objects.none(), label=_("岗位"))
    name = forms.CharField(label=_("姓名"), max_length=40)
    on = DayField(label=_("从哪天起"))

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["post"].queryset = unit.posts.order_by("pk")  # type: ignore[attr-defined]
        self.fields["post"].label_from_instance = lambda post: post.title  # type: ignore[attr-defined]


class AccountForm(forms.Form):
    username = forms.RegexField(
        label=_("账号"), regex=r"^[A-Za-z0-9._-]{3,60}$",
        error_messages={"invalid": _("账号用 3 位以上的字母、数字、点、下划线或短横线。")},
    )  # fmt: skip
    display_name = forms.CharField(label=_("姓名"), max_length=40)
    role = forms.ChoiceField(label=_("角色"), choices=ROLES)

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        if Account.objects.filter(username=username).exists():
            raise forms.ValidationError(gettext("已经有这个账号了。请换一个名字。"))
        return username


class AccountChangeForm(forms.Form):
    display_name = forms.CharField(label=_("姓名"), max_length=40)
    role = forms.ChoiceField(label=_("角色"), choices=ROLES)
    unit = UnitField(label=_("单位"))
    is_active = forms.BooleanField(label=_("启用（不勾就是停用，记录都留着）"), required=False)


class TableForm(forms.Form):
    what = forms.ChoiceField(
        label=_("导入什么"),
        choices=[("units", _("机构表")), ("accounts", _("账号表"))],
        widget=forms.RadioSelect,
        initial="units",
    )
    file = forms.FileField(label=_("表格文件"), help_text=_("xlsx 或 csv，第一行是表头。"))


class WhoForm(forms.Form):
    """谁负责: a kind of problem in a town."""

    type = forms.ChoiceField(label=_("问题小类"))
    town = forms.ChoiceField(label=_("镇街"))

    def __init__(self, *args: Any, types: Iterable[ProblemType], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["type"].choices = [(t.full_code, f"{t.short_code} {t.name}") for t in types]  # type: ignore[attr-defined]
        self.fields["town"].choices = list(towns().values_list("code", "short_name"))  # type: ignore[attr-defined]


class MatrixForm(forms.Form):
    type_pattern = forms.RegexField(
        label=_("管哪些问题"), initial="*", regex=r"^(\*|([A-Z0-9]+:)?[CE]?\d{1,6}\*?)$",
        help_text=_("* 是全部；E01* 是事件里 01 大类；E0192 是这一小类。"),
        error_messages={"invalid": _("请写 *、E01* 或 E0192 这样的编码。")},
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("部件还是事件"), required=False, choices=[("", _("都管")), *ProblemType.KINDS])
    town_code = forms.ChoiceField(label=_("哪里"))
    accountable = forms.ChoiceField(label=_("谁负责"))
    supporting = forms.MultipleChoiceField(label=_("谁配合"), required=False, widget=forms.CheckboxSelectMultiple)
    basis = forms.CharField(label=_("依据"), max_length=200, help_text=_("文件名和条款。"))
    order = forms.IntegerField(
        label=_("先后"), initial=100, min_value=1, max_value=999, help_text=_("小的先说了算，一般不用改。")
    )
    on = DayField(label=_("从哪天起"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["town_code"].choices = everywhere()  # type: ignore[attr-defined]
        self.fields["accountable"].choices = accountable_choices()  # type: ignore[attr-defined]
        self.fields["supporting"].choices = supporting_choices()  # type: ignore[attr-defined]


class BoundaryForm(forms.Form):
    """边界案件: how close to a border a case concerns the neighbour too."""

    metres = forms.IntegerField(
        label=_("离网格边界多少米以内，也告诉邻格"), min_value=0, max_value=FARTHEST_M,
        widget=forms.NumberInput({"inputmode": "numeric"}), help_text=_("填 0 就不告诉。只管以后收到的案件。"),
    )  # fmt: skip


class ProposalForm(forms.Form):
    """采纳或不采纳 a proposed line of the matrix."""

    accepted = forms.ChoiceField(
        label=_("是否采纳"), choices=[("yes", _("采纳，从今天起新增一条")), ("no", _("不采纳"))], widget=forms.RadioSelect
    )
    note = forms.CharField(label=_("说明"), required=False, max_length=500, help_text=_("不采纳时要写原因。"))


class RoleForm(forms.Form):
    role = forms.CharField(label=_("角色"), max_length=40, help_text=_("分类标准里的说法，例如 环卫机构、供水企业。"))
    town_code = forms.ChoiceField(label=_("哪里"))
    to = UnitField(label=_("哪个单位"))
    on = DayField(label=_("从哪天起"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["town_code"].choices = everywhere()  # type: ignore[attr-defined]


class CalendarForm(forms.Form):
    """Changes to the calendar, as one would copy them from the notice: a day a line."""

    days = forms.CharField(
        label=_("改哪些天"), required=False, widget=forms.Textarea(attrs={"rows": 6, "placeholder": "2027-02-08 休 春节\n2027-02-20 班 春节调休"}),
        help_text=_("一行一天：日期，休或班，名称。去掉一天写“2027-02-08 -”。"),
    )  # fmt: skip
    announced = forms.IntegerField(
        label=_("哪一年的通知已全部录入"),
        required=False,
        min_value=2007,
        max_value=2099,
        help_text=_("录完一年再填，时限就不再是暂定。"),
    )
    note = forms.CharField(label=_("说明"), max_length=200, help_text=_("依据的通知，例如 国办发明电〔2026〕× 号。"))

    def clean_days(self) -> dict[date, tuple[bool, str] | None]:
        """{day: (works, name), or None to let it follow its weekday again}."""
        found: dict[date, tuple[bool, str] | None] = {}
        for number, line in enumerate(self.cleaned_data["days"].splitlines(), start=1):
            if line.strip():
                day, change = _day_line(line.strip(), number)
                found[day] = change
        return found

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and not given.get("days") and not given.get("announced"):
            raise forms.ValidationError(gettext("还没有写要改哪些天，也没有填哪一年录完。请填一样。"))
        return given


class HoursForm(forms.Form):
    unit = UnitField(label=_("单位"), required=False, help_text=_("不选就是全市。"))
    spans = forms.CharField(
        label=_("工作时间"), initial="08:00-12:00 14:00-18:00", help_text=_("几段用空格隔开，00:00 是半夜。")
    )
    mode = forms.ChoiceField(
        label=_("哪些天上班"),
        choices=[("legal", _("按法定工作日")), ("daily", _("天天上班"))],
        widget=forms.RadioSelect,
        initial="legal",
    )
    note = forms.CharField(label=_("说明"), required=False, max_length=120)

    def clean_spans(self) -> list[tuple[str, str]]:
        found = [SPAN.match(part) for part in self.cleaned_data["spans"].replace("、", " ").split()]
        if not found or not all(found):
            raise forms.ValidationError(gettext("请写成 08:00-12:00 14:00-18:00 这样。"))
        return [(f"{m[1]:0>5}", f"{m[2]:0>5}") for m in found if m]


class TypeSearch(forms.Form):
    q = forms.CharField(
        label=_("搜索"),
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("名称或编码")}),
    )
    kind = forms.ChoiceField(label=_("类别"), required=False, choices=[("", _("全部")), *ProblemType.KINDS])


class SchemeFileForm(forms.Form):
    file = forms.FileField(label=_("分类文件"), help_text=_("YAML，格式见 docs；先装入成草稿，核对后再发布。"))


class StageLimitForm(forms.Form):
    stage = forms.CharField(widget=forms.HiddenInput)
    amount = forms.IntegerField(label=_("时限"), min_value=1, max_value=365)
    limit_unit = forms.ChoiceField(label=_("单位"), choices=EstablishRule.LIMIT_UNITS)


class JournalSearch(forms.Form):
    q = forms.CharField(
        label=_("对象或内容"), required=False, max_length=96, widget=forms.TextInput(attrs={"type": "search"})
    )
    action = forms.CharField(label=_("动作"), required=False, max_length=64)
    by = forms.CharField(label=_("账号"), required=False, max_length=60)
    since = forms.DateField(label=_("从"), required=False, widget=DayInput, localize=False)
    until = forms.DateField(label=_("到"), required=False, widget=DayInput, localize=False)


class LookForm(forms.Form):
    receipt = forms.CharField(label=_("受理编号"), max_length=40, help_text=_("上报后给市民的编号。"))
    reason = forms.CharField(
        label=_("事由"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("为哪件事、要做什么。会永久留下记录。"),
    )


def _day_line(line: str, number: int) -> tuple[date, tuple[bool, str] | None]:
    found = LINE.match(line)
    try:
        day = datetime.strptime(found[1], "%Y-%m-%d").date() if found else None
    except ValueError:
        day = None
    if found is None or day is None:
        raise forms.ValidationError(
            gettext("第 %(n)d 行看不懂：%(line)s。请写成“2027-02-08 休 春节”。") % {"n": number, "line": line}
        )
    if found[2] != "-" and not found[3].strip():
        raise forms.ValidationError(
            gettext("第 %(n)d 行没有写名称：%(line)s。请写上是什么节，或调休。") % {"n": number, "line": line}
        )
    return day, None if found[2] == "-" else (WORDS[found[2]], found[3].strip()[:40])
