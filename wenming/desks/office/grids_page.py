"""The pages of the grids: which are listed, what is in one, who serves it, what the audit found, and the forms."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from django import forms
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from shapely.geometry.base import BaseGeometry

from wenming.organisations.models import Post
from wenming.territory.grids.overlays import newest_layers
from wenming.territory.grids.people import GridPeople, PeopleOverTime, Vacancy, vacancies
from wenming.territory.maps import Outline, svg_map
from wenming.territory.models import Grid, GridKind, GridRole
from wenming.territory.rules.coverage import Fault, Finding
from wenming.territory.selectors import towns

LISTED = 50
MAP_SIZE, CLOSE_MAP_SIZE = (620, 760), (620, 420)
ROOM = 0.003
# What reading a shape that somebody made up may end with.
UNREADABLE = (
    ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError, RecursionError, shapely.errors.ShapelyError
)  # fmt: skip

FAULTS = {
    Fault.INVALID: gettext_lazy("图形不能用"), Fault.BAD_CODE: gettext_lazy("编码不合规则"), Fault.CODE_CLASH: gettext_lazy("编码重复"),
    Fault.OVERLAP: gettext_lazy("重叠"), Fault.GAP: gettext_lazy("漏空"), Fault.HOLE: gettext_lazy("网格里的空洞"),
    Fault.UNOWNED: gettext_lazy("市界边上无人负责"), Fault.SLIVER: gettext_lazy("细缝"), Fault.OUTSIDE: gettext_lazy("超出市界"),
    Fault.STRAY: gettext_lazy("超出社区"), Fault.UNMATCHED: gettext_lazy("边线没有逐点重合"),
}  # fmt: skip


def fault_words(one: Finding) -> str:
    """“细缝（漏空）”; of a shape that cannot be used, why."""
    words = str(FAULTS[one.fault])
    if one.fault is Fault.SLIVER:
        kind = _("重叠") if one.of == "overlap" else _("漏空")
        return f"{words}（{kind}）"
    return f"{words}：{one.of}" if one.fault is Fault.INVALID else words


@dataclass(frozen=True)
class FaultLine:
    """One finding as a page shows it."""

    finding: Finding
    words: str
    why: str = ""
    by: str = ""

    @property
    def area(self) -> float:
        return round(self.finding.area_m2, 1)


class GridFilter(forms.Form):
    """Which grids; kept in the address."""

    q = forms.CharField(label=gettext_lazy("编码、名称"), required=False, max_length=60)
    kind = forms.ChoiceField(label=gettext_lazy("类型"), required=False, choices=[("", gettext_lazy("三类都看")), *GridKind.choices])
    town = forms.ChoiceField(label=gettext_lazy("镇街"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="grids_%s", **kwargs)  # type: ignore[misc]
        listed = [("", _("不限")), *towns().values_list("code", "short_name")]
        self.fields["town"].choices = listed  # type: ignore[attr-defined]

    def narrow(self, found: QuerySet[Grid]) -> QuerySet[Grid]:
        self.is_valid()
        asked = {name: self.cleaned_data.get(name, "") for name in self.fields}
        found = found.filter(layer__kind=asked["kind"]) if asked["kind"] else found
        found = found.filter(code__startswith=asked["town"]) if asked["town"] else found
        if words := asked["q"].strip():
            found = found.filter(code__startswith=words) if words.isdigit() else found.filter(name__contains=words)
        return found.order_by("code")

    @property
    def applied(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if value}


@dataclass(frozen=True)
class GridLine:
    """One grid as a list shows it."""

    grid: Grid
    people: GridPeople

    @property
    def look(self) -> str:
        return "soon" if self.people.lacks_chief else "done"

    @property
    def words(self) -> str:
        return _("缺网格长") if self.people.lacks_chief else _("有网格长")

    @property
    def chief(self) -> str:
        chief = self.people.chief
        return chief.person.name if chief and chief.person else _("空缺")


def lines_of(found: Sequence[Grid], people: Mapping[str, PeopleOverTime], on: date) -> list[GridLine]:
    return [GridLine(one, people[one.code].on(on)) for one in found]


def listed_map(found: Sequence[Grid], current: Grid | None, query: str, size: tuple[int, int] = MAP_SIZE) -> SafeString:
    """The grids of this page of the list; the selected one filled."""
    shown = [one for one in found if current is None or one.pk != current.pk]
    outlines = [
        Outline(shape, "plain", one.name, f"?{query}grid={one.code}") for one in shown if (shape := one.geometry) is not None
    ]
    if current is not None and (shape := current.geometry) is not None:
        outlines.append(Outline(shape, "chosen", current.name))
    width, height = size
    return svg_map(bbox=_box(outlines[-1:] if current else outlines), outlines=outlines, width=width, height=height, title=_("网格的位置"))


def _box(outlines: Sequence[Outline]) -> tuple[float, float, float, float] | None:
    if not outlines:
        return None
    west, south, east, north = shapely.total_bounds([one.geometry for one in outlines]).tolist()
    return west - ROOM, south - ROOM, east + ROOM, north + ROOM


# --- one grid --------------------------------------------------------------------------------------------------------


def close_map(grid: Grid) -> SafeString:
    return listed_map([], grid, "", CLOSE_MAP_SIZE)


@dataclass(frozen=True)
class VacancyLine:
    """A vacancy in words."""

    vacancy: Vacancy

    @property
    def role(self) -> str:
        return str(GridRole(self.vacancy.role).label)

    @property
    def what(self) -> str:
        return _("设了岗，没有人任职") if self.vacancy.post else _("没有设网格长")

    @property
    def is_grid(self) -> bool:
        return len(self.vacancy.covers) == 15


def vacancy_lines(on: date, within: str) -> list[VacancyLine]:
    return [VacancyLine(one) for one in vacancies(on, within)]


class TownForm(forms.Form):
    """Of which town."""

    town = forms.ChoiceField(label=gettext_lazy("镇街"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="vacancies_%s", **kwargs)  # type: ignore[misc]
        self.fields["town"].choices = [("", _("全市")), *towns().values_list("code", "short_name")]  # type: ignore[attr-defined]

    @property
    def applied(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if value} if self.is_valid() else {}


class GridPostForm(forms.Form):
    """定岗: which post serves, as what, from when, for how much."""

    role = forms.ChoiceField(label=gettext_lazy("职务"), choices=GridRole.choices)
    unit = forms.CharField(label=gettext_lazy("单位代码"), max_length=24)
    title = forms.CharField(label=gettext_lazy("岗位名称"), max_length=40)
    width = forms.ChoiceField(
        label=gettext_lazy("管哪里"),
        choices=[("15", gettext_lazy("只管这个网格")), ("12", gettext_lazy("整个社区")), ("9", gettext_lazy("整个镇街"))],
    )
    on = forms.DateField(label=gettext_lazy("从哪天起"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), initial=localdate)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if "unit" in given and "title" in given:
            post = Post.objects.filter(unit__code=given["unit"].strip(), title=given["title"].strip()).first()
            if post is None:
                self.add_error("title", _("这个单位没有叫这个名字的岗位。请先在“机构人员”里增加岗位，或者核对名称。"))
            given["post"] = post
        return given


class EndForm(forms.Form):
    on = forms.DateField(label=gettext_lazy("从哪天起不再管"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), initial=localdate)


# --- drafts ----------------------------------------------------------------------------------------------------------


def shape_from(text: str) -> BaseGeometry:
    """A shape as people have it: WKT, GeoJSON, or corners “113.38 22.52, 113.39 22.52, …”. Raises ValidationError."""
    try:
        return drawn(_shape_of(text.strip()))
    except UNREADABLE as error:
        raise forms.ValidationError(
            _("读不懂这个图形。请写成“113.38 22.52, 113.39 22.52”这样的点，或者粘贴 WKT、GeoJSON。")
        ) from error


def _shape_of(text: str) -> BaseGeometry:
    if text.startswith("{"):
        told = json.loads(text)
        return shapely.geometry.shape(told.get("geometry") or told)
    if text[:1].isalpha():
        return shapely.from_wkt(text)
    points = [[float(number) for number in pair.replace("，", " ").split()] for pair in text.replace("\n", ",").split(",") if pair.strip()]
    if any(len(pair) != 2 for pair in points) or len(points) < 2:
        raise ValueError
    return shapely.LineString(points) if len(points) == 2 or points[0] != points[-1] else shapely.Polygon(points)


def drawn(shape: BaseGeometry) -> BaseGeometry:
    """The shape without heights. Raises ValueError for one with nothing in it, or with a corner that is nowhere."""
    if shape.is_empty or not np.isfinite(shapely.get_coordinates(shape)).all():
        raise ValueError("the shape is empty, or has a corner without a place")
    return shapely.force_2d(shape)


def audit_map(cells: Mapping[str, Any], findings: Sequence[Finding], moved: Sequence[str]) -> SafeString:
    """What the draft changes, and where the audit found something."""
    outlines = [Outline(cells[code].geometry, "moved", cells[code].name) for code in moved[:300] if code in cells]
    drawn = [one.geometry for one in findings[:200] if one.geometry is not None and not one.geometry.is_empty]
    faults = [Outline(shape, "fault") for shape in drawn]
    width, height = CLOSE_MAP_SIZE
    return svg_map(bbox=_box([*outlines, *faults]), outlines=[*outlines, *faults], width=width, height=height, title=_("草稿改了哪里"))


def difference_map(before: Mapping[str, Any], after: Mapping[str, Any], changed: Sequence[str]) -> SafeString:
    """The grids that differ between two versions: as they were, and over them as they became."""
    was = [Outline(before[code].geometry, "plain", before[code].name) for code in changed[:300] if code in before]
    becomes = [Outline(after[code].geometry, "moved", after[code].name) for code in changed[:300] if code in after]
    width, height = CLOSE_MAP_SIZE
    return svg_map(bbox=_box([*was, *becomes]), outlines=[*was, *becomes], width=width, height=height, title=_("两版的不同"))


def layers_in_force() -> list[Any]:
    return newest_layers(("block", "strip", "unit"))


