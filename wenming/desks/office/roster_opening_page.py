"""What a change of a roster would open, in the names people know: when, which post, where, how large."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.responsibilities.models import RosterPost
from wenming.responsibilities.rosters.planning import MOST_DAYS
from wenming.responsibilities.rosters.selectors import moment_at
from wenming.responsibilities.rosters.what_if import WouldOpen
from wenming.responsibilities.rules.watch import EVERYWHERE, Place, Stretch
from wenming.territory.grids.selectors import grids_in_force
from wenming.territory.rules.geometry import area_m2
from wenming.territory.selectors import towns

from .proof_page import area_words

MOST_LINES, MOST_NAMED = 12, 4


@dataclass(frozen=True)
class Line:
    """Nobody there from when to when."""

    starts_at: datetime
    ends_at: datetime
    minutes: int
    post: str
    where: str
    area: str


@dataclass(frozen=True)
class Opening:
    """A change before it is made."""

    found: WouldOpen
    names: Names

    @property
    def lines(self) -> list[Line]:
        return [self.names.line(one) for one in self.found.opens[:MOST_LINES]]

    @property
    def more(self) -> int:
        return max(0, len(self.found.opens) - MOST_LINES)

    @property
    def closes(self) -> list[Line]:
        return [self.names.line(one) for one in self.found.closes[:MOST_LINES]]


class Names:
    """Names and areas of the grids and towns spoken of, read once for a page."""

    def __init__(self, found: Iterable[WouldOpen]) -> None:
        self.places = {place for one in found for stretch in (*one.opens, *one.closes) for place in stretch.places}

    @cached_property
    def towns(self) -> Mapping[str, tuple[str, float]]:
        wanted = {place.town for place in self.places}
        if not wanted:
            return {}
        return {
            one.code: (one.short_name, area_m2(one.geometry) if one.geometry else 0.0)
            for one in towns()
            if EVERYWHERE in wanted or one.code in wanted
        }

    @cached_property
    def grids(self) -> Mapping[str, tuple[str, float]]:
        codes = {place.grid for place in self.places if place.grid}
        if not codes:
            return {}
        return {
            one.code: (one.name, area_m2(one.geometry) if one.geometry else 0.0)
            for one in grids_in_force().filter(code__in=codes)
        }

    def line(self, one: Stretch) -> Line:
        named = [self._of(place) for place in one.places]
        where = _("、").join(name for name, _area in named[:MOST_NAMED])
        if len(named) > MOST_NAMED:
            where = _("%(some)s等 %(n)d 处") % {"some": where, "n": len(named)}
        area = sum(area for _name, area in named)
        return Line(
            moment_at(one.starts),
            moment_at(one.ends),
            one.minutes,
            str(RosterPost(one.post).label),
            where,
            area_words(area) if area else "",
        )

    def _of(self, place: Place) -> tuple[str, float]:
        if place.grid:
            return self.grids.get(place.grid, (place.grid, 0.0))
        if place.town == EVERYWHERE:
            return _("全市"), sum(area for _name, area in self.towns.values())
        return self.towns.get(place.town, (place.town, 0.0))


def shown(found: WouldOpen) -> Opening:
    return Opening(found, Names([found]))


def all_shown(found: Sequence[WouldOpen | None]) -> list[Opening | None]:
    """Several changes of one page, their names read together."""
    names = Names([one for one in found if one])
    return [Opening(one, names) if one else None for one in found]


# --- forms -----------------------------------------------------------------------------------------------------------


def _day(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), localize=False, **more
    )


class LastDayForm(forms.Form):
    """The last day of a group, or of somebody in it. Never in the past: what was, was."""

    last = _day(gettext_lazy("最后一天"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_last(self) -> date:
        last: date = self.cleaned_data["last"]
        if last < self.today:
            raise forms.ValidationError(_("最后一天不能早于今天：已经过去的班留在记录里。"))
        return last


class PauseForm(forms.Form):
    """From when to when, and why."""

    first = _day(gettext_lazy("从哪天"))
    last = _day(gettext_lazy("到哪天"))
    reason = forms.CharField(
        label=gettext_lazy("为什么暂停"), max_length=200, help_text=gettext_lazy("例如：道路封闭施工，由东区二组代管")
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if first and first < self.today:
            self.add_error("first", _("不能从过去的日子暂停：已经过去的班留在记录里。"))
        if first and last and not 0 <= (last - first).days < MOST_DAYS:
            self.add_error(
                "last",
                _("一次最多暂停 %(n)d 天，结束的日子不能早于开始。要停得更久，请结束这一组。") % {"n": MOST_DAYS},
            )
        return given


class PaperForm(forms.Form):
    """Somebody without an account."""

    name = forms.CharField(label=gettext_lazy("姓名"), max_length=40)
    on = _day(gettext_lazy("从哪天"))
    skills = forms.CharField(
        label=gettext_lazy("技能"), required=False, max_length=100, help_text=gettext_lazy("用空格隔开")
    )
    no_nights = forms.BooleanField(label=gettext_lazy("不排夜班"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "paper_%s", **kwargs})


class OfficeLeaveForm(forms.Form):
    """Leave entered for somebody who cannot ask for it here."""

    starts_on = _day(gettext_lazy("从哪天"))
    ends_on = _day(gettext_lazy("到哪天"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("starts_on") and given.get("ends_on") and given["ends_on"] < given["starts_on"]:
            self.add_error("ends_on", _("请假结束的日子不能早于开始。"))
        return given
