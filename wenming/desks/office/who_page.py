"""谁负责: what is asked (a point, a moment, a matter) and how the answer is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.responsibilities.answering import Answered, everything_at, nobody_on_duty_at, on_duty_at, who_answers_at
from wenming.responsibilities.rosters import words
from wenming.standards.models import ProblemType, Scheme
from wenming.standards.selectors import type_by_full_code, types_in
from wenming.territory.components.selectors import components_visible_to
from wenming.territory.grids.selectors import grids_in_force
from wenming.territory.maps import Pin, svg_map
from wenming.territory.models import Component, Place, PlaceStanding
from wenming.territory.public_places.selectors import places_visible_to
from wenming.territory.selectors import address_candidates, nearest_address

MAP_SIZE = (620, 420)
CLOSE_UP = 0.006
MOST_ON_DUTY, MOST_NAMED = 6, 6
GRID_DIGITS, COMPONENT_DIGITS = 15, 16
MOMENT = "%Y-%m-%dT%H:%M"
EARLIEST, LATEST = 1990, 2100


class WhoForm(forms.Form):
    """Where, when, what. Where: a point on the map, else an address, else a component's code."""

    longitude = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    latitude = forms.FloatField(required=False, min_value=-90, max_value=90, widget=forms.HiddenInput)
    accuracy_m = forms.FloatField(required=False, widget=forms.HiddenInput)
    address = forms.CharField(label=gettext_lazy("地址或附近的标志"), required=False, max_length=200)
    # The point and the address of the answer shown: an address written over it since says more than its old point.
    shown = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)
    # The public place that was chosen, by its number: its managing body may be who answers.
    place = forms.CharField(required=False, max_length=24, widget=forms.HiddenInput)
    component = forms.CharField(
        label=gettext_lazy("部件标识码"),
        required=False,
        max_length=16,
        help_text=gettext_lazy("填了就按这个部件的位置和权属答"),
    )
    type = forms.ChoiceField(label=gettext_lazy("什么事"), required=False)
    at = forms.DateTimeField(
        label=gettext_lazy("什么时候"), required=False, help_text=gettext_lazy("不填就是现在"),
        widget=forms.DateTimeInput({"type": "datetime-local"}, format=MOMENT), input_formats=[MOMENT, "%Y-%m-%d %H:%M"],
    )  # fmt: skip

    def __init__(self, *args: Any, types: Sequence[ProblemType], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(one.full_code, f"{one.short_code} {one.name}") for one in types]
        self.fields["type"].choices = [("", _("各类问题都列出来")), *named]  # type: ignore[attr-defined]

    def clean_at(self) -> datetime | None:
        """Years outside a human life are mistakes, and overflow when days are counted from them."""
        at: datetime | None = self.cleaned_data["at"]
        if at is not None and not EARLIEST <= at.year <= LATEST:
            raise forms.ValidationError(_("请填 %(first)d 年到 %(last)d 年之间的时刻。") % {"first": EARLIEST, "last": LATEST})
        return at

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if (given.get("longitude") is None) != (given.get("latitude") is None) and not self.errors:
            self.add_error("address", _("经度和纬度要一起给。请在图上重新点一下。"))
        return given


@dataclass(frozen=True)
class Meant:
    """One thing that a text may mean, with its point."""

    text: str
    longitude: float
    latitude: float
    place: Place | None = None


def meant_by(said: str, user: Any) -> list[Meant]:
    """By code (a place's number or plate, a grid, a component) exactly that; else places of that name, then addresses."""
    if coded := list(_by_code(said.upper().replace(" ", ""), user)):
        return coded
    named = places_visible_to(user).filter(name__contains=said, placement__longitude__isnull=False).exclude(standing=PlaceStanding.WITHDRAWN)
    places = [_meant(one) for one in named.select_related("placement", "manager").order_by("name", "number")[:MOST_NAMED]]
    if exactly := [one for one in places if one.place and one.place.name == said]:
        return exactly
    known = {one.text for one in places}
    found = [Meant(one.text, one.longitude, one.latitude) for one in address_candidates(said)]
    return [*places, *(one for one in found if one.text not in known)]


