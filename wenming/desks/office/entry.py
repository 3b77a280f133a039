"""The form of 登记: short enough to fill in while somebody is speaking."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from wenming.observations.services import TEXT_LIMIT, Where
from wenming.territory.models import Source
from wenming.territory.rules.coordinates import Datum
from wenming.territory.selectors import address_candidates

from .kinds import KindField


class EntryForm(forms.Form):
    """What was said, where, which kind if it is clear, and how to call back."""

    client_id = forms.CharField(max_length=64, widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("说的是什么"), max_length=TEXT_LIMIT, widget=forms.Textarea(attrs={"rows": 3, "autofocus": True})
    )
    address = forms.CharField(label=_("在哪里"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    place = forms.CharField(label=_("是哪一处"), required=False, widget=forms.RadioSelect)
    kind = KindField(label=_("小类"), required=False)
    name = forms.CharField(
        label=_("怎么称呼"), required=False, max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    phone = forms.CharField(
        label=_("回电号码"), required=False, max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        help_text=_("只存进身份信息库，案件、导出和日志里都没有"),
    )  # fmt: skip

    def offer_places(self, address: str) -> None:
        """Make the places that the address may mean the choices of `place`."""
        found = address_candidates(address) if address.strip() else []
        widget = self.fields["place"].widget
        assert isinstance(widget, forms.RadioSelect)
        widget.choices = [(f"{one.longitude:.7f},{one.latitude:.7f}", one.text) for one in found]

    def clean_place(self) -> tuple[float, float] | None:
        text = self.cleaned_data["place"]
        try:
            longitude, latitude = (float(part) for part in text.split(","))
        except ValueError:
            return None
        return longitude, latitude

    def clean_phone(self) -> str:
        phone = "".join(self.cleaned_data["phone"].split()).replace("-", "")
        if phone and not (phone.isdecimal() and 7 <= len(phone) <= 12):
            raise forms.ValidationError(_("电话要 7 到 12 位数字，现在是“%(phone)s”。") % {"phone": phone[:20]})
        return phone

    def where(self) -> Where:
        """The place picked; else the words alone, for somebody to find on the map later."""
        address, place = self.cleaned_data["address"], self.cleaned_data["place"]
        if place is None:
            return Where(address=address)
        return Where(place[0], place[1], datum=Datum.CGCS2000, source=Source.ADDRESS, address=address)

    def forget_refusals(self) -> None:
        """Looking an address up hands nothing in yet, so nothing is missing yet."""
        self.is_valid()
        self.errors.clear()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("name") and not given.get("phone"):
            given["name"] = ""
        return given
