"""地图: which layers there are, what each is called and may be seen by whom, and the same things as a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.organisations.models import Account
from wenming.territory.grids.overlays import newest_layers
from wenming.territory.maps import svg_map
from wenming.territory.models import Area, Grid, GridKind, Level
from wenming.territory.selectors import communities_of, towns

SEEN_BY, COMPONENTS_SEEN_BY, CASES_SEEN_BY = "who.ask", "components.see", "cases.oversee"
LISTED = 200
SIZE = (980, 620)


@dataclass(frozen=True)
class MapLayer:
    """One layer of the page. kind: how it is drawn (`area`, `line`, `point`); shown: at the first opening."""

    name: str
    title: str | Promise
    kind: str
    permission: str = SEEN_BY
    shown: bool = False


LAYERS = (
    MapLayer("water", gettext_lazy("水域"), "area", shown=True),
    MapLayer("roads", gettext_lazy("道路"), "line", shown=True),
    MapLayer("towns", gettext_lazy("镇街"), "area", shown=True),
    MapLayer("communities", gettext_lazy("村居"), "area"),
    MapLayer("block", gettext_lazy("块状网格"), "area", shown=True),
    MapLayer("strip", gettext_lazy("条形网格"), "area", shown=True),
    MapLayer("unit", gettext_lazy("单位型网格"), "area", shown=True),
    MapLayer("components", gettext_lazy("部件"), "point", COMPONENTS_SEEN_BY),
    MapLayer("cases", gettext_lazy("在办案件"), "point", CASES_SEEN_BY),
)  # fmt: skip


class ListForm(forms.Form):
    """Which part of the city the list shows."""

    town = forms.ChoiceField(label=gettext_lazy("镇街"), required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("类型"), required=False, choices=[("", gettext_lazy("三类都列")), *GridKind.choices]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="map_%s", **kwargs)  # type: ignore[misc]
        named = list(towns().values_list("code", "short_name"))
        self.fields["town"].choices = [("", _("请选镇街")), *named]  # type: ignore[attr-defined]


def page_of(query: Any, user: Account) -> dict[str, Any]:
    """The layers this person may see, and the grids of a town as a list: whatever the map tells by sight."""
    form = ListForm(query if query else None)
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    town = towns().filter(code=given.get("town") or "").first()
    grids, more = _listed(town, given.get("kind", "")) if town else ([], False)
    city = Area.objects.filter(level=Level.CITY, valid_to=None, wkb__isnull=False).defer("wkb").first()
    around = town or city
    box: Any = (around.min_lon, around.min_lat, around.max_lon, around.max_lat) if around else None
    return {
        "form": form, "town": town, "grids": grids, "more": more, "listed": LISTED, "layers": layers_for(user),
        "communities": list(communities_of(town).defer("wkb")) if town else [],
        "map": svg_map(bbox=box, width=SIZE[0], height=SIZE[1], title=_("全市地图")),
        "bounds": ",".join(f"{edge:.5f}" for edge in box) if box else "",
        "base_map": settings.BASE_MAP_URL, "base_credit": settings.BASE_MAP_CREDIT,
    }  # fmt: skip


def layers_for(user: Account) -> list[tuple[MapLayer, str]]:
    """(layer, its tiles' address) of those that this person may see."""
    return [(layer, tiles_url(layer)) for layer in LAYERS if user.may(layer.permission)]


def tiles_url(layer: MapLayer) -> str:
    """The address with {z}/{x}/{y} where the map puts its numbers."""
    return reverse(f"office:tiles_{layer.name}", args=[0, 0, 0]).replace("0/0/0", "{z}/{x}/{y}")


def _listed(town: Area, kind: str) -> tuple[Sequence[Grid], bool]:
    layers = newest_layers((kind,) if kind in GridKind.values else ("block", "strip", "unit"))
    found = (
        Grid.objects.filter(layer__in=layers, code__startswith=town.code)
        .select_related("layer", "community")
        .defer("wkb", "community__wkb")
    )
    rows = list(found.order_by("code")[: LISTED + 1])
    return rows[:LISTED], len(rows) > LISTED
