"""Which part of the open cases a dispatcher works on: one filter for list, map and detail, kept in the address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from django import forms
from django.db.models import F, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.cases.models import Case
from wenming.cases.rules.lifecycle import STATE_NAMES_ZH, UNDER_WAY, State
from wenming.cases.search import saying

from .filters import town_choices

DESK_STATES = (State.COLLECTED, State.ESTABLISHED)
OPEN = "open"
TIMES = [("", gettext_lazy("不限")), ("late", gettext_lazy("已逾期")), ("soon", gettext_lazy("临期"))]
STATES = [
    ("", gettext_lazy("待受理和待派遣")),
    *((state.value, gettext_lazy(STATE_NAMES_ZH[state])) for state in State if state in UNDER_WAY),
    (OPEN, gettext_lazy("全部在办")),
]


class DeskFilter(forms.Form):
    """Which part of the open cases this dispatcher works on; kept in the address, one for list, map and detail."""

    q = forms.CharField(
        label=gettext_lazy("搜索"), required=False, max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": gettext_lazy("编号、地址、小类或内容")}),
    )  # fmt: skip
    state = forms.ChoiceField(label=gettext_lazy("状态"), choices=STATES, required=False)
    time = forms.ChoiceField(label=gettext_lazy("时限"), choices=TIMES, required=False)
    town = forms.ChoiceField(label=gettext_lazy("镇街"), required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, auto_id="desk_%s", **kwargs)  # type: ignore[arg-type, misc]
        self.fields["town"].choices = town_choices(_("全市"))  # type: ignore[attr-defined]

    @property
    def applied(self) -> bool:
        """Whether anything is left out."""
        self.is_valid()
        return any(self.cleaned_data.values())

    @property
    def words(self) -> str | Promise:
        """What the list holds, as its heading."""
        self.is_valid()
        state = self.cleaned_data.get("state", "")
        return dict(STATES)[state] if state else gettext_lazy("待办")

    @property
    def said(self) -> str:
        """What was chosen, in the words of the form."""
        named = {name: dict(getattr(field, "choices", ())) for name, field in self.fields.items()}
        return _("、").join(str(named[name].get(value, value)) for name, value in self.cleaned_data.items() if value)

    @property
    def query(self) -> str:
        """The filter as it stands in an address; "" for the whole desk."""
        self.is_valid()
        return urlencode({name: value for name, value in self.cleaned_data.items() if value})

    @property
    def here(self) -> str:
        """The beginning of an address on this desk, to which `case=…` is added."""
        return f"?{self.query}&" if self.query else "?"

    def narrow(self, cases: QuerySet[Case], now: datetime) -> QuerySet[Case]:
        """The cases this filter leaves, by remaining time; standing clocks come last."""
        self.is_valid()
        given = self.cleaned_data
        cases = cases.filter(state__in=_states(given.get("state", "")))
        if town := given.get("town"):
            cases = cases.filter(town_code=town)
        if time := given.get("time"):
            cases = cases.filter(_by_time(time, now))
        if words := given.get("q"):
            cases = saying(cases, words)
        return cases.order_by(F("paused_at").asc(nulls_first=True), F("due_at").asc(nulls_last=True), "pk")


def _by_time(time: str, now: datetime) -> Q:
    """Late, or soon late; a clock that stands is neither."""
    running = Q(paused_at=None)
    return running & (Q(due_at__lt=now) if time == "late" else Q(warn_at__lte=now, due_at__gte=now))


def _states(chosen: str) -> Sequence[State]:
    if chosen == OPEN:
        return [state for state in State if state in UNDER_WAY]
    return [State(chosen)] if chosen else DESK_STATES
