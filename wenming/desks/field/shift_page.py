"""我的班: the shift now, what is handed over, the shifts to come, swaps and leave, the calendar.

Nobody clocks in. That somebody is there shows in the first record they made; it is told inside the handover only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.cases.models import Case
from wenming.cases.rules.lifecycle import ENDED
from wenming.cases.selectors import cases_visible_to
from wenming.organisations.models import Account
from wenming.responsibilities.models import RosterFeed, RosterGroup, RosterRequest, RosterShift
from wenming.responsibilities.rosters.changes import requests_of, requests_to_decide
from wenming.responsibilities.rosters.handovers import (
    AROUND,
    LONGEST,
    first_record,
    own_shift,
    shifts_at,
    waiting_handovers,
)
from wenming.responsibilities.rosters.selectors import groups_of, shifts_in_force
from wenming.responsibilities.rosters.terms import shifts_of

AHEAD = timedelta(days=30)
MOST_MATTERS, MOST_REQUESTS = 30, 10


@dataclass(frozen=True)
class Line:
    """One shift in a list."""

    shift: RosterShift
    name: str


@dataclass(frozen=True)
class Asked:
    """A request, and what this person may do about it."""

    request: RosterRequest
    may_answer: bool
    may_withdraw: bool


def page_of(user: Account, now: datetime) -> dict[str, Any]:
    """Everything the page tells."""
    groups = list(groups_of(user, timezone.localdate(now)))
    rows = _rows(groups, timezone.localtime(now).date())
    mine = [row for row in rows if row.account_id == user.pk and row.ends_at > now]
    current = own_shift(user, now)
    giving = current or next((row for row in mine if row.starts_at - now < LONGEST), None)
    matters = matters_of(user, giving.edition.group) if giving else []
    waiting = [one for one in waiting_handovers(user, now) if not hasattr(one, "taking")]
    return {
        "groups": groups, "current": current and Line(current, name_of(current)), "running": _is_running(current, now),
        "beside": [Line(row, name_of(row)) for row in rows if row.starts_at <= now < row.ends_at and row.account_id != user.pk],
        "first_record": first_record(user, current, now) if current else None,
        # A page kept in the phone is opened hours later: the shift to come can be handed over by it, too.
        "giving": giving and Line(giving, name_of(giving)), "most_matters": MOST_MATTERS, "matters": matters,
        "to_take": [one for one in waiting if one.given_by_id != user.pk], "given": [one for one in waiting if one.given_by_id == user.pk],
        "coming": [Line(row, name_of(row)) for row in mine if row.starts_at > now][:14],
        "asked": [_asked(one, user) for one in requests_of(user)[:MOST_REQUESTS]],
        "to_decide": list(requests_to_decide(user)[:MOST_REQUESTS]),
        "swap": SwapForm(rows=rows, user=user, now=now), "leave": LeaveForm(groups=groups),
        "handover": HandoverForm(initial={"client_id": str(uuid4()), "shift": giving and giving.pk}),
        "feed": RosterFeed.objects.filter(account=user, ended_at=None).first(),
    }  # fmt: skip


def _rows(groups: Sequence[RosterGroup], today: date) -> list[RosterShift]:
    """The groups' shifts from yesterday on."""
    if not groups:
        return []
    found = RosterShift.objects.filter(edition__group__in=groups, on__gte=today - timedelta(days=1), on__lte=today + AHEAD)
    return shifts_in_force(found)


def _is_running(shift: RosterShift | None, now: datetime) -> bool:
    return shift is not None and shift.starts_at <= now < shift.ends_at


def _asked(one: RosterRequest, user: Account) -> Asked:
    return Asked(
        one, one.colleague_id == user.pk and one.state == "asked", one.asked_by_id == user.pk and one.state in {"asked", "agreed"}
    )


def name_of(shift: RosterShift) -> str:
    """“早班”, as the terms of its edition call it."""
    return next((one.name for one in shifts_of(shift.edition.terms.shifts) if one.code == shift.shift_code), shift.shift_code)


def kept_line(user: Account, now: datetime) -> str:
    """What the kept page of shifts follows from: another shift, handover, answer or open matter makes it another page."""
    today = timezone.localtime(now).date()
    found = RosterShift.objects.filter(account=user, on__gte=today - timedelta(days=1), on__lte=today + AHEAD)
    mine = [row for row in shifts_in_force(found) if row.ends_at > now - AROUND]
    matters = [one["number"] for one in matters_of(user, mine[0].edition.group)] if mine else []
    handed = [(one.pk, hasattr(one, "taking")) for one in waiting_handovers(user, now)]
    return str([[row.pk for row in mine], handed, matters, list(requests_of(user).values_list("pk", "state")[:MOST_REQUESTS])])


