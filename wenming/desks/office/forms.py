"""What each act on a case asks for. Everything the house already knows is filled in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from wenming.cases.models import Case, Support
from wenming.cases.proposals import Proposal
from wenming.cases.rules.disputes import CLOCK_ZH, ClockEffect
from wenming.cases.rules.lifecycle import ENDED, State
from wenming.cases.rules.supports import MOVABLE, SupportState
from wenming.cases.selectors import cases_visible_to, movable_parts
from wenming.organisations.models import Account, Unit, UnitKind
from wenming.organisations.selectors import unit_that_handles, units_that_handle

from .kinds import Kind, KindField
from .offers import offer_of, sealed
from .plain_select import PlainSelect

WHY_NOT = [
    _("不属于城市管理范围，已告知应找的部门"),
    _("现场已经没有这个问题"),
    _("地点说不清，无法核实"),
    _("正在施工或已有安排，按计划办理"),
    _("同一问题已经办结，没有新情况"),
]
WHY_WAIT = [_("等待上级或其他单位的批复"), _("天气原因暂时不能施工"), _("涉及权属纠纷，正在处理"), _("已列入工程计划")]
VERIFY_FROM = [UnitKind.COMMAND_CENTRE, UnitKind.TOWN, UnitKind.COMMUNITY]


class HandlingUnitField(forms.ModelChoiceField):
    """One of the units to which a case may be dispatched today, by its code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(units_that_handle(), to_field_name="code", **kwargs)

    def to_python(self, value: Any) -> Unit | None:
        if value in self.empty_values:
            return None
        if (unit := unit_that_handles(str(value))) is None:
            raise forms.ValidationError(
                self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value}
            )
        return unit


class ActForm(forms.Form):
    """What every act carries: how many moves the person had seen, and where to go on afterwards."""

    seen_moves = forms.IntegerField(required=False, widget=forms.HiddenInput)
    next = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        case: Case,
        user: Account,
        noun: str,
        proposal: Proposal | None = None,
        next: str = "",
    ) -> None:
        self.case, self.user, self.proposal = case, user, proposal
        # A form that comes back says itself what it holds.
        starting = {"seen_moves": case.moves_count, "next": next, **self.filled_in()} if data is None else {}
        super().__init__(data, auto_id=f"{noun.replace('-', '_')}_%s", initial=starting)

    # The unit that is filled in, and the desk's list of all who may stand there.
    filled_unit: Unit | None = None
    unit_choices = ""

    @property
    def aside(self) -> Sequence[forms.BoundField]:
        """Fields that stand folded away below the others."""
        return ()

    def filled_in(self) -> dict[str, Any]:
        """What the house already knows."""
        return {}


class ReasonForm(ActForm):
    """An act that has to give its reason."""

    reason = forms.CharField(label=_("原因"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))


class TemplateReasonForm(ActForm):
    """A reason chosen from the usual ones, or written."""

    template = forms.ChoiceField(label=_("原因"), required=False, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("补充说明"), required=False, max_length=900, widget=forms.Textarea(attrs={"rows": 2})
    )
    templates: list[Any] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["template"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(words), words) for words in self.templates]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        parts = [given.get("template", ""), given.get("reason", "").strip()]
        given["reason"] = "。".join(part for part in parts if part)
        if not given["reason"]:
            self.add_error("template", _("还没有选原因。请选一条，或者写一句话。"))
        return given


class RefusalForm(TemplateReasonForm):
    templates = WHY_NOT


class SuspensionForm(TemplateReasonForm):
    templates = WHY_WAIT


class UndoForm(ActForm):
    """Taking something back: a press of 撤销 gives no words of its own."""

    reason = forms.CharField(label=_("原因"), required=False, max_length=500)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        given["reason"] = given.get("reason") or str(_("撤销刚才的操作"))
        return given


class KindForm(ActForm):
    """立案、改类: which kind of problem, on which condition."""

    kind = KindField(label=_("小类与立案条件"))

    def filled_in(self) -> dict[str, Any]:
        if self.proposal is None or self.proposal.problem_type is None:
            return {}
        return {"kind": Kind(self.proposal.problem_type, self.proposal.rule).label}


