"""重点巡查 on the street: which walks are due, the points in the order proposed, and a checklist at each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms.boundfield import BoundField
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from wenming.cases.focus.proposing import why_words
from wenming.observations.models import Patrol, PatrolPoint
from wenming.observations.models.patrols import Answer, PointLook, Seen
from wenming.observations.patrols.selectors import patrols_visible_to, points_of
from wenming.observations.patrols.services import CHECKED
from wenming.organisations.models import Account
from wenming.responsibilities.selectors import time_left
from wenming.standards.models import FocusItem
from wenming.territory.maps import Pin, svg_map

from .forms import OTHER, WHY_UNSEEN

NOTE_LIMIT = 200
CLOSE_UP = 0.003
FOUND = [(one, one) for one in (CHECKED, Seen.FINE, Seen.UNSEEN)]
WHY = [(one, _(one)) for one in WHY_UNSEEN]
# Short, so that three of them stand side by side at 320 px in large letters.
ANSWERS = ((Answer.FAIL, gettext_noop("不合格")), (Answer.NONE, gettext_noop("不适用")), (Answer.PASS, gettext_noop("合格")))


def patrols_here(user: Account) -> QuerySet[Patrol]:
    """The walks of this person's own unit and those below it, due or over: what was seen late is taken too."""
    return patrols_visible_to(user).filter(plan__unit__path__startswith=user.unit.path)


@dataclass(frozen=True)
class WalkRow:
    """One walk as a line of 今天, with its clock."""

    patrol: Any
    now: datetime

    @property
    def title(self) -> str:
        return gettext("%(focus)s巡查") % {"focus": self.patrol.edition.name}

    @property
    def progress(self) -> str:
        return gettext("看过 %(seen)d/%(all)d") % {"seen": self.patrol.seen_count, "all": self.patrol.points_count}

    @property
    def due_at(self) -> datetime:
        return self.patrol.duty.due_at

    @property
    def warn_at(self) -> datetime:
        return self.patrol.duty.warn_at

    @property
    def done_at(self) -> datetime | None:
        return self.patrol.finished_at

    @property
    def left(self) -> timedelta | None:
        duty = self.patrol.duty
        return time_left(duty, self.now) if self.now <= duty.due_at and not self.patrol.finished_at else None


@dataclass(frozen=True)
class PointRow:
    """One point of the walk: where, why, how far from the one before, what was seen there."""

    point: PatrolPoint
    why: Sequence[str]
    last: PointLook | None


def point_rows(patrol: Patrol) -> list[PointRow]:
    rows = []
    for point in points_of(patrol):
        looks = list(point.looks.all())
        rows.append(PointRow(point, why_words(point.why), looks[-1] if looks else None))
    return rows


def walk_map(rows: Sequence[PointRow]) -> SafeString | None:
    """Where the points are, those that were seen marked; each leads to its checklist."""
    pins = [
        Pin(*row.point.placement.point, "done" if row.last else "go", f"{row.point.position} {row.point.placement}", point_url(row.point))
        for row in rows
        if row.point.placement.point
    ]
    if not pins:
        return None
    lons, lats = [pin.longitude for pin in pins], [pin.latitude for pin in pins]
    box = (min(lons) - CLOSE_UP, min(lats) - CLOSE_UP, max(lons) + CLOSE_UP, max(lats) + CLOSE_UP)
    return svg_map(bbox=box, width=620, height=420, pins=pins, title=gettext("巡查点位"))


def near_map(point: PatrolPoint) -> SafeString | None:
    """The streets around one point."""
    here = point.placement.point
    return here and svg_map(center=here, zoom=16, width=340, height=180, pins=[Pin(*here)], title=gettext("位置"))


def point_url(point: PatrolPoint) -> str:
    return reverse("field:point", args=[point.patrol.number, point.position])


@dataclass(frozen=True)
class Check:
    """One item on the page: its three answers, and what is asked only of 不合格."""

    item: FocusItem
    answers: Sequence[tuple[str, str, bool]]
    name: str
    note: BoundField
    photos: str
    tokens: Sequence[str] = ()


class PointForm(forms.Form):
    """What was seen at a point: one tap, or the items one by one. Nothing of it has to be typed."""

    client_id = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput({"autocomplete": "off"}))
    found = forms.ChoiceField(choices=FOUND, widget=forms.HiddenInput, label=_("看到的"))
    why_unseen = forms.ChoiceField(label=_("怎么看不到"), choices=WHY, required=False, widget=forms.RadioSelect)
    note = forms.CharField(label=_("补充说明"), max_length=NOTE_LIMIT, required=False, widget=forms.Textarea({"rows": 2}))

    def __init__(self, *args: Any, items: Sequence[FocusItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = list(items)
        self.fields["found"].error_messages["required"] = gettext("还没有说看到的是哪一种。请在下面选一个。")
        for item in self.items:
            self.fields[answer_of(item)] = forms.ChoiceField(label=item.words, choices=Answer.choices, required=False)
            self.fields[note_of(item)] = forms.CharField(
                label=_("是什么情况"), max_length=NOTE_LIMIT, required=False, widget=forms.Textarea({"rows": 2})
            )

    def checks(self, tokens: dict[str, list[str]] | None = None) -> list[Check]:
        """The items as the page shows them; tokens: photographs already taken in, by the name they go under."""
        return [
            Check(
                item, [(value, gettext(words), self[answer_of(item)].value() == value) for value, words in ANSWERS],
                answer_of(item), self[note_of(item)], photos_of(item), (tokens or {}).get(photos_of(item), ()),
            )
            for item in self.items
        ]  # fmt: skip

    def answers(self) -> dict[FocusItem, str]:
        """What was answered; an item that nobody touched is not answered."""
        return {item: given for item in self.items if (given := self.cleaned_data.get(answer_of(item)))}

    def said_of(self, item: FocusItem) -> str:
        return str(self.cleaned_data.get(note_of(item), "")).strip()

    @property
    def note_said(self) -> str:
        """Why it could not be seen, and whatever else was said."""
        given = self.cleaned_data
        chip = given.get("why_unseen", "") if given.get("found") == Seen.UNSEEN else ""
        return "；".join(part for part in (chip if chip != OTHER else "", given.get("note", "").strip()) if part)


def answer_of(item: FocusItem) -> str:
    return f"answer_{item.key}"


def note_of(item: FocusItem) -> str:
    return f"note_{item.key}"


def photos_of(item: FocusItem) -> str:
    return f"photos_{item.key}"
