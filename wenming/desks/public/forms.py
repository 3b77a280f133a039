"""What a citizen may fill in. Nothing is required; whatever is typed is forgiven as far as it can be understood."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.functional import cached_property
from django.utils.timezone import is_aware
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from wenming.observations.models.reports import Wish
from wenming.observations.places import place_in_words
from wenming.observations.services import TEXT_LIMIT, Where
from wenming.standards.models import PublicCategory
from wenming.territory.models import Area, Place, Source
from wenming.territory.public_places.selectors import place_by_code
from wenming.territory.rules.coordinates import Datum
from wenming.territory.selectors import towns

WHY_NOT = (
    gettext_noop("没有处理"), gettext_noop("处理得不彻底"), gettext_noop("又出现了"), gettext_noop("不是我报的地方"),
    gettext_noop("等得太久"),
)  # fmt: skip


class WrittenByScript(forms.FloatField):
    """A number that no person typed: what is none counts as not given, because nobody could mend it."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> float | None:
        try:
            return super().clean(value)
        except forms.ValidationError:
            return None


class ReportForm(forms.Form):
    """上报: photos travel beside it, everything else is optional."""

    client_id = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput({"autocomplete": "off"}))
    # Written only by the script, when a report that waited for the network is sent later.
    seen_at = forms.CharField(required=False, widget=forms.HiddenInput({"autocomplete": "off"}))
    longitude = WrittenByScript(required=False)
    latitude = WrittenByScript(required=False)
    accuracy_m = WrittenByScript(required=False)
    address = forms.CharField(label=_("在哪里"), max_length=200, required=False)
    town = forms.ModelChoiceField(
        label=_("哪个镇街"), queryset=Area.objects.none(), to_field_name="code", required=False, empty_label=_("不清楚")
    )
    category = forms.ModelChoiceField(
        label=_("是什么问题"), queryset=PublicCategory.objects.all(), to_field_name="code", required=False,
        empty_label=None, widget=forms.RadioSelect,
    )  # fmt: skip
    text = forms.CharField(
        label=_("想补充什么"), max_length=TEXT_LIMIT, required=False, widget=forms.Textarea({"rows": 2})
    )
    # The code of the public place whose plate was scanned; one that nobody bears counts as not given.
    place = forms.CharField(max_length=20, required=False, widget=forms.HiddenInput)
    keep_private = forms.BooleanField(label=_("办完以后也不要公开"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["town"].queryset = towns()  # type: ignore[attr-defined]

    @cached_property
    def public_place(self) -> Place | None:
        """The open place that the report comes from."""
        code = self.data.get("place", "") if self.is_bound else self.initial.get("place", "")
        found = place_by_code(code) if code else None
        return found if found is not None and found.is_open else None

    def where(self) -> Where:
        """The pin when there is one, else what the words say; at a place whose plate was scanned, the place itself."""
        given = self.cleaned_data
        at = self.public_place
        if at is not None and given["longitude"] is None and given["address"].strip() in {"", at.name}:
            point, town = at.placement.point, at.placement.town
            if point is None:
                return Where(address=at.name, town=town)
            return Where(*point, datum=Datum.CGCS2000, source=Source.MAP, address=at.name)
        if given["longitude"] is None or given["latitude"] is None:
            return place_in_words(given["address"], given["town"])
        # A pin moved by hand lost its accuracy, and was put on our own map; a phone speaks WGS-84.
        by_phone = given["accuracy_m"] is not None
        return Where(
            given["longitude"], given["latitude"], datum=Datum.WGS84 if by_phone else Datum.CGCS2000,
            source=Source.GPS if by_phone else Source.MAP, accuracy_m=given["accuracy_m"], address=given["address"],
        )  # fmt: skip

    def place_is_in_words(self) -> bool:
        """Whether only words say where it is, so that `where` has to search for them."""
        given = self.cleaned_data
        located = given.get("longitude") is not None and given.get("latitude") is not None
        return bool(given.get("address", "").strip()) and not located

    def seen(self, now: datetime) -> datetime:
        """When it was seen. A telephone whose clock runs ahead must still be able to report."""
        try:
            written = parse_datetime(self.cleaned_data["seen_at"])
        except ValueError:
            return now
        return min(written, now) if written and is_aware(written) else now

    def wish(self) -> Wish:
        return Wish.NEVER if self.cleaned_data["keep_private"] else Wish.WHEN_CLOSED

    def forget_the_pin(self) -> None:
        """After a refused position the words decide; the form is shown again without it."""
        assert isinstance(self.data, QueryDict)
        self.data = self.data.copy()
        for name in ("longitude", "latitude", "accuracy_m"):
            self.data[name] = ""


class TrackForm(forms.Form):
    """查进度: the number as it was printed, read aloud or half remembered."""

    number = forms.CharField(label=_("受理编号"), max_length=60, widget=forms.TextInput({"autocomplete": "off"}))


class ContactForm(forms.Form):
    """How to reach the reporter, asked for only after the report is safe; both go into the vault."""

    name = forms.CharField(label=_("怎么称呼您"), max_length=30, required=False)
    phone = forms.CharField(
        label=_("手机号"), max_length=30, widget=forms.TextInput({"inputmode": "tel", "autocomplete": "tel"})
    )

    def clean_phone(self) -> str:
        digits = "".join(c for c in self.cleaned_data["phone"] if c.isdecimal())
        digits = digits.removeprefix("86") if len(digits) == 13 else digits
        if len(digits) != 11:
            raise forms.ValidationError(
                gettext("手机号要 11 位数字，现在是 %(count)d 位"), params={"count": len(digits)}
            )
        return digits


class WhyForm(forms.Form):
    """Why it is not good enough: chips first, words if wanted."""

    reasons = forms.MultipleChoiceField(
        label=_("哪里没办好"), choices=[(one, _(one)) for one in WHY_NOT], required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    words = forms.CharField(label=_("还想说什么"), max_length=300, required=False, widget=forms.Textarea({"rows": 2}))

    def why(self) -> str:
        return "；".join(part for part in ("、".join(self.cleaned_data["reasons"]), self.cleaned_data["words"]) if part)


class EverybodyForm(forms.Form):
    """The filters of 大家的上报."""

    town = forms.ModelChoiceField(
        label=_("镇街"), queryset=Area.objects.none(), to_field_name="code", required=False, empty_label=_("全市")
    )
    category = forms.ModelChoiceField(
        label=_("问题"), queryset=PublicCategory.objects.all(), to_field_name="code", required=False,
        empty_label=_("全部"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["town"].queryset = towns()  # type: ignore[attr-defined]
