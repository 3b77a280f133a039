"""What the pages of imports of shops show and take: the file with its datum and depth, the columns, the rows that ask, the pairs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.desks.common.forms import DATUMS
from wenming.observations.models import ImportRow
from wenming.observations.models.imports import RowState
from wenming.observations.rules.premises_rows import FIELDS, NEEDED
from wenming.territory.frontages.services import DEEPEST_M
from wenming.territory.models import PremisesKind, Side

from .component_imports_page import STATES, ComponentColumnsForm
from .place_imports_page import PlaceDecisionForm

ShopDecisionForm = PlaceDecisionForm


class ShopUploadForm(forms.Form):
    """One file, what its coordinates are in, and what holds of rows that do not say how deep their ground is."""

    file = forms.FileField(
        label=gettext_lazy("门店文件"), widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv,.gz,.geojson,.json,.gpkg,.zip"}),
        error_messages={"required": gettext_lazy("还没有选文件。"), "empty": gettext_lazy("文件是空的。请检查导出时有没有选中数据。")},
    )  # fmt: skip
    datum = forms.ChoiceField(label=gettext_lazy("坐标系"), choices=[("", gettext_lazy("请选坐标系")), *DATUMS])
    depth_m = forms.FloatField(label=gettext_lazy("没写纵深的按（米）"), min_value=0.1, max_value=DEEPEST_M, initial=3)
    boundary = forms.CharField(label=gettext_lazy("没写边界的按"), max_length=120, initial="墙基到人行道路缘石")


class ShopColumnsForm(ComponentColumnsForm):
    """Which column means what."""

    fields_of_list, needed = FIELDS, NEEDED


def shown(rows: list[ImportRow]) -> list[dict[str, Any]]:
    """The rows of one page."""
    return [_shown(row) for row in rows]


def _shown(row: ImportRow) -> dict[str, Any]:
    """One row as the page shows it, with the shop that it may be beside it."""
    values = row.understood
    facts = values.get("facts") or {}
    kind = facts.get("kind", "")
    told = PremisesKind(kind).label if kind in PremisesKind.values else ""
    return {
        "row": row, "state": STATES[RowState(row.state)], "name": values.get("name", ""), "asks": row.state == RowState.DECIDE,
        "facts": [str(one) for one in (told, facts.get("door"), facts.get("contact_post")) if one],
        "beside": values.get("beside", ()), "edge": _edge_words(values.get("edge")),
    }  # fmt: skip


def _edge_words(edge: dict[str, Any] | None) -> str:
    if not edge:
        return ""
    words = {
        "street": edge["street"],
        "side": Side(edge["side"]).label,
        "since": edge["from_cm"] / 100,
        "to": edge["to_cm"] / 100,
    }
    return _("%(street)s %(side)s %(since).1f–%(to).1f 米") % words
