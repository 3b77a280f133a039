"""Verbs that change the register of components. Every change is an edition; nothing is overwritten. Policy: 4.1."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

import shapely
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from wenming.engine.writing import insert
from wenming.journal import services as journal
from wenming.organisations.models import Account, Unit
from wenming.refusals import BadInput, Refusal

from .. import editions
from ..models import Area, Component, ComponentEdition, Condition, Placement, Source, Standing
from ..rules.component_codes import LONGEST_M, CodeUnreadable, ComponentCode, kind_digits, read_code
from ..rules.coordinates import Datum, to_cgcs2000
from ..rules.geometry import metres_per_degree
from ..services import NotAPlace, place
from .selectors import note_begun

PERMISSION = "components.manage"


class CodeTaken(Refusal):
    """The code is another component's, or this one's already."""

    code = "component.code-taken"


class ComponentStepRefused(Refusal):
    """Retiring what is retired, restoring what is in use, changing what is no more."""

    code = "component.step-refused"


@dataclass(frozen=True)
class Drawn:
    """Where it is, as it was handed in. geometry: point, line or area in degrees of the datum."""

    geometry: BaseGeometry
    datum: Datum = Datum.CGCS2000
    address: str = ""
    source: str = Source.MAP


@dataclass(frozen=True)
class Facts:
    """What is told of a component. kind_code: full code of a component's problem type, `GB30428:C0137`."""

    kind_code: str
    name: str = ""
    owner: Unit | None = None
    supervisor: Unit | None = None
    caretaker: Unit | None = None
    condition: str = Condition.GOOD
    note: str = ""


@transaction.atomic
def register_component(
    code: str | ComponentCode, facts: Facts, where: Drawn, *, on: date, by: Account | None, now: datetime, source: str = ""
) -> Component:
    """登记: a component that the register did not have, or had only from a batch that was taken back.

    on: the day from which this holds. Raises BadInput for a code that is none of this city's or of another kind,
    CodeTaken, and territory's refusals of the place.
    """
    editions.refuse_stranger(by, PERMISSION)
    parsed = _parsed(code)
    refuse_other_division(parsed)
    _refuse_other_kind(parsed, facts.kind_code)
    editions.refuse_other_day(on, None, now)
    known = Component.objects.select_for_update().filter(code=str(parsed)).first()
    if known is not None and known.standing != Standing.WITHDRAWN:
        raise CodeTaken(_("标识码 %(code)s 已经登记过了。要改请打开这个部件，用“更正”。") % {"code": parsed})
    component = known or Component(code=str(parsed), editions_count=0)
    _tell(component, facts)
    _set_place(component, where, now)
    component.standing = Standing.IN_USE
    _keep(component, "register", on=on, by=by, now=now, source=source)
    journal.record("component.registered", by=by, about=component, now=now, **told(component), on=on.isoformat(), source=source)
    return component


@transaction.atomic
def correct_component(
    component: Component, facts: Facts, where: Drawn | None = None, *, reason: str, on: date, by: Account | None, now: datetime,
    source: str = "", expected_edition: int | None = None,
) -> Component:  # fmt: skip
    """更正: from this day on something else holds. where: None leaves it where it is.

    expected_edition: the edition the person had seen; whoever was overtaken by somebody else is told, and nothing is done.
    """
    component = _begin(component, by, reason, source, expected_edition)
    if component.standing != Standing.IN_USE:
        raise ComponentStepRefused(_("这个部件已经注销，先恢复才能更正。"))
    _refuse_other_kind(read_code(component.code), facts.kind_code)
    editions.refuse_other_day(on, component.valid_from, now)
    before = told(component)
    _tell(component, facts)
    if where is not None:
        _set_place(component, where, now)
    after = told(component)
    changes = editions.differences(before, after)
    _keep(component, "correct", on=on, by=by, now=now, reason=reason, source=source)
    journal.record(
        "component.corrected", by=by, about=component, now=now, on=on.isoformat(), reason=reason, source=source, **changes
    )
    return component