def _by_code(code: str, user: Any) -> Iterator[Meant]:
    if len(code) == GRID_DIGITS and code.isdigit():
        for grid in grids_in_force().filter(code=code)[:1]:
            if grid.geometry is not None:
                inside = grid.geometry.representative_point()
                yield Meant(f"{grid.name} {grid.code}", inside.x, inside.y)
        return
    if len(code) == COMPONENT_DIGITS and code.isdigit():
        for component in components_visible_to(user).filter(code=code).select_related("placement")[:1]:
            if component.placement.point:
                yield Meant(f"{component.name or ''} {component.code}".strip(), *component.placement.point)
        return
    found = places_visible_to(user).filter(Q(number=code) | Q(short_code=code), placement__longitude__isnull=False)
    yield from (_meant(one) for one in found.select_related("placement", "manager")[:1])


def _meant(place: Place) -> Meant:
    assert place.placement.point is not None
    return Meant(f"{place.name} {place.number}", *place.placement.point, place)


@dataclass
class Asked:
    """One question as far as it was understood."""

    form: WhoForm
    user: Any
    now: datetime

    @cached_property
    def understood(self) -> bool:
        return self.form.is_bound and self.form.is_valid()

    @property
    def given(self) -> dict[str, Any]:
        return self.form.cleaned_data if self.understood else {}

    @property
    def at(self) -> datetime:
        moment: datetime | None = self.given.get("at")
        return moment or self.now

    @cached_property
    def pointed_at(self) -> tuple[float, float] | None:
        """What was pointed at on the map; not what is left over from the answer before."""
        given = self.given
        if given.get("longitude") is None:
            return None
        left_over, _bar, address = given["shown"].partition("|")
        point = given["longitude"], given["latitude"]
        return None if left_over == _point_words(point) and address != given["address"] else point

    @cached_property
    def component(self) -> Component | None:
        code = (self.given.get("component") or "").strip()
        return components_visible_to(self.user).filter(code=code).first() if code else None

    @cached_property
    def candidates(self) -> list[Meant]:
        """What a typed address, name or code may mean, while nobody has pointed at the map."""
        said = self.given.get("address", "").strip()
        return meant_by(said, self.user) if said and not self.pointed_at and not self.component else []

    @cached_property
    def place(self) -> Place | None:
        """The public place that was chosen, or the only one that the words may mean."""
        number = (self.given.get("place") or "").strip()
        if number and self.pointed_at:
            found = places_visible_to(self.user).filter(number=number).select_related("manager", "placement").first()
            # A pin that was moved since points somewhere else.
            return found if found and found.placement.point and _point_words(found.placement.point) == _point_words(self.pointed_at) else None
        return self.candidates[0].place if len(self.candidates) == 1 else None

    @cached_property
    def point(self) -> tuple[float, float] | None:
        """Pointed at, else the component's, else that of the only place the address may mean."""
        if self.component is not None:
            return self.component.placement.point
        if self.pointed_at:
            return self.pointed_at
        return (self.candidates[0].longitude, self.candidates[0].latitude) if len(self.candidates) == 1 else None

    @cached_property
    def problem_type(self) -> ProblemType | None:
        code = self.given.get("type") or (self.component.kind_code if self.component else "")
        return type_by_full_code(code) if code else None

    @cached_property
    def answer(self) -> Answered | None:
        if self.point is None or self.problem_type is None:
            return None
        return who_answers_at(*self.point, self.at, self.problem_type, self.place)


