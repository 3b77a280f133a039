"""The filter of the case list: one GET form, saved in the address, that every count of the desk can link to."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wenming.cases.models import Case, CaseMove
from wenming.cases.rules.lifecycle import ENDED, STATE_NAMES_ZH, UNDER_WAY, State
from wenming.cases.search import saying
from wenming.cases.selectors import waiting_appeals
from wenming.cases.statistics import FIGURES, SUPPORT_FIGURES, cases_behind
from wenming.desks.common.due_groups import end_of_today
from wenming.observations.models import Channel
from wenming.organisations.models import Account
from wenming.organisations.selectors import units_that_handle
from wenming.responsibilities.models import DutyExtension
from wenming.standards.models import ProblemType
from wenming.territory.selectors import towns

from .plain_select import PlainSelect

MINE, OPEN, ALL, EXTENSION, RETURNED, APPEAL = "", "open", "all", "extension", "returned", "appeal"
WAITING_FOR_COMMAND = (State.COLLECTED, State.ESTABLISHED, State.ANSWERED, State.VERIFIED)
STATES = [
    (MINE, _("要我办的")),
    *((state.value, _(STATE_NAMES_ZH[state])) for state in State),
    (EXTENSION, _("延期待批")),
    (RETURNED, _("被退回")),
    (APPEAL, _("申诉待裁定")),
    (OPEN, _("全部在办")),
    (ALL, _("全部")),
]
TIMES = [
    ("", _("不限")),
    ("late", _("已逾期")),
    ("soon", _("临期")),
    ("today", _("今天到期")),
    ("later", _("以后到期")),
]


def extension_waits() -> Exists:
    """The unit has asked for more time and nobody has decided."""
    return Exists(DutyExtension.objects.filter(duty=OuterRef("handling"), decided_at=None))


def was_returned() -> Exists:
    """Back at the command centre because the unit said that it is not theirs, and nothing has been done since."""
    return Exists(CaseMove.objects.filter(case=OuterRef("pk"), position=OuterRef("moves_count"), act="hand_back"))


class DayField(forms.DateField):
    """A day that may be left open, in the browser's own calendar (which reads ISO dates only, whatever the language)."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(required=False, widget=widget, localize=False, **kwargs)


def town_choices(all_of_them: str | Promise) -> list[tuple[str, str | Promise]]:
    """Every town under the name it goes by, after the choice of all of them."""
    return [("", all_of_them), *towns().values_list("code", "short_name")]