@transaction.atomic
def retire_component(
    component: Component, *, reason: str, on: date, by: Account | None, now: datetime, expected_edition: int | None = None
) -> Component:
    """注销: it stands there no more. Its history and its cases stay."""
    component = _begin(component, by, reason, "", expected_edition)
    if component.standing != Standing.IN_USE:
        raise ComponentStepRefused(_("这个部件已经注销过了。刷新页面看最新情况。"))
    editions.refuse_other_day(on, component.valid_from, now)
    component.standing = Standing.RETIRED
    _keep(component, "retire", on=on, by=by, now=now, reason=reason)
    journal.record("component.retired", by=by, about=component, now=now, on=on.isoformat(), reason=reason)
    return component


@transaction.atomic
def restore_component(
    component: Component, *, reason: str, on: date, by: Account | None, now: datetime, source: str = "",
    expected_edition: int | None = None,
) -> Component:  # fmt: skip
    """恢复: it was retired by mistake, or stands there again."""
    component = _begin(component, by, reason, source, expected_edition)
    if component.standing != Standing.RETIRED:
        raise ComponentStepRefused(_("只有注销了的部件可以恢复。刷新页面看最新情况。"))
    editions.refuse_other_day(on, component.valid_from, now)
    component.standing = Standing.IN_USE
    _keep(component, "restore", on=on, by=by, now=now, reason=reason, source=source)
    journal.record("component.restored", by=by, about=component, now=now, on=on.isoformat(), reason=reason, source=source)
    return component


@transaction.atomic
def take_back_edition(
    component: Component, position: int, *, by: Account | None, now: datetime, source: str, through: int | None = None
) -> bool:
    """Undo what one edition (or those from `position` through `through`) told, as long as nobody told anything since.

    What it registered is withdrawn; what it changed is as it was before. False when somebody has changed it since.
    """
    editions.refuse_stranger(by, PERMISSION)
    component = Component.objects.select_for_update().get(pk=component.pk)
    if component.editions_count != (through or position):
        return False
    earlier = editions.before_edition(component, position)
    if earlier is None:
        component.standing = Standing.WITHDRAWN
    else:
        for each in (*(one.name for one in fields(Facts)), "standing", "outline", "placement"):
            setattr(component, each, getattr(earlier, each))
        _set_box(component)
    today = timezone.localdate(now)
    _keep(component, "take_back", on=max(today, component.valid_from), by=by, now=now, source=source)
    journal.record("component.taken-back", by=by, about=component, now=now, edition=position, source=source)
    return True


def told(component: Component | ComponentEdition) -> dict[str, Any]:
    """What a component is told to be, as plain values that can be compared and kept in the journal."""
    point = component.placement.point
    return {
        "kind": component.kind_code, "name": component.name, "condition": component.condition, "note": component.note,
        "owner": component.owner.code if component.owner else "",
        "supervisor": component.supervisor.code if component.supervisor else "",
        "caretaker": component.caretaker.code if component.caretaker else "",
        "point": list(point) if point else None, "address": component.placement.address,
        "outline": hashlib.sha256(component.outline).hexdigest()[:12] if component.outline is not None else "",
    }  # fmt: skip


def facts_of(component: Component | ComponentEdition) -> Facts:
    """The same as `correct_component` takes them."""
    return Facts(**{each.name: getattr(component, each.name) for each in fields(Facts)})


def in_cgcs2000(where: Drawn, longest_m: float = LONGEST_M) -> BaseGeometry:
    """The geometry in the house's own degrees, to seven decimals. Raises NotAPlace for what is no place or not usable.

    longest_m: what is longer than this is several things, or none.
    """
    geometry = shapely.force_2d(where.geometry)
    if geometry.is_empty or not geometry.is_valid:
        raise NotAPlace(_("图形画得不完整，或者边线自己交叉。请在 GIS 软件里检查几何后再导入。"))
    try:
        moved = shapely.transform(geometry, lambda points: [_seven(to_cgcs2000(x, y, where.datum)) for x, y in points])
    except ValueError as wrong:
        raise NotAPlace(
            _("坐标不是经纬度（经度在前，单位是度）。投影坐标（米）请先在 GIS 软件里转成经纬度。")
        ) from wrong
    west, south, east, north = moved.bounds
    per_lon, per_lat = metres_per_degree((south + north) / 2)
    if max((east - west) * per_lon, (north - south) * per_lat) > longest_m:
        raise NotAPlace(_("一处不会长过 %(most)d 米。请分段登记。") % {"most": longest_m})
    return moved