def told_matters(user: Account, numbers: Sequence[str]) -> list[dict[str, str]]:
    """The matters that the page listed when the shift was handed over, as far as this person may see them."""
    found = cases_visible_to(user).filter(number__in=list(numbers)[:MOST_MATTERS]).order_by("due_at", "pk")
    return [_matter(case) for case in found]


def matters_of(user: Account, group: RosterGroup) -> list[dict[str, str]]:
    """The open cases of the group's ground that this person may see, the most urgent first."""
    ground = Q()
    if group.grid_codes:
        ground = Q(placement__grid__code__in=group.grid_codes)
    elif group.town_code != "*":
        ground = Q(placement__town__code=group.town_code)
    found = cases_visible_to(user).filter(ground, closed_at=None).exclude(state__in=ENDED).order_by("due_at", "pk")[:MOST_MATTERS]
    return [_matter(case) for case in found]


def _matter(case: Case) -> dict[str, str]:
    return {"number": case.number, "title": case.title, "due_at": case.due_at.isoformat() if case.due_at else ""}


def on_duty_now(now: datetime) -> list[Line]:
    """Everybody whose shift runs."""
    return [Line(row, name_of(row)) for row in shifts_at(now)]


class SwapForm(forms.Form):
    """One's own shift, and to whom: to a colleague, or in exchange for a shift of theirs."""

    own = forms.ChoiceField(label=gettext_lazy("我的哪个班"))
    to = forms.ChoiceField(label=gettext_lazy("给谁，或者和谁的哪个班换"))
    said = forms.CharField(label=gettext_lazy("给同事带一句话"), required=False, max_length=200)

    def __init__(self, *args: Any, rows: Sequence[RosterShift], user: Account, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "swap_%s", **kwargs})
        coming = [row for row in rows if row.starts_at > now]
        self.rows = {row.pk: row for row in coming}
        self.people = {row.account.username: row.account for row in coming if row.account_id != user.pk}
        mine = [(str(row.pk), _words(row)) for row in coming if row.account_id == user.pk]
        theirs = [(f"shift {row.pk}", f"{row.account} {_words(row)}") for row in coming if row.account_id != user.pk]
        stand_in = [(f"person {name}", _("请 %(person)s 替班") % {"person": one}) for name, one in sorted(self.people.items())]
        self.fields["own"].choices = mine  # type: ignore[attr-defined]
        self.fields["to"].choices = [(_("替班"), stand_in), (_("换班"), theirs)]  # type: ignore[attr-defined]

    def parties(self) -> tuple[RosterShift, Account, RosterShift | None]:
        """(own shift, colleague, the shift in return)."""
        kind, _space, which = self.cleaned_data["to"].partition(" ")
        other = self.rows[int(which)] if kind == "shift" else None
        return self.rows[int(self.cleaned_data["own"])], other.account if other else self.people[which], other


def _words(row: RosterShift) -> str:
    starts, ends = timezone.localtime(row.starts_at), timezone.localtime(row.ends_at)
    return f"{starts:%m-%d %H:%M}–{ends:%H:%M} {name_of(row)}"


class LeaveForm(forms.Form):
    """The days only; nobody is asked why."""

    group = forms.ChoiceField(label=gettext_lazy("值班组"))
    starts_on = forms.DateField(
        label=gettext_lazy("从哪天"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), localize=False
    )
    ends_on = forms.DateField(
        label=gettext_lazy("到哪天"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), localize=False
    )

    def __init__(self, *args: Any, groups: Sequence[RosterGroup], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "leave_%s", **kwargs})
        self.fields["group"].choices = [(group.code, group.name) for group in groups]  # type: ignore[attr-defined]


class HandoverForm(forms.Form):
    """What the next shift should know."""

    notes = forms.CharField(
        label=gettext_lazy("给下一班的话"), required=False, max_length=1000, widget=forms.Textarea({"rows": 3})
    )
    client_id = forms.CharField(max_length=64, widget=forms.HiddenInput({"autocomplete": "off"}))
    shift = forms.IntegerField(widget=forms.HiddenInput)
