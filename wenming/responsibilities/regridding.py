"""Redrawn grids before they are in force: what they would leave open that is closed today, and who signed for it.

Cut is only the ground that changes hands, by its borders of today and of tomorrow at once: every piece then has one answer
before and one after, and the comparison is exact for each square metre, day and matter. Policy: 1.6, 7.1, 7.5.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import shapely
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from wenming.organisations.models import Account
from wenming.refusals import BadInput
from wenming.territory.grids import drafts
from wenming.territory.grids.differences import differences
from wenming.territory.grounds import DrawnCell, areas_over
from wenming.territory.models import GridDraft, GridKind, GridLayer, Level, SignedFault
from wenming.territory.rules.arrangement import Piece, arrange
from wenming.territory.rules.geometry import area_m2, label_point, sound
from wenming.territory.services import NewCell

from .closure import WEEK, order_between
from .owned import close_owned, owned_that_move
from .rosters.selectors import groups_on
from .rules.closure import Closure, Ground, Opening, Order, close, opened
from .rules.matrix import Spot

Cells = Mapping[str, NewCell]
# How a signature for an opening is told from one for a fault of the borders.
FAULT, KEY = "opens", "opens:"
UNWATCHED = "unwatched"
LEAST_M2 = 1.0


@dataclass(frozen=True)
class GridOpening:
    """Something that nobody, or more than one unit, would answer for once the draft is in force; where, and its key."""

    opening: Opening
    grounds: tuple[Ground, ...]
    key: str

    @property
    def area_m2(self) -> float:
        return sum(ground.area_m2 for ground in self.grounds)

    @property
    def largest(self) -> Ground:
        return max(self.grounds, key=lambda ground: ground.area_m2)


@dataclass(frozen=True)
class DraftClosure:
    """What a draft would open in the week from `since` on: what nobody signed for, and what somebody did."""

    open: tuple[GridOpening, ...]
    signed: tuple[tuple[GridOpening, SignedFault], ...]
    since: date
    # Ground that changes hands; what lies outside answers as it does today.
    changed_m2: float


def closure_of_draft(
    draft: GridDraft, *, since: date, before: Cells | None = None, after: Cells | None = None,
    signs: Mapping[str, SignedFault] | None = None,
) -> DraftClosure:  # fmt: skip
    """What publishing the draft would open, beside what was signed for. before, after, signs: where they have been read already."""
    was = drafts.cells_of_layer(draft.based_on) if before is None else before
    becomes = drafts.cells_of(draft) if after is None else after
    found = openings_of(draft.kind, was, becomes, since)
    signed = drafts.signs_of(draft) if signs is None else signs
    return DraftClosure(
        tuple(one for one in found if one.key not in signed), tuple((one, signed[one.key]) for one in found if one.key in signed),
        since, area_m2(_changed(was, becomes)),
    )  # fmt: skip


def openings_of(kind: str, before: Cells, after: Cells, since: date) -> list[GridOpening]:
    """Every (ground, days, matter) that these grids would leave to nobody, or to two units, and today's do not."""
    ground = _changed(before, after)
    if ground.is_empty:
        return []
    until = since + WEEK
    found = [*_unwatched(before, after, since, until)]
    if kind == GridKind.BLOCK:  # strips and units say who walks there, not whose it is
        order = order_between(since, until)
        found += [
            *_of_ground(before, after, ground, order, since, until),
            *_of_owned(before, after, ground, order, since, until),
        ]
    return [GridOpening(one, grounds, _key(one, grounds, since, until)) for one, grounds in found]


@transaction.atomic
def sign_for_opening(draft: GridDraft, key: str, *, why: str, by: Account, now: datetime) -> SignedFault:
    """例外签认: this may stay open, for this reason, and this person answers for it."""
    draft = drafts.locked(draft)  # of two who sign at once the second finds it signed for
    asked = closure_of_draft(draft, since=timezone.localdate(now))
    found = next((one for one in asked.open if one.key == key), None)
    if found is None:
        raise BadInput(_("这一处已经没有了，或者已经签认过。刷新页面看最新情况。"))
    return drafts.keep_signature(draft, key, FAULT, found.area_m2, [], why=why, by=by, now=now)


def publish_redrawn(draft: GridDraft, *, by: Account, now: datetime) -> GridLayer:
    """公布 what was redrawn: clean borders, and nothing opened that nobody signed for."""
    draft = GridDraft.objects.select_related("based_on").get(pk=draft.pk)
    left = closure_of_draft(draft, since=timezone.localdate(now)).open if draft.is_open else ()
    if left:
        told = {"count": len(left), "why": left[0].opening.why}
        raise BadInput(_("公布以后有 %(count)d 处会没人负责或者两家负责（%(why)s），还没有签认，不能公布。") % told)
    return drafts.publish_draft(draft, by=by, now=now, seen=draft.steps_count)


def restore_or_draft(layer: GridLayer, *, by: Account, now: datetime) -> GridLayer | GridDraft:
    """退回旧版; where that would open something, or its borders fit no more, a draft of it instead, in which each is signed for."""
    newest = drafts.layer_in_force(layer.kind)
    if newest is None or newest == layer:
        return drafts.restore_layer(layer, by=by, now=now)
    was, becomes = drafts.cells_of_layer(newest), drafts.cells_of_layer(layer)
    if not openings_of(layer.kind, was, becomes, timezone.localdate(now)) and not drafts.faults_by_today(layer):
        return drafts.restore_layer(layer, by=by, now=now)
    return drafts.draft_of_version(layer, by=by, now=now)


