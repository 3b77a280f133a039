"""What the import pages show and take: the choice of columns, the rows with their reasons, the annotated file.

The page of a batch and the annotated file are the same whatever the rows are about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from wenming.desks.common.sheet_stream import workbook
from wenming.observations.batches import verdicts
from wenming.observations.models import ImportBatch, ImportMapping, ImportRow
from wenming.observations.models.imports import RowState
from wenming.observations.rules.mapping import FIELDS, NEEDED, SEVERAL
from wenming.responsibilities.rules.clock import LimitUnit
from wenming.standards.models import ProblemType

from .exports import XLSX, defused

ROWS_PER_PAGE = 50
# What can be done with a batch, by the nouns of its addresses.
NOUNS = ("columns", "confirmation", "withdrawal", "file")
# Lists whose rows may ask something have one more.
DECIDED = ("decisions",)

LIMIT_UNITS = [
    (LimitUnit.WHOLE_DAYS, _("个工作日（受理当天不算）")),
    (LimitUnit.WORK_DAYS, _("个工作日（按工作时计）")),
    (LimitUnit.WORK_HOURS, _("个工作时")),
    (LimitUnit.HOURS, _("小时")),
    (LimitUnit.DAYS, _("天")),
]
STATES = {
    RowState.READY: "go", RowState.WARNED: "soon", RowState.REFUSED: "late", RowState.DONE: "done",
    RowState.KNOWN: "hold", RowState.UNDONE: "hold",
}  # fmt: skip


class UploadForm(forms.Form):
    """The first step: one file."""

    file = forms.FileField(
        label=_("表格文件"), widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv,.gz"}),
        error_messages={"required": _("还没有选文件。请选一个 .xlsx 或 .csv 文件。"), "empty": _("文件是空的。请检查导出时有没有选中数据。")},
    )  # fmt: skip


class ColumnsForm(forms.Form):
    """The second step: which column means what, and what is to happen with the matters."""

    name = forms.CharField(label=_("方案名称"), max_length=60, help_text=_("下次同样的表会自动用这个方案"))
    source = forms.CharField(label=_("来源系统"), max_length=32, help_text=_("同一来源的编号只导入一次"))
    dispatch = forms.BooleanField(label=_("按权责直接派给责任单位"), required=False)
    problem_type = forms.ChoiceField(label=_("没有小类时按"), required=False)
    limit_amount = forms.IntegerField(label=_("办理时限"), required=False, min_value=1, max_value=999)
    limit_unit = forms.ChoiceField(label=_("时限单位"), required=False, choices=LIMIT_UNITS)

    def __init__(self, *args: Any, batch: ImportBatch, **kwargs: Any) -> None:
        mapping = batch.mapping
        kwargs.setdefault("initial", _as_choices(mapping))
        super().__init__(*args, **kwargs)
        self.mapping = mapping
        columns = [(column, column) for column in batch.header]
        for field, label in FIELDS.items():
            self.fields[f"column_{field}"] = _column_field(field, label, columns)
        types = ProblemType.objects.filter(scheme__is_current=True).select_related("scheme")
        choices = [("", _("不定小类，留给派遣员")), *((kind.full_code, str(kind)) for kind in types)]
        self.fields["problem_type"] = forms.ChoiceField(
            label=self.fields["problem_type"].label, required=False, choices=choices
        )

    def column_fields(self) -> list[forms.BoundField]:
        """The columns' own fields, for the template."""
        return [self[f"column_{field}"] for field in FIELDS]

    def columns(self) -> dict[str, dict[str, Any]]:
        """The mapping's columns; what a saved mapping says beyond the column (values, hours) is kept."""
        chosen = {field: self.cleaned_data[f"column_{field}"] for field in FIELDS}
        return {
            field: {**self.mapping.columns.get(field, {}), **_named(field, value)}
            for field, value in chosen.items()
            if value
        }

    def options(self) -> dict[str, Any]:
        """What is to happen with the matters."""
        given = self.cleaned_data
        options: dict[str, Any] = {"dispatch": given["dispatch"], "problem_type": given["problem_type"]}
        if given["limit_amount"]:
            options["limit"] = {"amount": given["limit_amount"], "unit": given["limit_unit"]}
        return {**self.mapping.options, **options}


