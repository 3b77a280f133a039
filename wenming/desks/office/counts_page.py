"""人口户数: counts by community or building from a table or by hand; a table that names persons is refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.desks.common.forms import DATUMS
from wenming.observations.tables import Table, read_table
from wenming.refusals import BadInput
from wenming.territory.grids.counts import Counted
from wenming.territory.models import Area, CountEdition, Level
from wenming.territory.rules.coordinates import Datum, to_cgcs2000

from .grid_forms import CommunityField

COLUMNS = {
    "community": ("社区代码", "村居代码", "社区编码", "代码"), "name": ("社区", "村居", "社区名称", "村居名称"),
    "building": ("楼栋", "建筑", "小区", "楼栋名称"),
    "lon": ("经度", "lon", "lng"), "lat": ("纬度", "lat"),
    "people": ("人数", "人口", "常住人口", "people"), "dwellings": ("户数", "住户数", "dwellings"),
}  # fmt: skip
OF_PERSONS = ("姓名", "身份证", "证件", "手机", "电话", "出生", "性别", "住址")
SHOWN_MISTAKES = 20
LISTED = 50


class CountsFileForm(forms.Form):
    """A table of counts."""

    file = forms.FileField(label=gettext_lazy("表格"), widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
                           error_messages={"required": gettext_lazy("还没有选文件。")})  # fmt: skip
    datum = forms.ChoiceField(label=gettext_lazy("坐标系"), choices=DATUMS, initial=Datum.CGCS2000.value, required=False)
    counted_on = forms.DateField(label=gettext_lazy("统计日"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), initial=localdate)


class CountForm(forms.Form):
    """One community as a whole, by hand."""

    community = CommunityField()
    people = forms.IntegerField(label=gettext_lazy("人数"), min_value=0, max_value=10_000_000)
    dwellings = forms.IntegerField(label=gettext_lazy("户数"), min_value=0, max_value=10_000_000)
    counted_on = forms.DateField(label=gettext_lazy("统计日"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), initial=localdate)


def counts_of_table(content: bytes, name: str, datum: Datum) -> list[Counted]:
    """The rows of a table as counts. Raises BadInput with every row that cannot be read, or for a column about persons."""
    table = read_table(content, name)
    about_persons = [head for head in table.header if any(word in head for word in OF_PERSONS)]
    if about_persons:
        told = {"columns": "、".join(about_persons)}
        raise BadInput(_("表里有“%(columns)s”这样的列。这里只要各楼栋、各社区的数字，不要人：请去掉这些列再传，文件没有存。") % told)
    places = _places(table)
    codes = {short: code for code, short in Area.objects.filter(level=Level.COMMUNITY, valid_to=None).values_list("code", "short_name")}
    found, mistakes = [], []
    for number, row in table.numbered():
        try:
            found.append(_counted({key: _text(row, place) for key, place in places.items()}, codes, datum))
        except ValueError as error:
            mistakes.append(_("第 %(number)d 行：%(why)s") % {"number": number, "why": error})
    if mistakes:
        more = len(mistakes) - SHOWN_MISTAKES
        raise BadInput("".join(mistakes[:SHOWN_MISTAKES]) + (_("另有 %(more)d 行也读不懂。") % {"more": more} if more > 0 else ""))
    return found


def _places(table: Table) -> dict[str, int]:
    heads = [head.strip().lower() for head in table.header]
    places = {key: next((heads.index(name) for name in names if name in heads), -1) for key, names in COLUMNS.items()}
    if (places["people"] < 0 and places["dwellings"] < 0) or (places["community"] < 0 and places["name"] < 0):
        raise BadInput(_("表头要有“社区代码”（或“社区”）和“人数”“户数”里至少一列；有楼栋的再加“楼栋”“经度”“纬度”。"))
    return {key: place for key, place in places.items() if place >= 0}


def _counted(row: dict[str, str], codes: dict[str, str], datum: Datum) -> Counted:
    community = row.get("community", "") or codes.get(row.get("name", ""), "")
    if not community:
        raise ValueError(_("认不出是哪个社区。"))
    point = None
    if row.get("lon") or row.get("lat"):
        try:
            lon, lat = to_cgcs2000(float(row.get("lon", "")), float(row.get("lat", "")), datum)
        except ValueError as error:
            raise ValueError(_("经纬度要写成度数。")) from error
        point = round(lon, 7), round(lat, 7)
    return Counted(community.removesuffix(".0"), _number(row.get("people", "")), _number(row.get("dwellings", "")), row.get("building", ""), point)


def _number(text: str) -> int:
    try:
        value = float(text or 0)
    except ValueError as error:
        raise ValueError(_("“%(text)s”不是数字。") % {"text": text[:20]}) from error
    if not 0 <= value <= 10_000_000 or value != int(value):
        raise ValueError(_("人数和户数要写整数，现在是“%(text)s”。") % {"text": text[:20]})
    return int(value)


def _text(row: Sequence[Any], place: int) -> str:
    return str(row[place] if place < len(row) and row[place] is not None else "").strip()


def editions() -> list[CountEdition]:
    return list(CountEdition.objects.select_related("by")[:LISTED])
