"""What leaders fill in: an order, and why an answer does not do."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from wenming.accountability.figures import NAMES, answering_units
from wenming.organisations.models import Unit
from wenming.responsibilities.rules.clock import Limit, LimitUnit

LIMITS = {"1": _("1 个工作日"), "3": _("3 个工作日"), "5": _("5 个工作日"), "10": _("10 个工作日")}


class OrderForm(forms.Form):
    """批示: a sentence, and by when."""

    to = forms.CharField(widget=forms.HiddenInput)
    about = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)
    text = forms.CharField(
        label=_("批示"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("批示还没有写内容。请写一句要求，再交办。")},
    )  # fmt: skip
    days = forms.ChoiceField(label=_("多久办好"), choices=list(LIMITS.items()), initial="3", widget=forms.RadioSelect)

    def clean_to(self) -> Unit:
        unit = answering_units().get(self.cleaned_data["to"])
        if unit is None:
            raise forms.ValidationError(_("没有这个单位。请回到一页重新点“批示”。"))
        return unit

    @property
    def limit(self) -> Limit:
        return Limit(int(self.cleaned_data["days"]), LimitUnit.WORK_DAYS)


class ReturnForm(forms.Form):
    """退回重办."""

    reason = forms.CharField(
        label=_("还差什么"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("退回重办要写明还差什么。请补上后再退回。")},
    )  # fmt: skip


class FigureForm(forms.Form):
    """Which figure's cases a list shows, as the links of the desk write it into the address."""

    figure = forms.ChoiceField(choices=list(NAMES.items()), label=_("统计项"))
    unit = forms.CharField(required=False, label=_("单位"))
    kind = forms.CharField(required=False, label=_("问题"), max_length=80)

    def clean_unit(self) -> Unit | None:
        code = self.cleaned_data["unit"]
        unit = answering_units().get(code)
        if code and unit is None:
            raise forms.ValidationError(_("没有这个单位。"))
        return unit
