"""What somebody on the street fills in: taps, no typing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from wenming.cases.models.rechecks import FINDINGS, UNSOLVED
from wenming.cases.models.rechecks import UNSEEN as SEEN_NOTHING
from wenming.observations.services import TEXT_LIMIT, Where
from wenming.organisations.models import Account
from wenming.standards.models import PublicCategory
from wenming.territory.models import PlaceKind, Source
from wenming.territory.rules.coordinates import Datum
from wenming.territory.selectors import towns

from .tasks import Stage

YES, NO, UNSEEN = "yes", "no", "unseen"
OTHER = gettext_noop("其他")
AGAIN_WORDS = gettext_noop("又出现了")
WHY_NO = (
    gettext_noop("还在原处"), gettext_noop("只处理了一部分"), AGAIN_WORDS, gettext_noop("挪到旁边了"), OTHER,
)  # fmt: skip
WHY_UNSEEN = (
    gettext_noop("有围挡"), gettext_noop("进不去"), gettext_noop("找不到地方"), gettext_noop("天黑看不清"), OTHER,
)  # fmt: skip

WHY_NO_PHOTO = (
    gettext_noop("两手占着，没法拍"), gettext_noop("有人在场，不便拍"), gettext_noop("天黑看不清"), gettext_noop("手机没电了"),
)  # fmt: skip
ASKS_WHY = {UNSOLVED: "why_no", SEEN_NOTHING: "why_unseen"}


def _chips(label: Any, words: tuple[str, ...]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[(one, _(one)) for one in words], required=False, widget=forms.RadioSelect)


class VerificationForm(forms.Form):
    """One of three answers; the reasons belong to two of them."""

    # The key under which it is received once; which question the page asked, and after how many moves of the case.
    client_id = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput({"autocomplete": "off"}))
    asked = forms.CharField(max_length=20, required=False, widget=forms.HiddenInput)
    seen_moves = forms.IntegerField(required=False, widget=forms.HiddenInput)
    found = forms.ChoiceField(choices=[(YES, YES), (NO, NO), (UNSEEN, UNSEEN)], widget=forms.HiddenInput, label=_("看到的"))
    why_no = _chips(_("怎么没解决"), WHY_NO)
    why_unseen = _chips(_("怎么看不到"), WHY_UNSEEN)
    note = forms.CharField(label=_("补充说明"), max_length=500, required=False, widget=forms.Textarea({"rows": 2}))

    def __init__(self, *args: Any, stage: Stage | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stage = stage
        self.fields["found"].error_messages["required"] = gettext("还没有选看到的是哪一种。请在三个里选一个。")

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        asked = {NO: "why_no", UNSEEN: "why_unseen"}.get(given.get("found", ""))
        reason_owed = asked == "why_unseen" or (asked == "why_no" and self.stage is not None and self.stage.needs_reason)
        if asked and reason_owed and not self._reason(given, asked):
            self.add_error(asked, gettext("请选一个原因；选“其他”的，在补充说明里写一句。"))
        return given

    @property
    def reason(self) -> str:
        """The chip and the note as one text."""
        given = self.cleaned_data
        chip = {NO: given["why_no"], UNSEEN: given["why_unseen"]}.get(given["found"], "")
        return "；".join(part for part in (chip if chip != OTHER else "", given["note"].strip()) if part)

    def _reason(self, given: dict[str, Any], asked: str) -> bool:
        chip = given.get(asked, "")
        return bool(given.get("note", "").strip()) or bool(chip and chip != OTHER)


class RecheckForm(forms.Form):
    """盲复核: one of four answers; what is not solved or not seen says why."""

    found = forms.ChoiceField(choices=FINDINGS, widget=forms.HiddenInput, label=_("看到的"))
    why_no = _chips(_("怎么没解决"), tuple(why for why in WHY_NO if why != AGAIN_WORDS))
    why_unseen = _chips(_("怎么看不到"), WHY_UNSEEN)
    note = forms.CharField(label=_("补充说明"), max_length=400, required=False, widget=forms.Textarea({"rows": 2}))

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        asked = ASKS_WHY.get(given.get("found", ""))
        if asked and not self.reason:
            self.add_error(asked, gettext("请选一个原因；选“其他”的，在补充说明里写一句。"))
        return given

    @property
    def reason(self) -> str:
        """The chip and the note as one text."""
        given = self.cleaned_data
        chip = given.get(ASKS_WHY.get(given.get("found", ""), ""), "")
        return "；".join(part for part in (chip if chip != OTHER else "", given.get("note", "").strip()) if part)


class SpotForm(forms.Form):
    """Something somewhere, told from the street: where by the phone or in words, and once however often it is sent."""

    client_id = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput({"autocomplete": "off"}))
    # Written only by the script, when what waited for the network is sent later.
    seen_at = forms.DateTimeField(required=False, widget=forms.HiddenInput({"autocomplete": "off"}))
    longitude = forms.FloatField(required=False, widget=forms.HiddenInput)
    latitude = forms.FloatField(required=False, widget=forms.HiddenInput)
    accuracy_m = forms.FloatField(required=False, widget=forms.HiddenInput)
    address = forms.CharField(label=_("在哪里"), max_length=200, required=False)
    def where(self, by: Account) -> Where:
        """The pin when there is one, else the words, in the town of whoever found it."""
        given = self.cleaned_data
        if given["longitude"] is None or given["latitude"] is None:
            own_town = towns().filter(code=by.unit.area_code[:9]).first() if by.unit.area_code else None
            return Where(address=given["address"], town=own_town)
        # A pin moved by hand lost its accuracy, and was put on our own map; a phone speaks WGS-84.
        by_phone = given["accuracy_m"] is not None
        return Where(
            given["longitude"], given["latitude"], datum=Datum.WGS84 if by_phone else Datum.CGCS2000,
            source=Source.GPS if by_phone else Source.MAP, accuracy_m=given["accuracy_m"], address=given["address"],
        )  # fmt: skip

    def seen(self, now: datetime) -> datetime:
        """When it was seen; a phone whose clock runs ahead must still be able to report."""
        return min(self.cleaned_data["seen_at"] or now, now)

    def forget_the_pin(self) -> None:
        """After a refused position the words decide; the form is shown again without it."""
        self.data = {**self.data, **dict.fromkeys(("longitude", "latitude", "accuracy_m"), "")}


class FindForm(SpotForm):
    """拍问题: photos travel beside it; place by the phone, kind by one tap, words if wanted."""

    # Tapped among the registered components at the position, or not.
    component = forms.CharField(max_length=16, required=False, widget=forms.HiddenInput)
    category = forms.ModelChoiceField(
        label=_("是什么问题"), queryset=PublicCategory.objects.all(), to_field_name="code", required=False,
        empty_label=None, widget=forms.RadioSelect,
    )  # fmt: skip
    text = forms.CharField(
        label=_("补充说明"), max_length=TEXT_LIMIT, required=False, widget=forms.Textarea({"rows": 2})
    )
    # 当场改好: said by the button that was pressed, and why there is no picture of how it is now.
    settled = forms.BooleanField(required=False, widget=forms.HiddenInput)
    why_no_photo = _chips(_("没有拍改好后的照片"), WHY_NO_PHOTO)


class NewPlaceForm(SpotForm):
    """登记新场所: what it is, what it is called, where; the office decides whether it is new."""

    kind = forms.ChoiceField(
        label=_("类别"), choices=PlaceKind.choices, widget=forms.RadioSelect, error_messages={"required": _("还没有选类别。请在十六类里选一个。")}
    )
    name = forms.CharField(
        label=_("名称"), max_length=80, error_messages={"required": _("还没有写名称。请写门头或路牌上的名字。")}
    )
    note = forms.CharField(label=_("补充说明"), max_length=200, required=False, widget=forms.Textarea({"rows": 2}))
