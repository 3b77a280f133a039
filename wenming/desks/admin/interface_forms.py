"""What an administrator fills in about other systems."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from wenming.exchange.profiles import profiles
from wenming.exchange.rules.kinds import KIND_NAMES_ZH
from wenming.organisations.models import Account
from wenming.organisations.rules.permissions import Role

KINDS = [(kind, _(name)) for kind, name in KIND_NAMES_ZH.items()]
USUAL = ["case.established", "case.dispatched", "case.answered", "case.closed", "case.reopened"]


class SystemField(forms.ModelChoiceField):
    """One of the accounts of other systems, with the unit whose cases it may see."""

    def __init__(self, **kwargs: Any) -> None:
        systems = Account.objects.filter(role=Role.API, is_active=True).select_related("unit").order_by("username")
        super().__init__(systems, to_field_name="username", empty_label=None, **kwargs)

    def label_from_instance(self, account: Any) -> str:
        return f"{account.display_name} {account.username}（{account.unit.short_name}）"


class ReceiverChangeForm(forms.Form):
    url = forms.CharField(
        label=_("接收网址"), max_length=500, widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=_("用 https://。本市内网的主机要先由运维写进设置 WENMING_EGRESS_HOSTS。"),
    )  # fmt: skip
    kinds = forms.MultipleChoiceField(
        label=_("推送哪些事"), choices=KINDS, widget=forms.CheckboxSelectMultiple, initial=USUAL
    )


class ReceiverForm(ReceiverChangeForm):
    name = forms.CharField(label=_("名称"), max_length=60, help_text=_("对方是什么系统，例如 12345 热线平台。"))
    account = SystemField(
        label=_("按哪个账号的权限"), help_text=_("只推送这个账号看得到的案件。没有的先在机构人员里开一个“对接系统”账号。")
    )
    profile = forms.ChoiceField(
        label=_("用什么格式"), required=False,
        help_text=_("按对照文件推送的，只告诉对方它自己交来的工单，用它的字段和说法，结案时带上答复。"),
    )  # fmt: skip
    field_order = ("name", "url", "account", "profile", "kinds")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(one.name, one.title) for one in profiles().values()]
        self.fields["profile"].choices = [("", _("本系统的格式")), *known]  # type: ignore[attr-defined]


class KeyForm(forms.Form):
    key_name = forms.CharField(label=_("用途"), max_length=60, help_text=_("给哪个系统、做什么用。"))
    key_account = SystemField(label=_("按哪个账号的权限"))
    signs = forms.ChoiceField(
        label=_("怎么证明身份"), widget=forms.RadioSelect, initial="yes",
        choices=[("yes", _("每个请求签名（密钥不上网，推荐）")), ("no", _("每个请求带上密钥"))],
    )  # fmt: skip
