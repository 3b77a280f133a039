"""Verbs that change the register of frontages. A stretch is never rewritten: it ends, and another one begins. Policy: 3.1, 3.2."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from wenming.engine.quicker import after_whoever_was_quicker
from wenming.engine.writing import insert
from wenming.journal import services as journal
from wenming.organisations.models import Account, Unit
from wenming.refusals import BadInput, Refusal

from .. import editions
from ..models import Area, EdgeStretch, ManagedStreet, Premises, PremisesKind, RunBy, Side, Source
from ..own_ground import Keeping
from ..rules.coordinates import Datum
from ..rules.strips import line_length_cm
from ..services import place
from .selectors import middle_line_proposals, note_begun

PERMISSION = "frontages.manage"
KEEPING = Keeping(PERMISSION, "frontages.own")
# Without 0, 1, i, l, o and u: read aloud over the counter, typed from a plate.
ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
PLATE_LENGTH = 12
LONGEST_STREET_M, DEEPEST_M = 20_000, 60


class FrontageStepRefused(Refusal):
    """Closing what is closed, ending what has ended, taking over a proposal that is no longer the same."""

    code = "frontage.step-refused"


class FrontageTaken(Refusal):
    """The number or code is another one's."""

    code = "frontage.taken"


@dataclass(frozen=True)
class Walls:
    """How far the walls stand from the middle of the street, in metres, and what people call the two sides."""

    left_m: float
    right_m: float
    left_name: str = "左侧"
    right_name: str = "右侧"


@transaction.atomic
def manage_street(
    code: str, name: str, line: BaseGeometry, *, town: Area, walls: Walls, on: date, by: Account | None, now: datetime,
    stretch: str = "", run_by: str = RunBy.TOGETHER,
) -> ManagedStreet:  # fmt: skip
    """列为管理路段: from this day on every metre of its two sides has somebody, or is listed. line: CGCS2000 degrees."""
    editions.refuse_stranger(by, PERMISSION)
    if line.geom_type != "LineString" or line.is_empty or not line.is_simple:
        raise BadInput(_("路段要画成一条线，从头到尾不交叉。请改好后再提交。"))
    length = line_length_cm(line)
    if not 100 <= length <= LONGEST_STREET_M * 100:
        raise BadInput(_("路段长度要在 1 米到 %(most)d 米之间。请分段登记。") % {"most": LONGEST_STREET_M})
    _refuse_depth(walls.left_m)
    _refuse_depth(walls.right_m)
    if ManagedStreet.objects.filter(code=code).exists():
        raise FrontageTaken(_("路段编号 %(code)s 已经用过了。请换一个。") % {"code": code})
    street = ManagedStreet(
        code=code, name=name.strip()[:40], stretch=stretch.strip()[:80], town=town, length_cm=length,
        left_wall_cm=round(walls.left_m * 100), right_wall_cm=round(walls.right_m * 100), left_name=walls.left_name,
        right_name=walls.right_name, managed_from=on, run_by=RunBy(run_by),
    )  # fmt: skip
    street.set_geometry(line)
    street.save()
    journal.record(
        "frontage.street-managed", by=by, about=street, now=now, name=street.name, length_cm=length, on=on.isoformat()
    )
    return street


@transaction.atomic
def register_premises(
    name: str, *, longitude: float, latitude: float, on: date, by: Account | None, now: datetime,
    kind: str = PremisesKind.SHOP, trade: str = "", door: str = "", contact_post: str = "", datum: Datum = Datum.CGCS2000,
    source: str = Source.MAP,
) -> Premises:  # fmt: skip
    """登记沿街单位、店铺、住户. Its community is the one it lies in. Raises territory's refusals of the place.

    A town or community registers on its own ground alone.
    """
    KEEPING.refuse_stranger(by)
    if not name.strip():
        raise BadInput(_("名称还没有填。请照门头或者牌匾填写。"))
    editions.refuse_other_day(on, None, now)
    where = place(longitude=longitude, latitude=latitude, datum=datum, source=source, now=now, address=door)
    if where.community is None:
        raise BadInput(_("这个位置不在任何村居里。请检查位置，或者先画好村居的边界。"))
    KEEPING.refuse_other_ground(by, where.community)
    premises = Premises(
        plate_code=_plate_code(), name=name.strip()[:60], kind=PremisesKind(kind), trade=trade.strip()[:30], door=door.strip()[:60],
        contact_post=contact_post.strip()[:20], community=where.community, placement=where, opened_on=on,
    )  # fmt: skip
    _save_with_number(premises)
    note_begun()
    # Not the plate's code: whoever has it opens the shop's page.
    journal.record(
        "frontage.premises-registered", by=by, about=premises, now=now, kind=premises.kind, community=where.community.code
    )
    return premises


