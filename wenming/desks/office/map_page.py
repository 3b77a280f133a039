"""地图: which layers there are, what each is called and may be seen by whom, and the same things as a list."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

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
from wenming.territory.tiles import editions

SEEN_BY, COMPONENTS_SEEN_BY, CASES_SEEN_BY, PLACES_SEEN_BY = "who.ask", "components.see", "cases.oversee", "places.see"
# What lies under the points on the map of one register.
GROUND = frozenset({"water", "roads", "towns"})
PREMISES_SEEN_BY = "frontages.see"
LISTED = 200
# The lists that tell by words what the map's points and lines tell by sight.
LISTS = {
    "places": "office:places", "premises": "office:shops", "streets": "office:streets", "components": "office:components", "cases": "office:cases",
}  # fmt: skip
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
    MapLayer("streets", gettext_lazy("门前三包路段"), "line"),
    MapLayer("premises", gettext_lazy("沿街门店"), "point", PREMISES_SEEN_BY),
    MapLayer("components", gettext_lazy("部件"), "point", COMPONENTS_SEEN_BY),
    MapLayer("places", gettext_lazy("公共场所"), "point", PLACES_SEEN_BY),
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
    box = _box(town or _city())
    return {
        "form": form, "town": town, "grids": grids, "more": more, "listed": LISTED, "layers": layers_for(user),
        "may_open_grids": user.may("grids.see"),
        "communities": list(communities_of(town).defer("wkb")) if town else [],
        "map": svg_map(bbox=box, width=SIZE[0], height=SIZE[1], title=_("全市地图")),
        "bounds": bounds_of(box), "lists": lists_for(user, town),
        **base_map(),
    }  # fmt: skip


def register_map(name: str, query: str, user: Account) -> dict[str, Any]:
    """The map of one register as its list is filtered, with streets and towns under it; for the page of that list."""
    layers = [(layer, f"{url}?{query}" if layer.name == name else url) for layer, url in layers_for(user, {*GROUND, name})]
    return {
        "layers": [(layer, url, layer.shown or layer.name == name) for layer, url in layers], "bounds": bounds_of(_box(_city())),
        **base_map(),
    }  # fmt: skip


def base_map() -> dict[str, str]:
    return {"base_map": " ".join(settings.BASE_MAP_URLS), "base_crs": settings.BASE_MAP_CRS, "base_credit": settings.BASE_MAP_CREDIT}


def lists_for(user: Account, town: Area | None) -> list[tuple[str | Promise, str]]:
    """(what, address) of the lists, of the town that is looked at."""
    query = f"?{urlencode({'town': town.code})}" if town else ""
    return [(layer.title, reverse(LISTS[layer.name]) + query) for layer in LAYERS if layer.name in LISTS and user.may(layer.permission)]


def bounds_of(box: Any) -> str:
    return ",".join(f"{edge:.5f}" for edge in box) if box else ""


def _city() -> Area | None:
    return Area.objects.filter(level=Level.CITY, valid_to=None, wkb__isnull=False).defer("wkb").first()


def _box(around: Area | None) -> Any:
    return (around.min_lon, around.min_lat, around.max_lon, around.max_lat) if around else None


def layers_for(user: Account, only: Collection[str] = ()) -> list[tuple[MapLayer, str]]:
    """(layer, its tiles' address) of those that this person may see, or of some of them."""
    held = editions(only)
    return [
        (layer, tiles_url(layer, held.get(layer.name, ""))) for layer in LAYERS if user.may(layer.permission) and (not only or layer.name in only)
    ]


def tiles_url(layer: MapLayer, edition: str) -> str:
    """The address with {z}/{x}/{y} where the map puts its numbers; with the edition of a layer that is drawn, not registered."""
    at = reverse(f"office:tiles_{layer.name}", args=[0, 0, 0]).replace("0/0/0", "{z}/{x}/{y}")
    return f"{at}?edition={edition}" if edition else at


def _listed(town: Area, kind: str) -> tuple[Sequence[Grid], bool]:
    layers = newest_layers((kind,) if kind in GridKind.values else ("block", "strip", "unit"))
    found = (
        Grid.objects.filter(layer__in=layers, code__startswith=town.code)
        .select_related("layer", "community")
        .defer("wkb", "community__wkb")
    )
    rows = list(found.order_by("code")[: LISTED + 1])
    return rows[:LISTED], len(rows) > LISTED