def representative(geometry: BaseGeometry) -> shapely.Point:
    """The point that stands for it: itself, the middle of a line, a point inside an area."""
    if geometry.geom_type == "Point":
        return geometry
    if geometry.geom_type == "MultiPoint":
        return geometry.geoms[0]
    if geometry.geom_type in {"LineString", "LinearRing"}:
        return geometry.interpolate(0.5, normalized=True)
    return geometry.representative_point()


def refuse_other_division(code: ComponentCode) -> None:
    """Raises BadInput where the code's first six digits were never a division of this city."""
    if not Area.objects.filter(code__startswith=code.division).exists():
        raise BadInput(
            _("标识码前 6 位 %(division)s 不是本市的区划代码。请检查这个部件是不是本市的。") % {"division": code.division}
        )


def _begin(
    component: Component, by: Account | None, reason: str, source: str, expected_edition: int | None
) -> Component:
    editions.refuse_stranger(by, PERMISSION)
    editions.refuse_unexplained(reason, source)
    joined = Component.objects.select_related("placement", "owner", "supervisor", "caretaker")
    overtaken = ComponentStepRefused(_("这个部件刚刚有人改过，这次没有保存。请看过最新情况再办。"))
    return editions.locked(joined, component.pk, expected_edition=expected_edition, overtaken=overtaken)


def _parsed(code: str | ComponentCode) -> ComponentCode:
    try:
        return code if isinstance(code, ComponentCode) else read_code(code)
    except CodeUnreadable as wrong:
        raise BadInput(f"{wrong}。") from wrong


def _refuse_other_kind(code: ComponentCode, kind_code: str) -> None:
    digits = kind_digits(kind_code)
    if digits != code.kind_digits:
        words = {"code": code.kind_digits, "kind": digits or kind_code}
        raise BadInput(_("标识码第 7–10 位是 %(code)s，小类却是 %(kind)s。两处要一致。") % words)


def _tell(component: Component, facts: Facts) -> None:
    cut = replace(facts, name=facts.name.strip()[:60], note=facts.note.strip()[:200])
    for each in fields(Facts):
        setattr(component, each.name, getattr(cut, each.name))


def _set_place(component: Component, where: Drawn, now: datetime) -> None:
    moved = in_cgcs2000(where)
    given = representative(where.geometry)
    component.placement = _placed(component, where, given, now)
    component.outline = None if moved.geom_type in {"Point", "MultiPoint"} else shapely.to_wkb(moved)
    _set_box(component)


def _placed(component: Component, where: Drawn, given: shapely.Point, now: datetime) -> Placement:
    return place(
        longitude=given.x, latitude=given.y, datum=where.datum, source=where.source, now=now, address=where.address
    )


def _set_box(component: Component) -> None:
    component.min_lon, component.min_lat, component.max_lon, component.max_lat = component.geometry.bounds


def _keep(
    component: Component, act: str, *, on: date, by: Account | None, now: datetime, reason: str = "", source: str = ""
) -> None:
    """The newest row and the edition that it repeats."""
    component.editions_count += 1
    component.changed_at, component.valid_from = now, on
    try:
        component.save()
    except IntegrityError as taken:
        # Two people registered the same code at the same moment.
        raise CodeTaken(_("标识码 %(code)s 刚刚被别人登记了。请换一个再提交。") % {"code": component.code}) from taken
    note_begun()
    shared = [*(one.name for one in fields(Facts)), "standing", "placement", "outline"]
    insert(
        ComponentEdition(
            component=component, position=component.editions_count, act=act, valid_from=on, at=now, by=by,
            reason=reason.strip()[:200], source=source[:160], **{name: getattr(component, name) for name in shared},
        )
    )  # fmt: skip


def _seven(point: tuple[float, float]) -> tuple[float, float]:
    return round(point[0], 7), round(point[1], 7)