@transaction.atomic
def close_premises(premises: Premises, *, reason: str, on: date, by: Account | None, now: datetime) -> Premises:
    """注销: it is there no more. Its stretches end the same day and are gaps until somebody has them."""
    editions.refuse_stranger(by, PERMISSION)
    editions.refuse_unexplained(reason)
    editions.refuse_other_day(on, None, now)
    premises = Premises.objects.select_for_update().get(pk=premises.pk)
    if not premises.is_open:
        raise FrontageStepRefused(_("这一家已经注销过了。刷新页面看最新情况。"))
    if on < premises.opened_on:
        raise BadInput(_("注销日不能早于登记日。"))
    premises.closed_on = on
    premises.save(update_fields=["closed_on"])
    for stretch in EdgeStretch.objects.select_for_update().filter(premises=premises, valid_to=None):
        stretch.valid_to = max(on, stretch.valid_from)
        stretch.save(update_fields=["valid_to"])
    journal.record("frontage.premises-closed", by=by, about=premises, now=now, on=on.isoformat(), reason=reason)
    return premises


@transaction.atomic
def renew_plate(premises: Premises, *, reason: str, by: Account | None, now: datetime) -> Premises:
    """换门牌码: the old code opens nothing any more."""
    editions.refuse_stranger(by, PERMISSION)
    editions.refuse_unexplained(reason)
    premises = Premises.objects.select_for_update().get(pk=premises.pk)
    premises.plate_code = _plate_code()
    premises.save(update_fields=["plate_code"])
    journal.record("frontage.plate-renewed", by=by, about=premises, now=now, reason=reason)
    return premises


@dataclass(frozen=True)
class Edge:
    """A piece of a side, in metres along the street, and how deep and by which boundary it reaches."""

    side: str
    from_m: float
    to_m: float
    depth_m: float
    boundary: str


@transaction.atomic
def set_stretch(
    street: ManagedStreet, edge: Edge, *, holder: Premises | Unit, on: date, by: Account | None, now: datetime,
    how: str = "measured",
) -> EdgeStretch:  # fmt: skip
    """划定责任段: from this day on this holder has this piece. What it had on the same piece before ends; others' stays.

    Two who claim the same metre are both kept, and the overlap is listed until people have settled it. A town or community
    gives its own doors their pieces; a unit's are given by those who keep the register.
    """
    KEEPING.refuse_other_ground(by, holder.community if isinstance(holder, Premises) else None)
    editions.refuse_other_day(on, None, now)
    street = ManagedStreet.objects.select_for_update().get(pk=street.pk)
    since, to = round(edge.from_m * 100), round(edge.to_m * 100)
    depth = round(edge.depth_m * 100)
    _refuse_edge(street, edge.side, since, to, depth)
    if not edge.boundary.strip():
        raise BadInput(_("边界描述还没有填。请写清从哪里到哪里，比如“墙基到人行道路缘石”。"))
    if isinstance(holder, Premises) and not holder.is_open:
        raise FrontageStepRefused(_("这一家已经注销，不能再划责任段。"))
    held: dict[str, Any] = {"premises": holder} if isinstance(holder, Premises) else {"unit": holder}
    _end(held_between(holder, street, edge.side, since, to), on)
    stretch = EdgeStretch(
        street=street, side=Side(edge.side), from_cm=since, to_cm=to, depth_cm=depth, boundary=edge.boundary.strip()[:120],
        how=how, valid_from=on, **held,
    )  # fmt: skip
    insert(stretch)
    journal.record(
        "frontage.edge-set", by=by, about=stretch, now=now, street=street.code, side=edge.side, from_cm=since, to_cm=to,
        holder=holder.journal_key, depth_cm=depth, how=how, on=on.isoformat(),
    )  # fmt: skip
    return stretch


def held_between(
    holder: Premises | Unit, street: ManagedStreet, side: str, since: int, to: int
) -> QuerySet[EdgeStretch]:
    """What this holder has on any of these centimetres today: what ends when it is given them anew."""
    held: dict[str, Any] = {"premises": holder} if isinstance(holder, Premises) else {"unit": holder}
    return EdgeStretch.objects.filter(**held, street=street, side=side, valid_to=None, from_cm__lt=to, to_cm__gt=since)