def batch_shown(
    request: HttpRequest, batch: ImportBatch, *, route: str, related: str, states: dict[RowState, str],
    shown: Callable[[list[ImportRow]], list[dict[str, Any]]], more_nouns: Sequence[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """What the page of any batch tells: how far it is, its rows by verdict, one page of them, the addresses of its acts.

    route: the beginning of their url names; related: what a row became; shown: the rows of one page as it shows them.
    """
    counts, wanted = verdicts(batch), request.GET.get("state", "")
    rows = batch.rows.select_related(related)
    pages = Paginator(rows.filter(state=wanted) if wanted in counts else rows, ROWS_PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    return {
        "batch": batch, "ready": counts[RowState.READY] + counts[RowState.WARNED], "asking": counts[RowState.DECIDE],
        "counts": [(state, RowState(state).label, states[RowState(state)], n) for state, n in counts.items() if n],
        "wanted": wanted, "total": sum(counts.values()), "page": page, "rows": shown(list(page)),
        "step": {"previewed": 2, "running": 3}.get(batch.state, 4),
        "address": {noun: reverse(f"office:{route}_{noun}", args=[batch.pk]) for noun in (*NOUNS, *more_nouns)},
    }  # fmt: skip


def annotated_file(batch: ImportBatch, name: str) -> HttpResponseBase:
    """`name-7.xlsx`: the file again, with a verdict and its reasons on each row; sent while it is written."""
    headers = {"Content-Disposition": f'attachment; filename="{name}-{batch.pk}.xlsx"'}
    return StreamingHttpResponse(workbook(annotated_rows(batch), str(_("导入结果"))), content_type=XLSX, headers=headers)


def annotated_rows(batch: ImportBatch) -> Iterator[list[Any]]:
    """Each row of the file with its verdict and reasons in front (cells defused), below its head."""
    yield [str(_("导入结果")), str(_("原因")), *map(defused, batch.header)]
    states = {state.value: str(state.label) for state in RowState}
    rows = batch.rows.order_by("position").values_list("state", "reasons", "cells")
    for state, reasons, cells in rows.iterator(chunk_size=1000):
        yield [defused(cell) for cell in (states[state], "；".join(reasons), *(cells.get(column) for column in batch.header))]


def shown(rows: list[ImportRow]) -> list[dict[str, Any]]:
    """The rows of one page."""
    return [_shown(row) for row in rows]


def _shown(row: ImportRow) -> dict[str, Any]:
    """One row as the page shows it."""
    values = row.understood
    return {
        "row": row, "state": STATES[RowState(row.state)], "number": values.get("source_number", ""),
        "text": str(values.get("text") or "")[:80], "received_at": str(values.get("received_at") or "")[:10],
    }  # fmt: skip


def _column_field(field: str, label: str, columns: list[tuple[str, str]]) -> forms.Field:
    if field in SEVERAL:
        return forms.MultipleChoiceField(
            label=label, required=field in NEEDED, choices=columns, widget=forms.CheckboxSelectMultiple
        )
    return forms.ChoiceField(label=label, required=field in NEEDED, choices=[("", _("没有这一列")), *columns])


def _as_choices(mapping: ImportMapping) -> dict[str, Any]:
    limit = mapping.options.get("limit", {})
    initial: dict[str, Any] = {
        "name": mapping.name, "source": mapping.source, "dispatch": mapping.options.get("dispatch", False),
        "problem_type": mapping.options.get("problem_type", ""), "limit_amount": limit.get("amount"),
        "limit_unit": limit.get("unit", LimitUnit.WHOLE_DAYS),
    }  # fmt: skip
    for field, rule in mapping.columns.items():
        named = rule.get("columns") or [rule.get("column", "")]
        initial[f"column_{field}"] = named if field in SEVERAL else named[0]
    return initial


def _named(field: str, value: Any) -> dict[str, Any]:
    return {"columns": list(value)} if field in SEVERAL else {"column": value}
