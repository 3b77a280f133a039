"""What a unit fills in: as little as possible, and nothing that is known already."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from wenming.cases.models import Appeal, Case
from wenming.cases.rules.lifecycle import State
from wenming.cases.selectors import contestable, last_handling, supports_of
from wenming.organisations.models import Unit
from wenming.organisations.selectors import units_that_handle
from wenming.responsibilities.models import Duty
from wenming.responsibilities.rules.clock import Limit, LimitUnit

OTHER = gettext_noop("其他")
DONE = (
    gettext_noop("清理"), gettext_noop("修复"), gettext_noop("劝导"), gettext_noop("更换"), gettext_noop("已制止"), OTHER,
)  # fmt: skip
WORDS_ARE_SHORT = {"rows": 2}
EXTENSION_UNITS = [
    (LimitUnit.WORK_HOURS.value, _("个工作时")),
    (LimitUnit.WORK_DAYS.value, _("个工作日")),
    (LimitUnit.HOURS.value, _("小时（昼夜连续）")),
    (LimitUnit.DAYS.value, _("天（昼夜连续）")),
]


class CaseForm(forms.Form):
    """A form on one case; seen_moves says how far its story had gone when the page was read."""

    seen_moves = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": self.start(case), "auto_id": f"{self.name}_%s", **kwargs})
        self.case = case

    name = "acknowledgement"

    def start(self, case: Case) -> dict[str, Any]:
        return {"seen_moves": case.moves_count}


class AcknowledgeForm(CaseForm):
    """签收: nothing to fill in."""


class AnswerForm(CaseForm):
    """回复: photographs travel beside it; chips first, words if wanted."""

    name = "answer"
    done = forms.MultipleChoiceField(
        label=_("做了什么"), choices=[(one, _(one)) for one in DONE], required=False, widget=forms.CheckboxSelectMultiple
    )
    text = forms.CharField(
        label=_("补充说明"), max_length=1000, required=False, widget=forms.Textarea(WORDS_ARE_SHORT)
    )

    despite = forms.CharField(
        label=_("为什么不等协办回复"), max_length=300, required=False, widget=forms.Textarea(WORDS_ARE_SHORT),
        help_text=_("还有协办没有回复。要先回复的，写明原因。"),
    )  # fmt: skip

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, case=case, **kwargs)
        if not supports_of(case).filter(ended_at=None).exists():
            del self.fields["despite"]

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("done") == [OTHER] and not given.get("text", "").strip():
            self.add_error("text", gettext("选了“其他”，请写一句做了什么。"))
        return given


class ExtensionForm(CaseForm):
    """申请延期: how much is filled in already; only the reason is the unit's to say."""

    name = "extension"
    amount = forms.IntegerField(
        label=_("再要多久"), min_value=1, max_value=99, widget=forms.NumberInput({"inputmode": "numeric"})
    )
    limit_unit = forms.ChoiceField(label=_("时间单位"), choices=EXTENSION_UNITS)
    reason = forms.CharField(label=_("为什么来不及"), max_length=500, widget=forms.Textarea(WORDS_ARE_SHORT))

    def start(self, case: Case) -> dict[str, Any]:
        duty = case.handling
        limit = duty.limit if duty else Limit(1, LimitUnit.WORK_DAYS)
        return {**super().start(case), "amount": max(1, limit.amount // 2), "limit_unit": limit.unit.value}

    def limit(self) -> Limit:
        return Limit(self.cleaned_data["amount"], LimitUnit(self.cleaned_data["limit_unit"]))


class ReturnForm(CaseForm):
    """退回: not ours, and whose it is, so that a case is never handed back into nowhere."""

    name = "return"
    owner = forms.ModelChoiceField(
        label=_("应该由谁办"), queryset=Unit.objects.none(), to_field_name="code", empty_label=_("请选单位")
    )
    reason = forms.CharField(label=_("为什么不归本单位"), max_length=500, widget=forms.Textarea(WORDS_ARE_SHORT))

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, case=case, **kwargs)
        self.fields["owner"].queryset = units_that_handle().exclude(path=case.unit_path)  # type: ignore[attr-defined]


class AppealForm(CaseForm):
    """申诉: what should not count against the unit, and why. Offered only for what did happen."""

    name = "appeal"
    about = forms.ChoiceField(label=_("申诉什么"), widget=forms.RadioSelect)
    reason = forms.CharField(label=_("为什么不该算"), max_length=1000, widget=forms.Textarea(WORDS_ARE_SHORT))

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, case=case, **kwargs)
        handling = last_handling(case)
        names = dict(Appeal._meta.get_field("about").choices or ())
        self.contestable = contestable(case, handling, timezone.now()) if handling else []
        self.fields["about"].choices = [(about, names[about]) for about in self.contestable]  # type: ignore[attr-defined]
        if len(self.contestable) == 1:
            self.fields["about"].initial = self.contestable[0]


class ReminderForm(CaseForm):
    """催办: a word beside it, if wanted."""

    name = "reminder"
    words = forms.CharField(label=_("说一句"), max_length=100, required=False, help_text=_("对方在通知里看到，比如“明早检查前清完”"))


class LookForm(CaseForm):
    """查看整改: what the town saw on the spot; photographs travel beside it."""

    name = "look"
    mended = forms.ChoiceField(label=_("现场看到"), widget=forms.RadioSelect)
    note = forms.CharField(label=_("说明"), max_length=300, required=False, widget=forms.Textarea(WORDS_ARE_SHORT))

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, case=case, **kwargs)
        # What the body has not said is done need not be found undone.
        still = [("no", _("没有改好，退回重办"))] if case.state == State.ANSWERED else []
        self.fields["mended"].choices = [("yes", _("已经改好，了结")), *still]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("mended") == "no" and not given.get("note", "").strip():
            self.add_error("note", gettext("没有改好的，请写明还差什么，管理单位才知道怎么办。"))
        return given


class PartAnswerForm(CaseForm):
    """协办回复: photographs travel beside it; a sentence or a photo is enough."""

    name = "part_answer"
    text = forms.CharField(
        label=_("怎么办的"), max_length=1000, required=False, widget=forms.Textarea(WORDS_ARE_SHORT)
    )


class PartReturnForm(CaseForm):
    """退回协办: why this part is not ours."""

    name = "part_return"
    reason = forms.CharField(label=_("为什么不归本单位"), max_length=500, widget=forms.Textarea(WORDS_ARE_SHORT))


class DutyAnswerForm(forms.Form):
    """The written answer to an order or a letter."""

    text = forms.CharField(label=_("怎么办的"), max_length=500, widget=forms.Textarea({"rows": 4}))

    def __init__(self, *args: Any, duty: Duty, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.duty = duty
