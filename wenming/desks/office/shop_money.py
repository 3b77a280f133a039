"""The fees of 门前三包 on the office's desk: what was booked, in words, and booking more. Policy: 3.3."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from wenming.organisations.models import Account
from wenming.refusals import BadInput
from wenming.responsibilities.frontages.ledger import FeeRefused, charge_fee, receive_payment, waive_fee
from wenming.responsibilities.frontages.services import ENFORCE
from wenming.responsibilities.models import FeeEntry
from wenming.responsibilities.rules.fee_ledger import Balance, yuan
from wenming.territory.frontages.selectors import premises_visible_to
from wenming.territory.models import Premises

from .thing_acts import ThingAct, ThingForm, Things

DATE = forms.DateInput({"type": "date"}, format="%Y-%m-%d")


@dataclass(frozen=True)
class MoneyLine:
    """One entry of the ledger as the page shows it."""

    entry: FeeEntry

    @property
    def amount(self) -> str:
        return yuan(self.entry.amount_fen)


def money_words(found: Balance) -> dict[str, str]:
    return {"due": yuan(found.receivable), "charged": yuan(-found.income), "paid": yuan(found.cash), "waived": yuan(found.waived)}


# --- booking ---------------------------------------------------------------------------------------------------------


class FeeForm(ThingForm):
    amount = forms.DecimalField(label=gettext_lazy("金额（元）"), min_value=Decimal("0.01"), max_digits=10, decimal_places=2)
    what = forms.CharField(label=gettext_lazy("什么费用、什么依据"), max_length=120)
    # How many entries the ledger had: pressed twice, it is booked once.
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def __init__(self, data: Any = None, *, thing: Premises, **kwargs: Any) -> None:
        super().__init__(data, thing=thing, initial={"seen": thing.fee_entries.count()} if data is None else {}, **kwargs)

    def as_it_is_now(self, entries: int) -> None:
        """Shown again, it is about the ledger that stands beside it by now."""
        self.data = {**dict(self.data.items()), "seen": entries}

    @property
    def booking(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {"amount_fen": int(given["amount"] * 100), "what": given["what"], "seen": given["seen"]}


class ChargeForm(FeeForm):
    due_on = forms.DateField(label=gettext_lazy("哪天前交"), widget=DATE)

    @property
    def booking(self) -> dict[str, Any]:
        return {**super().booking, "due_on": self.cleaned_data["due_on"]}


def _booked(verb: Callable[..., FeeEntry]) -> Callable[[Premises, Any, Account, datetime], None]:
    """A refusal of the ledger belongs beside the form, like what was mistyped."""

    def book(premises: Premises, form: FeeForm, by: Account, now: datetime) -> None:
        try:
            verb(premises, **form.booking, by=by, now=now)
        except FeeRefused as refusal:
            form.as_it_is_now(premises.fee_entries.count())
            raise BadInput(str(refusal)) from refusal

    return book


FEES: Things[Premises] = Things("shop", "number", premises_visible_to, ENFORCE, (
    ThingAct("charges", "charge", gettext_lazy("记应收"), ChargeForm, _booked(charge_fee), gettext_lazy("已记应收")),
    ThingAct("payments", "pay", gettext_lazy("收款"), FeeForm, _booked(receive_payment), gettext_lazy("已收款，收据已编号")),
    ThingAct("waivers", "waive", gettext_lazy("减免"), FeeForm, _booked(waive_fee), gettext_lazy("已减免")),
))  # fmt: skip