class DispatchForm(KindForm):
    """派遣; for a case not yet accepted also what it is, so that accepting and dispatching is one press."""

    offered = forms.CharField(required=False, widget=forms.HiddenInput)
    unit = HandlingUnitField(label=_("派给"), empty_label=_("请选单位"), widget=PlainSelect)
    # 协办: offered where the matrix names units that support; any other is asked once the case is out.
    support = forms.ModelMultipleChoiceField(
        Unit.objects.none(), to_field_name="code", label=_("同时请谁协办"), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    asks = forms.CharField(label=_("请它们做什么"), required=False, max_length=500)
    unit_choices = "handlers"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.case.state != State.COLLECTED:
            del self.fields["kind"]
        self._offer_support()
        self.order_fields(["kind", "unit", "support", "asks"])

    def _offer_support(self) -> None:
        """The units the matrix names beside the accountable one; a form that comes back is asked what it chose."""
        asked = self.data.getlist("support") if self.is_bound and hasattr(self.data, "getlist") else []
        offered = self.proposal.suggestion.answer.supporting if self.proposal and self.proposal.suggestion else ()
        codes = [*dict.fromkeys([*asked, *offered])]
        if codes:
            field = self.fields["support"]
            assert isinstance(field, forms.ModelMultipleChoiceField)
            field.queryset = units_that_handle().filter(code__in=codes)
        else:
            del self.fields["support"], self.fields["asks"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("support") and not given.get("asks", "").strip():
            self.add_error("asks", _("选了协办单位，请写一句请它们做什么。"))
        return given

    @property
    def aside(self) -> Sequence[forms.BoundField]:
        """What stands folded away below: nearly every case is one unit's alone."""
        return [self[name] for name in ("support", "asks") if name in self.fields]

    def filled_in(self) -> dict[str, Any]:
        if self.proposal is None:
            return super().filled_in()
        offer, self.filled_unit = offer_of(self.proposal), self.proposal.unit
        return {**super().filled_in(), "unit": offer.unit or None, "offered": sealed(offer, self.case)}


class SupportForm(ActForm):
    """请协办: which unit is asked what; without a limit of its own the part falls due with the case."""

    unit = HandlingUnitField(label=_("请哪个单位"), empty_label=_("请选单位"), widget=PlainSelect)
    asks = forms.CharField(label=_("请它做什么"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    hours = forms.IntegerField(
        label=_("几个工作时内"), required=False, min_value=1, max_value=999,
        widget=forms.NumberInput({"inputmode": "numeric"}), help_text=_("不填就与案件一起到期。"),
    )  # fmt: skip
    unit_choices = "handlers"


class PartField(forms.ModelChoiceField):
    """One of the parts (协办) of the case."""

    def label_from_instance(self, part: Support) -> str:
        return f"{part.unit}：{part.asks[:40]}"


class PartForm(ActForm):
    """An act on one part; the only one there is needs no choosing."""

    part = PartField(Support.objects.none(), label=_("哪一项协办"), empty_label=None, widget=forms.RadioSelect)
    states: frozenset[SupportState] = frozenset({SupportState.OPEN})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parts = self.fields["part"]
        assert isinstance(parts, forms.ModelChoiceField)
        parts.queryset = movable_parts(self.case).filter(state__in=self.states)
        parts.initial = parts.queryset.first()


class PartReassignForm(PartForm):
    """改派协办: the same part, asked of another unit."""

    unit = HandlingUnitField(label=_("改请哪个单位"), empty_label=_("请选单位"), widget=PlainSelect)
    unit_choices = "handlers"
    states = MOVABLE


class PartWithdrawForm(PartForm):
    """撤回协办."""

    reason = forms.CharField(label=_("原因"), required=False, max_length=500)


class VerificationRequestForm(ActForm):
    """派人核实: whom to send."""

    unit = forms.ModelChoiceField(
        Unit.objects.none(), to_field_name="code", label=_("请谁去看"), empty_label=_("请选单位"), widget=PlainSelect
    )
    reason = forms.CharField(label=_("要看什么"), required=False, max_length=500)
    unit_choices = "verifiers"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = self.fields["unit"]
        assert isinstance(units, forms.ModelChoiceField)
        units.queryset = Unit.objects.filter(kind__in=VERIFY_FROM, valid_to=None).order_by("path")

    def filled_in(self) -> dict[str, Any]:
        place = self.case.placement
        area = place.community or place.town
        self.filled_unit = Unit.objects.filter(area_code=area.code, valid_to=None).first() if area else None
        return {"unit": self.filled_unit.code if self.filled_unit else None}


class VerificationForm(ActForm):
    """核实、核查: what was found."""

    holds = forms.ChoiceField(label=_("看到的情况"), widget=forms.RadioSelect)
    note = forms.CharField(label=_("说明"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        before = self.case.state == State.VERIFYING
        field = self.fields["holds"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = (
            [("yes", _("属实，问题在")), ("no", _("不属实，没有看到"))]
            if before
            else [("yes", _("已解决，核查通过")), ("no", _("没解决，返工"))]
        )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("holds") == "no" and self.case.state == State.ANSWERED and not given.get("note", "").strip():
            self.add_error("note", _("返工要写明哪里没解决。请补上后再提交。"))
        return given


class MergeForm(ActForm):
    """并案: into which case, by its number."""

    into = forms.CharField(label=_("并入哪一件"), max_length=16, widget=forms.TextInput(attrs={"inputmode": "numeric"}))

    def clean_into(self) -> Case:
        typed = self.cleaned_data["into"].strip()
        others = cases_visible_to(self.user).exclude(pk=self.case.pk)
        found = (
            others.filter(number=typed).first()
            or others.exclude(state__in=ENDED).filter(number__endswith=typed).first()
        )
        if found is None:
            raise forms.ValidationError(_("没有找到编号是“%(typed)s”的案件。请核对后再填。") % {"typed": typed})
        return found


class AppealDecisionForm(ReasonForm):
    """裁定申诉: what is contested stands above; the ruling gives its reason either way."""

    granted = forms.ChoiceField(
        label=_("是否成立"),
        choices=[("yes", _("成立，不计入考核")), ("no", _("不成立，照常计算"))],
        widget=forms.RadioSelect,
    )
    field_order = ("seen_moves", "next", "granted", "reason")


class ArbitrationForm(ReasonForm):
    """裁定归属: whose it is, what becomes of the clock, why; and whether the matrix ought to say so."""

    unit = HandlingUnitField(label=_("裁定由谁办"), empty_label=_("请选单位"), widget=PlainSelect)
    clock = forms.ChoiceField(
        label=_("时限"), choices=[(one.value, _(CLOCK_ZH[one])) for one in ClockEffect], widget=forms.RadioSelect,
        initial=ClockEffect.ANEW, help_text=_("接着算只用于退回没有道理的原单位。"),
    )  # fmt: skip
    propose = forms.BooleanField(
        label=_("同时提议改权责清单"), required=False, help_text=_("只是提议：有权改权责清单的人另行决定，决定以前不变。")
    )
    basis = forms.CharField(label=_("提议的依据"), required=False, max_length=200, help_text=_("文件名和条款。"))
    unit_choices = "handlers"
    field_order = ("seen_moves", "next", "unit", "clock", "reason", "propose", "basis")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("propose") and not given.get("basis", "").strip():
            self.add_error("basis", _("权责要写明依据，例如文件名和条款。请补上后再保存。"))
        return given


class ExtensionDecisionForm(ActForm):
    """审批延期."""

    granted = forms.ChoiceField(
        label=_("是否同意"), choices=[("yes", _("同意延期")), ("no", _("不同意，按原时限办"))], widget=forms.RadioSelect
    )
    note = forms.CharField(label=_("批注"), required=False, max_length=500)
