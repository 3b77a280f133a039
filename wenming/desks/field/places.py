"""The small map of 拍问题, drawn here: no map service is asked, and no position is kept."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from wenming.organisations.models import Account
from wenming.standards.selectors import kind_names
from wenming.territory.components.selectors import nearest_components, register_begun
from wenming.territory.maps import Pin, svg_map
from wenming.territory.models import Component
from wenming.territory.selectors import home_of, nearest_address, towns

WIDTH, HEIGHT = 340, 150
# What somebody can point at; a phone among tall houses may be wrong by more.
AT_HAND_M, FAR_M = 20.0, 60.0
MOST_TAPPABLE = 4
CLOSE, TOWN = 16, 13


def drawn_around(longitude: str, latitude: str) -> SafeString | None:
    """The map around a position as a whole SVG document that names the nearest address; None outside the city."""
    try:
        here = float(longitude), float(latitude)
    except ValueError:
        return None
    if not all(map(isfinite, here)) or home_of(*here) is None:
        return None
    drawn = svg_map(center=here, zoom=CLOSE, width=WIDTH, height=HEIGHT, pins=[Pin(*here)], title=_("位置"))
    return format_html('<svg data-address="{}" {}', nearest_address(*here), SafeString(drawn[len("<svg ") :]))


@dataclass(frozen=True)
class Tappable:
    """One component to be tapped. owner: whose it is, "" where nobody is entered."""

    component: Component
    kind: str
    owner: str
    metres: int

    def told(self) -> dict[str, str | int]:
        return {
            "code": self.component.code, "kind": self.kind, "name": self.component.name, "owner": self.owner, "metres": self.metres
        }  # fmt: skip


def components_at(longitude: str, latitude: str, accuracy_m: str) -> list[Tappable]:
    """The components in use where somebody stands, the nearest first; as far around as the phone may be wrong."""
    try:
        here, error = (float(longitude), float(latitude)), float(accuracy_m or 0)
    except ValueError:
        return []
    if not (all(map(isfinite, (*here, error))) and abs(here[0]) <= 180 and abs(here[1]) <= 90) or not register_begun():
        return []
    near = nearest_components(*here, within_m=min(max(error, AT_HAND_M), FAR_M), at_most=MOST_TAPPABLE)
    names = kind_names({one.component.kind_code for one in near})
    return [
        Tappable(
            one.component, names.get(one.component.kind_code, ""), one.component.owner.short_name if one.component.owner else "",
            one.metres,
        )
        for one in near
    ]  # fmt: skip


def drawn_for(by: Account) -> SafeString:
    """Where this person usually is: the own town, else the whole city."""
    town = towns().filter(code=by.unit.area_code[:9]).first() if by.unit.area_code else None
    if town is None or town.label_lon is None or town.label_lat is None:
        return svg_map(width=WIDTH, height=HEIGHT, title=_("全市地图"))
    return svg_map(center=(town.label_lon, town.label_lat), zoom=TOWN, width=WIDTH, height=HEIGHT, title=town.short_name)