def page_of(query: QueryDict, user: Any, now: datetime) -> dict[str, Any]:
    """The whole page of one question."""
    asked = Asked(WhoForm(query if query else None, types=_types()), user, now)
    _say_what_is_missing(asked)
    context: dict[str, Any] = {
        "form": asked.form, "answer": asked.answer, "at": asked.at, "point": asked.point, "component": asked.component,
        "choices": _choices(asked, query) if asked.point is None else [], "map": drawn(asked), "may_manage": user.may("matrix.manage"),
        "shown": f"{_point_words(asked.point)}|{asked.given.get('address', '')}" if asked.point else "",
        "on_duty": on_duty_at(*asked.point, asked.at)[:MOST_ON_DUTY] if asked.answer and asked.answer.home and asked.point else [],
        "longitude": f"{asked.point[0]:.7f}" if asked.point else "", "latitude": f"{asked.point[1]:.7f}" if asked.point else "",
        "place": asked.place, "share": _link(query, asked) if asked.answer else "",
        "place_words": nearest_address(*asked.point) if asked.point else "",
    }  # fmt: skip
    if asked.answer and asked.answer.home and asked.point and not context["on_duty"]:
        context["nobody"] = [(gap, words.reason(gap)) for gap in nobody_on_duty_at(*asked.point, asked.at)[:MOST_ON_DUTY]]
    if asked.point and asked.problem_type is None:
        context["everything"] = [
            (unit, [(one, _link(query, asked, type=one.full_code)) for one in types])
            for unit, types in everything_at(*asked.point, asked.at)
        ]
    return context


def drawn(asked: Asked) -> SafeString:
    """The city, or what lies around the point asked about."""
    width, height = MAP_SIZE
    if asked.point is None:
        return svg_map(width=width, height=height, title=_("点一下图，选一个地点"))
    lon, lat = asked.point
    box = (lon - CLOSE_UP, lat - CLOSE_UP, lon + CLOSE_UP, lat + CLOSE_UP)
    # With the place picker's script its own pin takes this one's place.
    pins = [Pin(lon, lat, "here", _("问的地点"), "")]
    return svg_map(bbox=box, pins=pins, width=width, height=height, title=_("问的地点"))


def _point_words(point: tuple[float, float]) -> str:
    return f"{point[0]:.7f},{point[1]:.7f}"


def _types() -> list[ProblemType]:
    scheme = Scheme.objects.filter(is_current=True).first()
    return list(types_in(scheme)) if scheme else []


def _say_what_is_missing(asked: Asked) -> None:
    given = asked.given
    if not asked.understood:
        return
    if given.get("component") and asked.component is None:
        asked.form.add_error(
            "component", _("没有标识码是 %(code)s 的部件。请核对 16 位数字。") % {"code": given["component"]}
        )
    elif asked.point is None and given.get("address") and not asked.candidates:
        asked.form.add_error(
            "address", _("没找到叫“%(words)s”的地方。请换个说法，或在图上点一下。") % {"words": given["address"][:40]}
        )
    elif asked.point is None and not asked.candidates:
        asked.form.add_error("address", _("还没有说在哪里。请写地址、在图上点一下，或填部件标识码。"))


def _choices(asked: Asked, query: QueryDict) -> list[tuple[Meant, str]]:
    return [
        (
            one,
            _link(
                query, asked, longitude=f"{one.longitude:.7f}", latitude=f"{one.latitude:.7f}", address=one.text,
                place=one.place.number if one.place else "",
            ),
        )
        for one in asked.candidates
    ]


def _link(query: QueryDict, asked: Asked, **more: str) -> str:
    """The same question with one thing said more exactly."""
    kept = {name: value for name, value in query.dict().items() if value and name in WhoForm.base_fields}
    if asked.point and "component" not in kept:
        kept |= {"longitude": f"{asked.point[0]:.7f}", "latitude": f"{asked.point[1]:.7f}"}
    if asked.place:
        kept["place"] = asked.place.number
    if asked.given.get("at") or asked.answer:
        # A link that is passed on tells of this moment, not of the one at which it is opened.
        kept["at"] = timezone.localtime(asked.at).strftime(MOMENT)
    kept.pop("shown", None)
    return f"?{urlencode({name: value for name, value in (kept | more).items() if value})}"
