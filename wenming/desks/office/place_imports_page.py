"""What the pages of place imports show and take: the file with its datum, the columns, the rows that ask, the pairs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from wenming.desks.common.forms import DATUMS
from wenming.observations.models import ImportRow
from wenming.observations.models.imports import RowState
from wenming.observations.rules.place_rows import FIELDS, NEEDED
from wenming.organisations.models import Unit
from wenming.territory.models import PlaceKind

from .component_imports_page import ANSWERS, STATES, ComponentColumnsForm, DecisionForm

SAME = "same"


class PlaceUploadForm(forms.Form):
    """One file, and what its coordinates are in: nobody but the person who brings it can know."""

    file = forms.FileField(
        label=_("公共场所文件"), widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv,.gz,.geojson,.json,.gpkg,.zip"}),
        error_messages={"required": _("还没有选文件。"), "empty": _("文件是空的。请检查导出时有没有选中数据。")},
    )  # fmt: skip
    datum = forms.ChoiceField(label=_("坐标系"), choices=[("", _("请选坐标系")), *DATUMS])


class PlaceColumnsForm(ComponentColumnsForm):
    """Which column means what."""

    fields_of_list, needed = FIELDS, NEEDED


class PlaceDecisionForm(DecisionForm):
    """Accept, leave out, or the same place: the rows ticked, or all that ask."""

    answer = forms.ChoiceField(choices=[*ANSWERS, (SAME, _("是同一个"))])


def shown(rows: list[ImportRow]) -> list[dict[str, Any]]:
    """The rows of one page; a managing body that the import knows by its code is told by its name."""
    bodies = _names_of_bodies(rows)
    return [_shown(row, bodies) for row in rows]


def _names_of_bodies(rows: list[ImportRow]) -> dict[str, str]:
    told = [one for row in rows for one in (row.understood, *row.understood.get("beside", ()))]
    return dict(Unit.objects.filter(code__in={one.get("manager") or "" for one in told}).values_list("code", "short_name"))


def _shown(row: ImportRow, bodies: dict[str, str]) -> dict[str, Any]:
    """One row, with the place that it may be beside it."""
    values = row.understood
    kind = values.get("kind", "")
    told = PlaceKind(kind).label if kind in PlaceKind.values else ""
    managed_by = values.get("manager_name") or _named(values, bodies)
    return {
        "row": row, "state": STATES[RowState(row.state)], "name": values.get("name", ""),
        "facts": [one for one in (told, values.get("address", ""), managed_by) if one], "asks": row.state == RowState.DECIDE,
        "beside": [_beside(one, bodies) for one in values.get("beside", ())],
    }  # fmt: skip


def _beside(one: dict[str, Any], bodies: dict[str, str]) -> dict[str, Any]:
    return {**one, "kind": PlaceKind(one["kind"]).label, "manager": _named(one, bodies)}


def _named(told: dict[str, Any], bodies: dict[str, str]) -> str:
    return bodies.get(told.get("manager") or "", told.get("manager") or "")

