"""Answering the checklist of a public place: one form for the office and for the phone. Policy: 2.2, 2.3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wenming.observations.models import PlaceVerification
from wenming.standards.models import PlaceChecklist
from wenming.standards.rules.place_checklist import ANSWERS, NO, PARTS, YES, PlaceItem
from wenming.territory.models import PlaceCondition

NOTE_LIMIT = 200
LOOKS = {YES: "done", NO: "late"}


@dataclass(frozen=True)
class Answered:
    """One item with its answer in words; look: of its status sign, "" where nobody has answered."""

    item: PlaceItem
    answer: str
    look: str


@dataclass(frozen=True)
class Asked:
    """One item as the form shows it: its answers as (value, words, chosen), and what was answered last time."""

    item: PlaceItem
    name: str
    answers: Sequence[tuple[str, str, bool]]
    before: str
    # The open case about it, in words: nobody need report again what is being put right.
    under_way: str = ""


def by_parts(checklist: PlaceChecklist, answers: Mapping[str, str]) -> list[tuple[str, list[Answered]]]:
    """[(硬件, items with answers), …] of the checklist that was answered."""
    return [(gettext(words), [_answered(item, answers) for item in checklist.asked if item.part == part]) for part, words in PARTS.items()]


def _answered(item: PlaceItem, answers: Mapping[str, str]) -> Answered:
    given = answers.get(item.key, "")
    return Answered(item, gettext(ANSWERS[given]) if given else gettext("还没有答"), LOOKS.get(given, "hold"))


class PlaceLookForm(forms.Form):
    """What is there: each item in three values, none of them required; the condition and a note.

    What was answered last time stands beside each item and is not filled in: whoever looks says what is there now.
    """

    client_id = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput({"autocomplete": "off"}))
    condition = forms.ChoiceField(
        label=_("现状"), choices=[one for one in PlaceCondition.choices if one[0] != PlaceCondition.UNKNOWN], widget=forms.RadioSelect,
        error_messages={"required": _("还没有说现状怎样。请选一个。")},
    )  # fmt: skip
    seen_on = forms.DateField(
        label=_("哪天看的"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), help_text=_("不填就是今天")
    )
    note = forms.CharField(label=_("补充说明"), max_length=NOTE_LIMIT, required=False, widget=forms.Textarea({"rows": 2}))

    def __init__(self, *args: Any, checklist: PlaceChecklist, last: PlaceVerification | None = None,
                 under_way: Mapping[str, str] | None = None, **kwargs: Any) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.under_way = under_way or {}
        self.before = last.answers if last is not None else {}
        self.items = checklist.asked
        for item in self.items:
            self.fields[name_of(item.key)] = forms.ChoiceField(label=item.words, choices=list(ANSWERS.items()), required=False)

    def parts(self) -> list[tuple[str, list[Asked]]]:
        """The items as the page shows them, by part."""
        return [(gettext(words), [self._asked(item) for item in self.items if item.part == part]) for part, words in PARTS.items()]

    def _asked(self, item: PlaceItem) -> Asked:
        name = name_of(item.key)
        chosen = self[name].value()
        before = self.before.get(item.key, "")
        answers = [(value, gettext(words), value == chosen) for value, words in ANSWERS.items()]
        return Asked(item, name, answers, gettext(ANSWERS[before]) if before else "", self.under_way.get(item.key, ""))

    def answers(self) -> dict[str, str]:
        """What was answered; an item that nobody touched is not answered."""
        return {item.key: given for item in self.items if (given := self.cleaned_data.get(name_of(item.key)))}

    def said(self) -> dict[str, Any]:
        """The rest, as `verify_place` takes it."""
        given = self.cleaned_data
        return {"condition": given["condition"], "note": given["note"], "seen_on": given["seen_on"] or localdate()}


def name_of(key: str) -> str:
    return f"answer_{key}"
