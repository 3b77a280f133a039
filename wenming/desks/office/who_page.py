"""谁负责: what is asked (a point, a moment, a matter) and how the answer is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.responsibilities.answering import Answered, everything_at, on_duty_at, who_answers_at
from wenming.standards.models import ProblemType, Scheme
from wenming.standards.selectors import type_by_full_code, types_in
from wenming.territory.components.selectors import components_visible_to
from wenming.territory.maps import Pin, svg_map
from wenming.territory.models import Component
from wenming.territory.selectors import Candidate, address_candidates, nearest_address

MAP_SIZE = (620, 420)
CLOSE_UP = 0.006
MOST_ON_DUTY = 6
MOMENT = "%Y-%m-%dT%H:%M"


class WhoForm(forms.Form):
    """Where, when, what. Where: a point on the map, else an address, else a component's code."""

    longitude = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    latitude = forms.FloatField(required=False, min_value=-90, max_value=90, widget=forms.HiddenInput)
    accuracy_m = forms.FloatField(required=False, widget=forms.HiddenInput)
    address = forms.CharField(required=False, max_length=200)
    # The point and the address of the answer shown: an address written over it since says more than its old point.
    shown = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)
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

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if (given.get("longitude") is None) != (given.get("latitude") is None) and not self.errors:
            self.add_error("address", _("经度和纬度要一起给。请在图上重新点一下。"))
        return given


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
    def candidates(self) -> list[Candidate]:
        """What a typed address may mean, while nobody has pointed at the map."""
        address = self.given.get("address", "").strip()
        return address_candidates(address) if address and not self.pointed_at and not self.component else []

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
        return who_answers_at(*self.point, self.at, self.problem_type)


def page_of(query: QueryDict, user: Any, now: datetime) -> dict[str, Any]:
    """The whole page of one question."""
    asked = Asked(WhoForm(query if query else None, types=_types()), user, now)
    _say_what_is_missing(asked)
    context: dict[str, Any] = {
        "form": asked.form, "answer": asked.answer, "at": asked.at, "point": asked.point, "component": asked.component,
        "choices": _choices(asked, query) if asked.point is None else [], "map": drawn(asked), "may_manage": user.may("matrix.manage"),
        "shown": f"{_point_words(asked.point)}|{asked.given.get('address', '')}" if asked.point else "",
        "on_duty": on_duty_at(*asked.point, asked.at)[:MOST_ON_DUTY] if asked.answer and asked.answer.home and asked.point else [],
        "place_words": nearest_address(*asked.point) if asked.point else "",
    }  # fmt: skip
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


def _choices(asked: Asked, query: QueryDict) -> list[tuple[Candidate, str]]:
    return [
        (one, _link(query, asked, longitude=f"{one.longitude:.7f}", latitude=f"{one.latitude:.7f}", address=one.text))
        for one in asked.candidates
    ]


def _link(query: QueryDict, asked: Asked, **more: str) -> str:
    """The same question with one thing said more exactly."""
    kept = {name: value for name, value in query.dict().items() if value and name in WhoForm.base_fields}
    if asked.point and "component" not in kept:
        kept |= {"longitude": f"{asked.point[0]:.7f}", "latitude": f"{asked.point[1]:.7f}"}
    if asked.given.get("at"):
        kept["at"] = timezone.localtime(asked.at).strftime(MOMENT)
    return f"?{urlencode(kept | more)}"