# --- the ground that changes hands -------------------------------------------------------------------------------------


def _changed(before: Cells, after: Cells) -> BaseGeometry:
    codes = [one.code for one in differences(before, after) if one.what != "renamed"]
    return shapely.union_all([sound(cells[code].geometry) for cells in (before, after) for code in codes if code in cells])


def _of_ground(
    before: Cells, after: Cells, ground: BaseGeometry, order: Order, since: date, until: date
) -> Iterator[tuple[Opening, tuple[Ground, ...]]]:
    pairs = ground_pairs(before, after, ground, areas_over(Level.TOWN, ground), areas_over(Level.COMMUNITY, ground))
    one, other = (close([pair[n] for pair in pairs], order, since, until) for n in (0, 1))
    for found in opened(one, other):
        yield found, tuple(pairs[number][1] for number in found.grounds)


def ground_pairs(
    before: Cells, after: Cells, ground: BaseGeometry, towns: Sequence[DrawnCell], communities: Sequence[DrawnCell]
) -> list[tuple[Ground, Ground]]:
    """The changed ground as the matrix sees it today and as it would, piece by piece; pieces alike in both are one."""
    # A city without grids answers by its communities, as far as it has come.
    was = _touching(before, ground) if before else communities or towns
    becomes = _touching(after, ground)
    groups: dict[tuple[str, tuple[Spot, ...], tuple[Spot, ...]], list[Piece]] = defaultdict(list)
    for piece in arrange([[cell.shape for cell in cells] for cells in (towns, was, becomes)]).pieces:
        spots, new = (_spots(cells, piece.cells[n]) for n, cells in ((1, was), (2, becomes)))
        if spots != new:
            town = next((towns[n].code for n in piece.cells[0]), spots[0].town_code if spots else "")
            groups[town, spots, new].append(piece)
    return [
        (_ground(spots, town, pieces), _ground(new, town, pieces))
        for (town, spots, new), pieces in sorted(groups.items(), key=lambda one: str(one[0]))
    ]


def _touching(cells: Cells, ground: BaseGeometry) -> list[DrawnCell]:
    ones = list(cells.values())
    hits = shapely.STRtree([cell.geometry for cell in ones]).query(shapely.get_parts(ground), "intersects")
    return [
        DrawnCell(ones[n].code, ones[n].geometry, ones[n].community.code, ones[n].community.code[:9])
        for n in sorted(set(hits[1].tolist()))
    ]


def _spots(cells: Sequence[DrawnCell], numbers: Iterable[int]) -> tuple[Spot, ...]:
    return tuple(dict.fromkeys(Spot(cells[n].town_code, cells[n].community_code) for n in numbers))


def _ground(spots: tuple[Spot, ...], town: str, pieces: Sequence[Piece]) -> Ground:
    largest = max(pieces, key=lambda piece: piece.area_m2)
    area = sum(piece.area_m2 for piece in pieces)
    return Ground(spots, area, round(largest.longitude, 7), round(largest.latitude, 7), len(pieces), town)


def _of_owned(
    before: Cells, after: Cells, ground: BaseGeometry, order: Order, since: date, until: date
) -> Iterator[tuple[Opening, tuple[Ground, ...]]]:
    """Components with an owner that would stand in another community, or come within reach of it: asked for their own kind."""
    was, becomes = owned_that_move(before, after, ground.bounds)
    asked = (
        Closure(since, until, tuple(close_owned(owned, order, since, until)), 0, 0, ()) for owned in (was, becomes)
    )
    for found in opened(*asked):
        yield found, tuple(becomes[number][1] for number in found.grounds)


# --- who walks there ---------------------------------------------------------------------------------------------------


def _unwatched(before: Cells, after: Cells, since: date, until: date) -> Iterator[tuple[Opening, tuple[Ground, ...]]]:
    """Ground that a roster group walks by the codes of its grids, and that no group of the same post would walk."""
    groups = list(groups_on(since, until - (WEEK / 7)))
    whole_towns = {(group.post, group.town_code) for group in groups if not group.grid_codes}
    for group in groups:
        gone = [code for code in group.grid_codes if code in before]
        if not gone or {(group.post, "*"), (group.post, group.town_code)} & whole_towns:
            continue
        walked = {code for other in groups if other.post == group.post for code in other.grid_codes if code in after}
        there = shapely.union_all([sound(before[code].geometry) for code in gone])
        left = there.difference(shapely.union_all([sound(after[code].geometry) for code in walked]))
        if (area := area_m2(left)) >= LEAST_M2:
            lon, lat = label_point(left)
            why = _("值班组“%(group)s”按网格编码排班，重划以后这块地不在它的任何网格里") % {"group": group.name}
            last = min(until, group.valid_to or until)
            one = Opening(UNWATCHED, (), (0,), max(since, group.valid_from), last, (group.unit.code,), (group.pk,), why)
            yield one, (Ground((), area, lon, lat, len(shapely.get_parts(left)), group.town_code),)


def _key(one: Opening, grounds: Sequence[Ground], since: date, until: date) -> str:
    """The same as long as the same would be open: tomorrow's week does not make a signature void, another border does."""
    within = [day.isoformat() if since < day < until else "" for day in (one.since, one.until)]
    there = sorted(
        [ground.town_code, round(ground.area_m2), round(ground.longitude, 6), round(ground.latitude, 6)]
        for ground in grounds
    )
    told = json.dumps([one.kind, one.types, one.units, one.rules, within, there], ensure_ascii=False)
    return KEY + hashlib.sha256(told.encode()).hexdigest()[:40]
