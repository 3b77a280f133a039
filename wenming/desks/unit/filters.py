"""The filters of this desk's lists: GET forms, so that every count links to its rows."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wenming.cases.models import Case
from wenming.cases.rules.lifecycle import ENDED, STATE_NAMES_ZH, UNDER_WAY, State
from wenming.cases.search import saying
from wenming.cases.selectors import cases_visible_to
from wenming.cases.statistics import FIGURES, SUPPORT_FIGURES, cases_behind
from wenming.desks.common.due_groups import end_of_today
from wenming.organisations.models import Account
from wenming.organisations.selectors import units_visible_to
from wenming.responsibilities.models import Duty

from .kinds import KINDS
from .rows import CASE_KEY

TIMES = [("", _("不限")), ("late", _("已逾期")), ("today", _("今天到期")), ("later", _("以后到期")), ("standing", _("时限暂停"))]
OPEN, ENDED_ONES, ALL = "", "ended", "all"
STATES = [
    (OPEN, _("在办")),
    *((state.value, _(STATE_NAMES_ZH[state])) for state in (State.DISPATCHED, State.SUSPENDED, State.ANSWERED, State.VERIFIED)),
    (ENDED_ONES, _("已办完")),
    (ALL, _("全部")),
]
# A search for an address goes through the cases; beyond so many, the words say too little to be a search.
MOST_FOUND = 500


class ListFilter(forms.Form):
    """What both lists share: the search, the units below, the time left."""

    q = forms.CharField(
        label=_("搜索"), required=False, max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("编号、地址、小类或内容")}),
    )  # fmt: skip
    time = forms.ChoiceField(label=_("时限"), choices=TIMES, required=False)
    unit = forms.ChoiceField(label=_("单位"), required=False)

    def __init__(self, *args: Any, user: Account, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "filter_%s", **kwargs})
        self.user, self.now = user, now
        units = list(units_visible_to(user).filter(valid_to=None).values_list("code", "short_name"))
        self.fields["unit"].choices = [("", _("本单位和下属")), *units]  # type: ignore[attr-defined]
        if len(units) < 2:
            self.fields["unit"].widget = forms.HiddenInput()

    def value(self, name: str) -> Any:
        self.is_valid()
        return getattr(self, "cleaned_data", {}).get(name)

    def by_time(self) -> dict[str, Q]:
        """The conditions of the four groups of a list."""
        midnight, running = end_of_today(self.now), Q(paused_at=None)
        return {
            "late": running & Q(due_at__lt=self.now),
            "today": running & Q(due_at__gte=self.now, due_at__lt=midnight),
            "later": running & Q(due_at__gte=midnight),
            "standing": Q(paused_at__isnull=False),
        }


class DutyFilter(ListFilter):
    """待办."""

    kind = forms.ChoiceField(
        label=_("种类"), choices=[("", _("全部")), *((name, kind.name) for name, kind in KINDS.items())], required=False
    )
    # Chosen by the counts above the list; here only so that filter and time combine.
    time = forms.ChoiceField(label=_("时限"), choices=TIMES, required=False, widget=forms.HiddenInput)
    field_order = ("q", "time", "kind", "unit")

    def narrow(self, duties: QuerySet[Duty]) -> QuerySet[Duty]:
        """Everything but the time left, so that each of its groups can be counted."""
        if self.value("kind"):
            duties = duties.filter(kind=self.value("kind"))
        if self.value("unit"):
            duties = duties.filter(owner__code=self.value("unit"))
        words = (self.value("q") or "").strip()
        return duties.filter(Q(title__icontains=words) | Q(subject__in=self._subjects(words))) if words else duties

    def in_time(self, duties: QuerySet[Duty]) -> QuerySet[Duty]:
        return duties.filter(self.by_time()[self.value("time")]) if self.value("time") else duties

    def counts(self, duties: QuerySet[Duty]) -> dict[str, int]:
        """How many there are in all and in each group."""
        groups = {name: Count("pk", filter=of) for name, of in self.by_time().items()}
        return duties.order_by().aggregate(all=Count("pk"), **groups)

    def _subjects(self, words: str) -> list[str]:
        found = saying(cases_visible_to(self.user, one_by_one=True).filter(state__in=UNDER_WAY, closed_at=None), words)
        return [CASE_KEY + number for number in found.values_list("number", flat=True)[:MOST_FOUND]]


class CaseFilter(ListFilter):
    """案件: the unit's own, history included; `figure` opens the rows behind a figure of 本单位."""

    state = forms.ChoiceField(label=_("状态"), choices=STATES, required=False)
    since = forms.DateField(required=False, widget=forms.HiddenInput, label=_("从"))
    until = forms.DateField(required=False, widget=forms.HiddenInput, label=_("到"))
    figure = forms.ChoiceField(
        choices=[("", ""), *FIGURES.items(), *SUPPORT_FIGURES.items()], required=False, widget=forms.HiddenInput, label=_("统计项")
    )
    field_order = ("q", "state", "time", "unit")

    def narrow(self, cases: QuerySet[Case], *, soon: bool = False) -> QuerySet[Case]:
        """The cases that the filter leaves: the most urgent first, or the newest first where ended ones are among them.

        soon: a page near the beginning of very many is wanted.
        """
        cases = self._behind_figure(cases) if self.value("figure") else self._in_state(cases)
        if self.value("time"):
            cases = cases.filter(self.by_time()[self.value("time")], state__in=[State.DISPATCHED, State.SUSPENDED])
        words = (self.value("q") or "").strip()
        if words:
            cases = saying(cases, words, soon=soon)
        return cases.order_by("-opened_at") if self.ended_too else cases.order_by("due_at", "pk")

    @property
    def searches(self) -> bool:
        """Whether words are asked for, which is the dearest part of the question."""
        return bool((self.value("q") or "").strip())

    @property
    def ended_too(self) -> bool:
        return bool(self.value("figure")) or self.value("state") in {ENDED_ONES, ALL}

    def _in_state(self, cases: QuerySet[Case]) -> QuerySet[Case]:
        state = self.value("state") or OPEN
        if self.value("unit"):
            cases = cases.filter(unit__code=self.value("unit"))
        if state == OPEN:
            return cases.filter(state__in=UNDER_WAY, closed_at=None)
        if state == ENDED_ONES:
            return cases.filter(state__in=ENDED)
        return cases if state == ALL else cases.filter(state=state)

    def _behind_figure(self, cases: QuerySet[Case]) -> QuerySet[Case]:
        return cases_behind(
            self.value("figure"), cases, since=self.value("since") or date.min,
            until=self.value("until") or timezone.localdate(self.now), now=self.now, unit_code=self.value("unit") or "",
        )  # fmt: skip