class CaseFilter(forms.Form):
    """Filter and search combine; nothing is required; what cannot be read is named and left out."""

    q = forms.CharField(
        label=_("搜索"), required=False, max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("编号、地址、小类或内容")}),
    )  # fmt: skip
    state = forms.ChoiceField(label=_("状态"), choices=STATES, required=False)
    time = forms.ChoiceField(label=_("时限"), choices=TIMES, required=False)
    town = forms.ChoiceField(label=_("镇街"), required=False, widget=PlainSelect)
    unit = forms.ChoiceField(label=_("责任单位"), required=False, widget=PlainSelect)
    type = forms.ChoiceField(label=_("小类"), required=False, widget=PlainSelect)
    channel = forms.ChoiceField(label=_("来源"), choices=[("", _("全部")), *Channel.choices], required=False)
    since = DayField(label=_("从"))
    until = DayField(label=_("到"))
    figure = forms.ChoiceField(
        choices=[("", ""), *FIGURES.items(), *SUPPORT_FIGURES.items()], required=False, widget=forms.HiddenInput, label=_("统计项")
    )

    def __init__(self, *args: Any, user: Account, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "filter_%s", **kwargs})
        self.user, self.now = user, now
        everything = [("", _("全部"))]
        self._choose("town", town_choices(_("全部")))
        self._choose("unit", [*everything, *units_that_handle().values_list("code", "short_name")])
        # A figure may lead to a kind of an older scheme: it is offered when it is asked for.
        asked = [pk] if (pk := self.data.get("type", "")).isdecimal() and len(pk) < 10 else []
        types = ProblemType.objects.filter(Q(scheme__is_current=True) | Q(pk__in=asked)).order_by("kind", "code")
        self._choose("type", [*everything, *((str(pk), name) for pk, name in types.values_list("pk", "name"))])

    @property
    def ended_too(self) -> bool:
        """Whether the list holds cases without a running clock, and so is sorted by age instead."""
        state = self._value("state")
        return bool(self._value("figure")) or state in {ALL, APPEAL} or state in {ended.value for ended in ENDED}

    @property
    def searches(self) -> bool:
        """Whether words are asked for, which is the dearest part of the question."""
        return bool(self._value("q"))

    def narrow(self, cases: QuerySet[Case], *, soon: bool = False) -> QuerySet[Case]:
        """The cases that the filter leaves, the most urgent first (the newest first where ended ones are among them).

        soon: a page near the beginning of very many is wanted.
        """
        self.is_valid()
        cases = self._by_figure(cases) if self._value("figure") else self._by_state(cases)
        cases = self._by_words(self._by_time(cases), soon)
        for field, name in (("town_code", "town"), ("problem_type", "type"), ("channel", "channel")):
            if self._value(name):
                cases = cases.filter(**{field: self._value(name)})
        return cases.order_by(*self._order())

    def _by_state(self, cases: QuerySet[Case]) -> QuerySet[Case]:
        state = self._value("state")
        if state == MINE:
            cases = cases.filter(must_act(self.user))
        elif state == OPEN:
            cases = cases.filter(state__in=UNDER_WAY)
        elif state == EXTENSION:
            cases = cases.filter(extension_waits(), state=State.DISPATCHED)
        elif state == RETURNED:
            cases = cases.filter(was_returned(), state=State.ESTABLISHED)
        elif state == APPEAL:
            cases = cases.filter(pk__in=waiting_appeals().values("case"))
        elif state != ALL:
            cases = cases.filter(state=state)
        return self._by_days(self._by_unit(cases))

    def _by_figure(self, cases: QuerySet[Case]) -> QuerySet[Case]:
        """The rows behind a figure of the statistics: its own period and its own meaning of the unit."""
        since = self._value("since") or date.min
        until = self._value("until") or timezone.localdate(self.now)
        return cases_behind(
            self._value("figure"), cases, since=since, until=until, unit_code=self._value("unit"), now=self.now
        )

    def _by_unit(self, cases: QuerySet[Case]) -> QuerySet[Case]:
        code = self._value("unit")
        return cases.filter(unit_path__contains=f"/{code}/") if code else cases

    def _by_days(self, cases: QuerySet[Case]) -> QuerySet[Case]:
        if since := self._value("since"):
            cases = cases.filter(opened_at__gte=timezone.make_aware(datetime.combine(since, time())))
        if until := self._value("until"):
            cases = cases.filter(opened_at__lt=timezone.make_aware(datetime.combine(until + timedelta(days=1), time())))
        return cases

    def _by_time(self, cases: QuerySet[Case]) -> QuerySet[Case]:
        running, midnight = Q(paused_at=None), end_of_today(self.now)
        match self._value("time"):
            case "late":
                return cases.filter(running, due_at__lt=self.now)
            case "soon":
                return cases.filter(running, warn_at__lte=self.now, due_at__gte=self.now)
            case "today":
                return cases.filter(running, due_at__gte=self.now, due_at__lt=midnight)
            case "later":
                return cases.filter(running, due_at__gte=midnight)
        return cases

    def _by_words(self, cases: QuerySet[Case], soon: bool) -> QuerySet[Case]:
        words = self._value("q")
        return saying(cases, words, soon=soon) if words else cases

    def _order(self) -> tuple[Any, ...]:
        if self.ended_too:
            return ("-opened_at", "-pk")
        # Standing clocks come last: nobody is late with them.
        return (F("paused_at").asc(nulls_first=True), F("due_at").asc(nulls_last=True), "pk")

    def _choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def _value(self, name: str) -> Any:
        if not hasattr(self, "cleaned_data"):
            self.is_valid()
        return self.cleaned_data.get(name) or ""


def must_act(user: Account) -> Q:
    """What waits for this person's role: the command centre's own stages; everything open for those who only read."""
    if user.may("cases.decide"):
        mine = (*WAITING_FOR_COMMAND, State.DISPUTED) if user.may("cases.arbitrate") else WAITING_FOR_COMMAND
        return Q(state__in=mine) | Q(extension_waits(), state=State.DISPATCHED)
    return Q(state__in=UNDER_WAY)
