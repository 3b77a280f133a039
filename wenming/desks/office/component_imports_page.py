"""What the pages of component imports show and take: the file with its datum, the columns, the rows that ask."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from wenming.desks.common.forms import DATUMS
from wenming.observations.models import ImportBatch, ImportRow
from wenming.observations.models.imports import RowState
from wenming.observations.rules.component_rows import FIELDS, NEEDED
from wenming.standards.models import Scheme
from wenming.standards.selectors import published_schemes
from wenming.territory.rules.coordinates import Datum

from .imports import STATES as STATES_OF_REPORTS

STATES = {**STATES_OF_REPORTS, RowState.DECIDE: "soon", RowState.SKIPPED: "hold", RowState.KEPT: "hold"}
ANSWERS = [("accept", _("接受")), ("skip", _("不导入"))]


class ComponentUploadForm(forms.Form):
    """One file, and what its coordinates are in: nobody but the person who brings it can know."""

    file = forms.FileField(
        label=_("部件文件"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv,.gz,.geojson,.json,.gpkg,.zip"}),
        error_messages={"required": _("还没有选文件。"), "empty": _("文件是空的。请检查导出时有没有选中数据。")},
    )
    datum = forms.ChoiceField(label=_("坐标系"), choices=[("", _("请选坐标系")), *DATUMS])
    scheme = forms.ModelChoiceField(label=_("标识码用的分类"), queryset=Scheme.objects.none(), empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["scheme"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = published_schemes()
        field.initial = Scheme.objects.filter(is_current=True).values_list("pk", flat=True).first()


class ComponentColumnsForm(forms.Form):
    """Which column means what. fields_of_list, needed: what the list's rows may and must tell."""

    fields_of_list: dict[str, str] = FIELDS
    needed: tuple[str, ...] = NEEDED

    def __init__(self, *args: Any, batch: ImportBatch, **kwargs: Any) -> None:
        initial = {field: rule.get("column", "") for field, rule in batch.mapping.columns.items()}
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        columns = [("", _("没有这一列")), *((column, column) for column in batch.header)]
        for field, label in self.fields_of_list.items():
            self.fields[field] = forms.ChoiceField(label=label, required=field in self.needed, choices=columns)

    def columns(self) -> dict[str, dict[str, str]]:
        return {field: {"column": self.cleaned_data[field]} for field in self.fields_of_list if self.cleaned_data[field]}


class DecisionForm(forms.Form):
    """Accept or leave out: the rows ticked, or all that ask."""

    answer = forms.ChoiceField(choices=ANSWERS)
    every = forms.BooleanField(required=False)
    rows = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, *args: Any, batch: ImportBatch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asking = batch.rows.filter(state=RowState.DECIDE).values_list("position", flat=True)
        self.fields["rows"].choices = [(position, position) for position in asking]  # type: ignore[attr-defined]

    @property
    def positions(self) -> list[int] | None:
        """None means all."""
        return None if self.cleaned_data["every"] else self.cleaned_data["rows"]


def shown(rows: list[ImportRow]) -> list[dict[str, Any]]:
    """The rows of one page."""
    return [_shown(row) for row in rows]


def _shown(row: ImportRow) -> dict[str, Any]:
    """One row as the page shows it."""
    values = row.understood
    return {
        "row": row, "state": STATES[RowState(row.state)], "code": values.get("code") or "",
        "name": " ".join(filter(None, [values.get("name"), values.get("address")])), "asks": row.state == RowState.DECIDE,
    }  # fmt: skip


def datum_label(batch: ImportBatch) -> str:
    return Datum(batch.options["datum"]).label
