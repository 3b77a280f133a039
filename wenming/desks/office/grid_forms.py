"""What can be done to a draft of grids: one table of acts, each a form and a service. They work without scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.desks.common.forms import DATUMS
from wenming.organisations.models import Account
from wenming.responsibilities.regridding import KEY, sign_for_opening
from wenming.territory.grids import drafts
from wenming.territory.grids.proposals import take_proposal
from wenming.territory.models import Area, GridDraft, GridKind, Level
from wenming.territory.services import NewCell

from .grids_page import shape_from

BEYOND = 0.001
WAYS = [("ew", gettext_lazy("从东到西切一刀")), ("ns", gettext_lazy("从南到北切一刀")), ("line", gettext_lazy("按下面写的线切"))]


class DraftForm(forms.Form):
    """Any act on a draft: how many steps the person had seen."""

    seen = forms.IntegerField(widget=forms.HiddenInput)


class ShapeField(forms.CharField):
    """A line or an area in words."""

    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return shape_from(text) if text else None


def _code(label: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=15, widget=forms.TextInput({"inputmode": "numeric", "list": "grid-codes"}))


SHAPE_HINT = gettext_lazy("写成“113.38 22.52, 113.39 22.52”这样的点，或者粘贴 WKT、GeoJSON")


class SplitForm(DraftForm):
    code = _code(gettext_lazy("切分哪个网格"))
    way = forms.ChoiceField(label=gettext_lazy("怎么切"), choices=WAYS)
    line = ShapeField(label=gettext_lazy("切分线"), required=False, help_text=SHAPE_HINT)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("way") == "line" and not given.get("line") and "line" not in self.errors:
            self.add_error("line", _("请写出切分线，或者选一个方向。"))
        return given

    def cut(self, cells: Mapping[str, NewCell]) -> Any:
        """The line: as written, else through the middle of the grid."""
        given = self.cleaned_data
        cell = cells.get(given["code"])
        if given["way"] == "line" or cell is None:
            return given["line"] or shapely.LineString([(0, 0), (0, 1)])
        west, south, east, north = cell.geometry.bounds
        middle = cell.geometry.centroid
        if given["way"] == "ew":
            return shapely.LineString([(west - BEYOND, middle.y), (east + BEYOND, middle.y)])
        return shapely.LineString([(middle.x, south - BEYOND), (middle.x, north + BEYOND)])


class MergeForm(DraftForm):
    code = _code(gettext_lazy("保留哪个网格"))
    others = forms.CharField(label=gettext_lazy("把哪些并进来"), max_length=400, help_text=gettext_lazy("编码之间用空格或逗号隔开"))

    def clean_others(self) -> list[str]:
        return self.cleaned_data["others"].replace(",", " ").replace("，", " ").split()


class ReshapeForm(DraftForm):
    code = _code(gettext_lazy("改哪个网格"))
    shape = ShapeField(label=gettext_lazy("改成什么形状"), help_text=SHAPE_HINT)


class PointForm(DraftForm):
    from_lon = forms.FloatField(label=gettext_lazy("界点经度"))
    from_lat = forms.FloatField(label=gettext_lazy("界点纬度"))
    to_lon = forms.FloatField(label=gettext_lazy("移到经度"))
    to_lat = forms.FloatField(label=gettext_lazy("移到纬度"))


class RenameForm(DraftForm):
    code = _code(gettext_lazy("给哪个网格改名"))
    name = forms.CharField(label=gettext_lazy("新名称"), max_length=60)


class CommunityField(forms.ModelChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            Area.objects.filter(level=Level.COMMUNITY, valid_to=None).defer("wkb").order_by("code"), to_field_name="code",
            label=gettext_lazy("社区"), empty_label=gettext_lazy("请选社区"), **kwargs,
        )  # fmt: skip


class AddForm(DraftForm):
    community = CommunityField()
    name = forms.CharField(label=gettext_lazy("名称"), max_length=60)
    shape = ShapeField(label=gettext_lazy("形状"), help_text=SHAPE_HINT)


MEASURES = {
    "people": gettext_lazy("人数"), "dwellings": gettext_lazy("户数"), "shops": gettext_lazy("沿街门店"), "things": gettext_lazy("部件"),
    "places": gettext_lazy("公共场所"), "addresses": gettext_lazy("地名地址"), "happenings": gettext_lazy("往期案件"),
}  # fmt: skip


class ProposeForm(DraftForm):
    community = CommunityField()
    many = forms.IntegerField(label=gettext_lazy("分成几个网格"), min_value=1, max_value=40, initial=4)
    by = forms.MultipleChoiceField(
        label=gettext_lazy("按什么分匀（不选就全算）"), choices=MEASURES.items(), required=False, widget=forms.CheckboxSelectMultiple
    )


class SignForm(DraftForm):
    key = forms.CharField(widget=forms.HiddenInput)
    why = forms.CharField(label=gettext_lazy("为什么可以保留"), max_length=200)


@dataclass(frozen=True)
class DraftAct:
    """One act: its noun in the address, the words, its form, its service, and for which kinds of grid it is offered."""

    noun: str
    words: str | Promise
    form: type[DraftForm]
    do: Callable[[GridDraft, Any, Account, datetime], object]
    kinds: tuple[str, ...] = tuple(GridKind.values)
    shown: bool = True

    def filled(self, seen: int, data: Any = None) -> DraftForm:
        return self.form(data, initial={"seen": seen}, auto_id=f"{self.noun}_%s")


def _stamp(form: Any, by: Account, now: datetime) -> dict[str, Any]:
    return {"seen": form.cleaned_data["seen"], "by": by, "now": now}


def _split(draft: GridDraft, form: SplitForm, by: Account, now: datetime) -> object:
    line = form.cut(drafts.cells_of(draft))
    return drafts.split_grid(draft, form.cleaned_data["code"], line, **_stamp(form, by, now))


def _move(draft: GridDraft, form: PointForm, by: Account, now: datetime) -> object:
    given = form.cleaned_data
    return drafts.move_point(
        draft, (given["from_lon"], given["from_lat"]), (given["to_lon"], given["to_lat"]), **_stamp(form, by, now)
    )


def _sign(draft: GridDraft, form: SignForm, by: Account, now: datetime) -> object:
    given = form.cleaned_data
    sign = sign_for_opening if given["key"].startswith(KEY) else drafts.sign_for
    return sign(draft, given["key"], why=given["why"], by=by, now=now)


BLOCK = (GridKind.BLOCK.value,)
ACTS = (
    DraftAct("splits", gettext_lazy("切分"), SplitForm, _split),
    DraftAct("mergers", gettext_lazy("合并"), MergeForm, lambda draft, form, by, now: drafts.merge_grids(
        draft, form.cleaned_data["code"], form.cleaned_data["others"], **_stamp(form, by, now))),
    DraftAct("shapes", gettext_lazy("改形状"), ReshapeForm, lambda draft, form, by, now: drafts.reshape_grid(
        draft, form.cleaned_data["code"], form.cleaned_data["shape"], **_stamp(form, by, now))),
    DraftAct("points", gettext_lazy("移动界点"), PointForm, _move),
    DraftAct("names", gettext_lazy("改名"), RenameForm, lambda draft, form, by, now: drafts.rename_grid(
        draft, form.cleaned_data["code"], form.cleaned_data["name"], **_stamp(form, by, now))),
    DraftAct("additions", gettext_lazy("画一个新的"), AddForm, lambda draft, form, by, now: drafts.add_grid(
        draft, form.cleaned_data["community"], form.cleaned_data["shape"], name=form.cleaned_data["name"], **_stamp(form, by, now))),
    DraftAct("proposals", gettext_lazy("按分布建议"), ProposeForm, lambda draft, form, by, now: take_proposal(
        draft, form.cleaned_data["community"], form.cleaned_data["many"], by_what=form.cleaned_data["by"],
        **_stamp(form, by, now)), kinds=BLOCK, shown=False),
    DraftAct("withdrawals", gettext_lazy("撤销上一步"), DraftForm, lambda draft, form, by, now: drafts.undo_step(
        draft, **_stamp(form, by, now)), shown=False),
    DraftAct("signatures", gettext_lazy("签认保留"), SignForm, _sign, shown=False),
)  # fmt: skip


class NewDraftForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("类型"), choices=GridKind.choices)
    name = forms.CharField(label=gettext_lazy("草稿名称"), max_length=60, help_text=gettext_lazy("比如“2026 年秋季调整”"))


class GridFileForm(DraftForm):
    file = forms.FileField(
        label=gettext_lazy("网格文件"), widget=forms.FileInput(attrs={"accept": ".geojson,.json,.zip,.gpkg,.dxf,.kml"}),
        error_messages={"required": gettext_lazy("还没有选文件。"), "empty": gettext_lazy("文件是空的。请检查导出时有没有选中数据。")},
    )  # fmt: skip
    datum = forms.ChoiceField(
        label=gettext_lazy("坐标系"), choices=[("declared", gettext_lazy("按文件写明的；没写明就问我")), *DATUMS], initial="declared"
    )


class TakeFileForm(DraftForm):
    """How a file that was looked at comes in: read by which system, mended or as it is."""

    system = forms.CharField(max_length=2000)
    answer = forms.ChoiceField(choices=[("repaired", ""), ("as-it-is", "")])

    @property
    def system_asked(self) -> str:
        return str(self.data.get("system", ""))[:2000]
