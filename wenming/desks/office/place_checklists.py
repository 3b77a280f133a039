"""The form in which the office changes a kind's checklist: one line for each item, as people write lists."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.standards.models import PlaceChecklist
from wenming.standards.rules.place_checklist import LONGEST_CYCLE, PARTS, PlaceItem
from wenming.words import gettext_noop

_LINE = re.compile(r"^\s*([A-Z]{2}-[0-9]{1,3})\s+(\S+)\s+(.+?)\s*$")
WRONG_LINE = gettext_noop("第 %(line)d 行要写成：代号、空格、硬件或软件或公约、空格、内容，例如 MK-1 硬件 摊位划线清楚")


class ChecklistForm(forms.Form):
    """The next version: its items, its cycle, on what ground."""

    lines = forms.CharField(
        label=gettext_lazy("核对项"), widget=forms.Textarea({"rows": 14}), max_length=6000,
        help_text=gettext_lazy("一行一项：代号、硬件（软件、公约）、内容，用空格隔开。代号不变，往年的答案才对得上。"),
    )  # fmt: skip
    cycle_days = forms.IntegerField(label=gettext_lazy("多少天核对一次"), min_value=1, max_value=LONGEST_CYCLE)
    source = forms.CharField(label=gettext_lazy("依据"), max_length=200)
    reason = forms.CharField(label=gettext_lazy("改了什么"), max_length=200)
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, checklist: PlaceChecklist | None) -> None:
        starting: dict[str, Any] = {"seen_version": 0}
        if checklist is not None:
            lines = [f"{item.key} {PARTS[item.part]} {item.words}" for item in checklist.asked]
            starting = {"lines": "\n".join(lines), "cycle_days": checklist.cycle_days, "seen_version": checklist.version}
        super().__init__(data, initial=starting)

    def clean_lines(self) -> str:
        parts = {words: part for part, words in PARTS.items()}
        self._items: list[PlaceItem] = []
        for number, line in enumerate(self.cleaned_data["lines"].splitlines(), start=1):
            if not line.strip():
                continue
            read = _LINE.match(line)
            if read is None or read[2] not in parts:
                raise forms.ValidationError(_(WRONG_LINE) % {"line": number})
            self._items.append(PlaceItem(read[1], parts[read[2]], read[3], "high"))
        return str(self.cleaned_data["lines"])

    def items(self) -> list[PlaceItem]:
        """The lines as items."""
        return self._items