@transaction.atomic
def end_stretch(stretch: EdgeStretch, *, reason: str, on: date, by: Account | None, now: datetime) -> EdgeStretch:
    """停用责任段: from this day on nobody has it by this row."""
    editions.refuse_stranger(by, PERMISSION)
    editions.refuse_unexplained(reason)
    editions.refuse_other_day(on, None, now)
    stretch = EdgeStretch.objects.select_for_update().get(pk=stretch.pk)
    if stretch.valid_to is not None:
        raise FrontageStepRefused(_("这一段已经停用过了。刷新页面看最新情况。"))
    stretch.valid_to = max(on, stretch.valid_from)
    stretch.save(update_fields=["valid_to"])
    journal.record("frontage.edge-ended", by=by, about=stretch, now=now, on=on.isoformat(), reason=reason)
    return stretch


@transaction.atomic
def accept_middle_lines(
    street: ManagedStreet, side: str, *, seen: Collection[str], on: date, by: Account | None, now: datetime
) -> list[EdgeStretch]:
    """同意取中线: the proposals that the person saw and ticked, each as `stretch:from:to`; none other is made.

    Raises FrontageStepRefused when the division has changed since, so that nobody agrees to what was not shown.
    """
    editions.refuse_stranger(by, PERMISSION)
    editions.refuse_other_day(on, None, now)
    street = ManagedStreet.objects.select_for_update().get(pk=street.pk)
    offered = {f"{one.stretch.key}:{one.from_cm}:{one.to_cm}": one for one in middle_line_proposals(street, side)}
    if not seen:
        raise BadInput(_("还没有勾选。请勾选同意取中线的责任段。"))
    if not set(seen) <= set(offered):
        raise FrontageStepRefused(_("这一侧的划分刚刚有人改过，提议已经不同了。请看过最新的提议再定。"))
    made = []
    # Each once, however often it was sent.
    for sign in dict.fromkeys(seen):
        proposal = offered[sign]
        was = EdgeStretch.objects.select_for_update().get(pk=int(proposal.stretch.key))
        _end(EdgeStretch.objects.filter(pk=was.pk), on)
        new = EdgeStretch(
            street=street, side=was.side, from_cm=proposal.from_cm, to_cm=proposal.to_cm, premises=was.premises, unit=was.unit,
            depth_cm=was.depth_cm, boundary=was.boundary, how="midline", valid_from=on,
        )  # fmt: skip
        insert(new)
        made.append(new)
        journal.record(
            "frontage.edge-set", by=by, about=new, now=now, street=street.code, side=side, from_cm=new.from_cm, to_cm=new.to_cm,
            holder=was.holder.journal_key, depth_cm=new.depth_cm, how="midline", on=on.isoformat(),
        )  # fmt: skip
    return made


def _end(stretches: Any, on: date) -> None:
    for one in stretches.select_for_update():
        one.valid_to = max(on, one.valid_from)
        one.save(update_fields=["valid_to"])


def _refuse_depth(metres: float) -> None:
    if not 0 < metres <= DEEPEST_M:
        raise BadInput(_("墙基到道路中线的距离要在 0 到 %(most)d 米之间。") % {"most": DEEPEST_M})


def _refuse_edge(street: ManagedStreet, side: str, since: int, to: int, depth: int) -> None:
    if side not in Side.values:
        raise BadInput(_("请选是哪一侧。"))
    if to <= since:
        raise BadInput(_("止点要在起点之后。请检查两个米数。"))
    if since >= street.length_cm or to <= 0:
        raise BadInput(_("这一段不在路上。全长 %(length).1f 米。") % {"length": street.length_cm / 100})
    wall = street.wall_cm(side)
    if not 0 < depth <= wall:
        words = {"most": wall / 100}
        raise BadInput(_("纵深要大于 0，不能过道路中线（这一侧最多 %(most).1f 米）。") % words)


def _save_with_number(premises: Premises) -> None:
    """Under the next free number. Somebody who registers at the same moment took it: the one after is tried."""

    def save() -> None:
        premises.pk, premises.number = None, _next_number()
        premises.save()

    after_whoever_was_quicker(save)


def _next_number() -> str:
    last = Premises.objects.filter(~Q(number="")).order_by("-number").values_list("number", flat=True).first()
    return f"M{int(last[1:]) + 1 if last else 1:06d}"


def _plate_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _each in range(PLATE_LENGTH))
