"""A city's own towns and communities, as they first come in: without them nothing has a place.

One GeoJSON file: every community (12 digits) with its polygon, every town (9) and the city (6) by name. A town's ground is
that of its communities together, and the city's that of its towns: so their borders agree point for point, and the audit
of the grids asks for exactly this outline.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

import numpy as np
import shapely
from django.db import transaction
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from wenming.journal import services as journal
from wenming.refusals import BadInput, Refusal

from .models import Area, Level
from .rules.coordinates import Datum, to_cgcs2000
from .rules.coverage import Cell, audit_partition
from .rules.geometry import label_point, what_is_wrong

LEVELS = {6: Level.CITY, 9: Level.TOWN, 12: Level.COMMUNITY}
# Of an official name, what its kind is and what people call it.
ENDINGS = (
    ("街道办事处", "街道", "街道"), ("居民委员会", "社区", ""), ("村民委员会", "村", "村"), ("街道", "街道", "街道"), ("镇", "镇", "镇"),
    ("社区", "社区", "社区"), ("村", "村", "村"), ("乡", "乡", "乡"), ("市", "市", "市"),
)  # fmt: skip


class AreasNotUsable(BadInput):
    """The file does not make a city; the sentence names the row and what to do."""

    code = "territory.areas"


class AreasThere(Refusal):
    """A city's areas are entered once; what changes afterwards is a succession, not a second beginning."""

    code = "territory.areas-there"

    def __init__(self) -> None:
        super().__init__(_("这个城市已经有区划了，没有再装入。"))


@dataclass(frozen=True)
class Told:
    """One feature of the file."""

    code: str
    name: str
    shape: BaseGeometry | None


@dataclass(frozen=True)
class Entered:
    """What came in, and at how many spots the borders of communities disagree."""

    areas: list[Area]
    faults: int


def enter_areas(content: bytes, *, datum: Datum, on: date, now: datetime) -> Entered:
    """The towns and communities of a city that has none yet. on: from which day they hold.

    Raises AreasThere, or AreasNotUsable for the first thing that is wrong. Gaps, overlaps and borders that do not meet point by point are counted,
    not mended: whoever keeps the borders decides, and no layer of grids is published over them unsigned.
    """
    told = {one.code: one for one in _read(content, datum)}
    shapes = _shapes(told)
    with transaction.atomic():
        if Area.objects.exists():
            raise AreasThere
        areas = [_area(told[code], shapes[code], on) for code in sorted(told, key=lambda code: (len(code), code))]
        known: dict[str, Area] = {}
        for area in areas:
            area.parent = known.get(_above(area.code))
            area.save()
            known[area.code] = area
        journal.record("territory.areas-entered", by=None, about=areas[0], now=now, areas=len(areas))
    cells = [Cell(f"{code}001", shape) for code, shape in shapes.items() if len(code) == 12]
    return Entered(areas, len(audit_partition(cells, shapes[areas[0].code]).findings))


def _read(content: bytes, datum: Datum) -> list[Told]:
    try:
        features = json.loads(content.decode("utf-8-sig"))["features"]
        return [_told(number, feature, datum) for number, feature in enumerate(features, start=1)]
    except (ValueError, KeyError, TypeError) as wrong:
        raise AreasNotUsable(
            _("这个文件读不懂。请在 QGIS 里导出成 GeoJSON（UTF-8），每个面要有 code 和 name。")
        ) from wrong


def _told(number: int, feature: Mapping[str, Any], datum: Datum) -> Told:
    code, name = (str(feature["properties"].get(key) or "").strip() for key in ("code", "name"))
    if not code.isdigit() or len(code) not in LEVELS:
        raise AreasNotUsable(
            _("第 %(n)d 个：区划代码要 6 位（市）、9 位（镇街）或 12 位（村居），现在是“%(code)s”。")
            % {"n": number, "code": code}
        )
    if not name:
        raise AreasNotUsable(_("%(code)s 没有名称，请补上 name。") % {"code": code})
    drawn = feature.get("geometry")
    return Told(code, name, _in_cgcs2000(shapely.geometry.shape(drawn), datum) if drawn else None)


def _in_cgcs2000(shape: BaseGeometry, datum: Datum) -> BaseGeometry:
    """Rounded to seven decimals as all we store: borders that were one stay one."""
    return shapely.transform(shape, lambda points: np.array([to_cgcs2000(x, y, datum) for x, y in points]).round(7))


def _shapes(told: Mapping[str, Told]) -> dict[str, BaseGeometry]:
    """The ground of each: drawn for communities, put together for what is above them."""
    _refuse_what_is_missing(told)
    shapes = {code: _ground(one) for code, one in told.items() if len(code) == 12}
    for below, above in ((12, 9), (9, 6)):
        codes = sorted(code for code in shapes if len(code) == below)
        for code, members in groupby(codes, key=lambda member: member[:above]):
            shapes[code] = shapely.union_all([shapes[member] for member in members])
    return shapes


def _refuse_what_is_missing(told: Mapping[str, Told]) -> None:
    if sum(len(code) == 6 for code in told) != 1:
        raise AreasNotUsable(_("要有一个、也只能有一个市（6 位代码）。"))
    for code in told:
        if len(code) > 6 and _above(code) not in told:
            raise AreasNotUsable(
                _("%(code)s 的上级 %(above)s 不在文件里，请补上。") % {"code": code, "above": _above(code)}
            )
    empty = sorted(
        code for code in told if len(code) < 12 and not any(other != code and other.startswith(code) for other in told)
    )
    if empty:
        raise AreasNotUsable(_("%(code)s 下面一个村居也没有，请补上。") % {"code": empty[0]})


def _ground(one: Told) -> BaseGeometry:
    wrong = what_is_wrong(one.shape) if one.shape is not None else _("没有画面。")
    if wrong or one.shape is None:
        raise AreasNotUsable(_("%(code)s %(name)s：%(wrong)s") % {"code": one.code, "name": one.name, "wrong": wrong})
    return one.shape


def _above(code: str) -> str:
    return {12: code[:9], 9: code[:6]}.get(len(code), "")


def _area(told: Told, shape: BaseGeometry, on: date) -> Area:
    kind, short = _kind_and_short_name(told.name, len(told.code))
    area = Area(
        code=told.code, level=LEVELS[len(told.code)], name=told.name, short_name=short, kind=kind, valid_from=on
    )
    area.set_geometry(shape)
    area.label_lon, area.label_lat = label_point(shape)
    return area


def _kind_and_short_name(name: str, digits: int) -> tuple[str, str]:
    """("社区", "桂园社区") of 桂园社区居民委员会; a name of another form is kept whole."""
    for ending, kind, kept in ENDINGS:
        if name.endswith(ending):
            return kind, name.removesuffix(ending) + kept
    return {6: "市", 9: "镇", 12: "社区"}[digits], name


def codes_of(areas: Sequence[Area], level: Level) -> int:
    """How many of this level."""
    return sum(area.level == level for area in areas)
