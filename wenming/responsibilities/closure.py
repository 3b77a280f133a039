"""The closure proof of the city: gathered from its tables, computed by `rules/closure.py`, kept as a report. Policy: 1.6, 7.5.

Also asked before a change is made: what would a line or a role leave open that is closed today? (`regridding.py`: grids.)
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.engine.quicker import after_whoever_was_quicker
from wenming.journal import selectors as journal_selectors
from wenming.journal import services as journal
from wenming.journal.models import Entry
from wenming.organisations.models import Account, Unit
from wenming.refusals import BadInput
from wenming.territory.grounds import LAYERS, CityMap, DrawnCell, city_cut, city_map
from wenming.territory.rules.arrangement import Arrangement, Piece
from wenming.territory.rules.geometry import area_m2

from .audit import matters_in_force
from .models import ClosureReport, MatrixEntry, RoleHolding
from .owned import Owned, close_owned, owned_grounds
from .places.closing import PlacesProved, prove_places
from .rosters.selectors import moment_at
from .rosters.what_if import Standing
from .rules.closure import Closure, Ground, HeldRole, Opening, Order, UnitLife, close, opened
from .rules.matrix import MatrixRule, RoleHolder, Spot

WEEK, FARTHEST = timedelta(days=7), timedelta(days=366)
ALMOST_A_DAY = timedelta(hours=20)
ASKED = "matrix.closure-asked"
_TOWN, _COMMUNITY, _BLOCK, _STRIP, _UNIT = range(len(LAYERS))


@dataclass(frozen=True)
class Grounds:
    """The city as the proof sees it. by_grid: square metres that each grid answers for, by precedence."""

    grounds: tuple[Ground, ...]
    pieces: int
    area_m2: float
    crumbs_m2: float
    by_grid: Mapping[str, float]
    by_town: Mapping[str, float]
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Proof:
    """One proof before it is a report."""

    grounds: Grounds
    closure: Closure
    # Components with a registered owner: a ground without area for each place within reach, owner and kind; their own kind only.
    owned: tuple[Ground, ...]
    of_owned: tuple[Opening, ...]
    rosters: tuple[dict[str, Any], ...] | None
    unwatched: tuple[dict[str, Any], ...]
    # Public places: each with exactly one managing body and one town that sees to it, or listed.
    places: PlacesProved
    seconds: float


@dataclass(frozen=True)
class WouldOpen:
    """What a change leaves open that is closed today, and closes that is open; with the grounds both speak of."""

    grounds: tuple[Ground, ...]
    opens: tuple[Opening, ...]
    closes: tuple[Opening, ...]
    since: date
    until: date

    def area_m2(self, openings: Iterable[Opening]) -> float:
        """The ground on which any of them lies, counted once."""
        return sum(self.grounds[number].area_m2 for number in {n for one in openings for n in one.grounds})


# --- what the city says ------------------------------------------------------------------------------------------------


def order_between(since: date, until: date) -> Order:
    """Every line, role and unit that holds on one of these days, and the matters of the scheme in force."""
    entries = MatrixEntry.objects.filter(valid_from__lt=until).order_by("number")
    rules = tuple(entry.as_rule() for entry in entries if entry.valid_to is None or entry.valid_to > since)
    held = RoleHolding.objects.filter(valid_from__lt=until).order_by("pk")
    rows = held.values_list("role", "town_code", "unit__code", "valid_from", "valid_to")
    roles = tuple(HeldRole(*row) for row in rows if row[4] is None or row[4] > since)
    units = {
        code: UnitLife(born, gone) for code, born, gone in Unit.objects.values_list("code", "valid_from", "valid_to")
    }
    return Order(rules, roles, units, tuple(matters_in_force()))


def city_grounds() -> Grounds:
    """Today's city, cut exactly; kept per edition of the layers."""
    drawn, cut = city_cut()
    return grounds_of(drawn, cut)


def grounds_of(drawn: CityMap, cut: Arrangement) -> Grounds:
    """Pieces that the matrix sees alike as one ground each."""
    layers = [drawn.layers.get(name, ()) for name in LAYERS]
    base = _BLOCK if layers[_BLOCK] else _COMMUNITY if layers[_COMMUNITY] else _TOWN
    groups: dict[tuple[tuple[Spot, ...], str], list[Piece]] = defaultdict(list)
    by_grid: dict[str, float] = defaultdict(float)
    by_town: dict[str, float] = defaultdict(float)
    for piece in cut.pieces:
        spots = _spots(piece, layers, base)
        town = next((layers[_TOWN][n].code for n in piece.cells[_TOWN]), "") or (spots[0].town_code if spots else "")
        groups[spots, town].append(piece)
        by_town[town] += piece.area_m2
        for kind in (_UNIT, _STRIP, _BLOCK):
            if piece.cells[kind]:
                by_grid[layers[kind][piece.cells[kind][0]].code] += piece.area_m2
                break
    grounds = tuple(
        _ground(spots, town, pieces) for (spots, town), pieces in sorted(groups.items(), key=lambda one: _key(*one[0]))
    )
    return Grounds(grounds, len(cut.pieces), cut.area_m2, cut.crumbs_m2, dict(by_grid), dict(by_town), drawn.versions)


def _ground(spots: tuple[Spot, ...], town: str, pieces: Sequence[Piece]) -> Ground:
    largest = max(pieces, key=lambda piece: piece.area_m2)
    area = sum(piece.area_m2 for piece in pieces)
    return Ground(spots, area, round(largest.longitude, 7), round(largest.latitude, 7), len(pieces), town)


def _key(spots: tuple[Spot, ...], town: str) -> tuple[str, ...]:
    return (town, *(f"{spot.town_code}{spot.community_code}" for spot in spots))


def _spots(piece: Piece, layers: Sequence[Sequence[DrawnCell]], base: int) -> tuple[Spot, ...]:
    """Where the matrix takes the piece to be: its block cells. Strips and units say who walks there, not whose it is."""
    found = (layers[base][number] for number in piece.cells[base])
    return tuple(dict.fromkeys(Spot(cell.town_code, cell.community_code) for cell in found))


# --- the proof ---------------------------------------------------------------------------------------------------------


def prove(since: date, *, until: date | None = None, city: CityMap | None = None) -> Proof:
    """The whole proof over the days from `since` to (not with) `until`, a week without it. city: instead of today's map."""
    began = time.monotonic()
    until = until or since + WEEK
    grounds = grounds_of(city, city.cut()) if city is not None else city_grounds()
    order = order_between(since, until)
    closure = close(grounds.grounds, order, since, until)
    owned = owned_grounds()
    of_owned = tuple(close_owned(owned, order, since, until))
    rosters, unwatched = _rosters(grounds, since, until)
    return Proof(
        grounds, closure, tuple(ground for _kind, ground in owned), of_owned, rosters, unwatched, prove_places(order, since, until),
        time.monotonic() - began,
    )


def _rosters(grounds: Grounds, since: date, until: date) -> tuple[tuple[dict[str, Any], ...] | None, tuple[dict[str, Any], ...]]:
    """(every stretch without enough people on duty, with the ground it leaves; where nobody of any group is on duty).

    The first is None while there is no roster group at all.
    """
    standing = Standing(since, until - timedelta(days=1))
    if not standing.duty.groups:
        return None, ()
    gaps = tuple(
        {
            "group": gap.group_code, "name": gap.group_name, "post": gap.post, "since": gap.starts_at.isoformat(),
            "until": gap.ends_at.isoformat(), "minutes": gap.minutes, "need": gap.need, "have": gap.have, "reason": gap.reason,
            "area_m2": round(_group_area(grounds, gap.town_code, gap.grid_codes)),
        }
        for gap in standing.duty.gaps()
    )  # fmt: skip
    unwatched = tuple(
        {
            "post": one.post, "places": [place.grid or place.town for place in one.places], "since": moment_at(one.starts).isoformat(),
            "until": moment_at(one.ends).isoformat(), "minutes": one.minutes,
            "area_m2": round(sum(_group_area(grounds, place.town, [place.grid] if place.grid else []) for place in one.places)),
        }
        for one in standing.bare()
    )  # fmt: skip
    return gaps, unwatched


def _group_area(grounds: Grounds, town_code: str, grid_codes: Sequence[str]) -> float:
    if grid_codes:
        return sum(grounds.by_grid.get(code, 0.0) for code in grid_codes)
    return grounds.area_m2 if town_code == "*" else grounds.by_town.get(town_code, 0.0)


# --- as a report -------------------------------------------------------------------------------------------------------


def document_of(proof: Proof) -> str:
    """The report's text: canonical JSON, the same for the same city and week. Units and places by code, no person."""
    closure, grounds = proof.closure, proof.grounds
    told = {
        "since": closure.since.isoformat(), "until": closure.until.isoformat(), "layers": dict(grounds.versions),
        "pieces": grounds.pieces, "area_m2": round(grounds.area_m2, 2), "crumbs_m2": round(grounds.crumbs_m2, 4),
        "spans": [[a.isoformat(), b.isoformat()] for a, b in closure.spans], "questions": closure.questions, "asked": closure.asked,
        "grounds": [_told_ground(ground) for ground in grounds.grounds], "openings": [_told(one) for one in closure.openings],
        "owned": [_told_ground(ground) for ground in proof.owned], "of_owned": [_told(one) for one in proof.of_owned],
        "rosters": list(proof.rosters) if proof.rosters is not None else None, "unwatched": list(proof.unwatched),
        "places": proof.places.told(),
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _told_ground(ground: Ground) -> dict[str, Any]:
    spots = [[spot.town_code, spot.community_code] for spot in ground.spots]
    owner = {"owner": ground.spots[0].owner_unit} if ground.spots and ground.spots[0].owner_unit else {}
    return {
        "town": ground.town_code, "spots": spots, "area_m2": round(ground.area_m2, 2), "lon": ground.longitude, "lat": ground.latitude,
        "pieces": ground.pieces, **owner,
    }  # fmt: skip


def _told(one: Opening) -> dict[str, Any]:
    return {
        "kind": one.kind, "types": list(one.types), "grounds": list(one.grounds), "since": one.since.isoformat(),
        "until": one.until.isoformat(), "units": list(one.units), "rules": list(one.rules), "why": one.why,
    }  # fmt: skip


@transaction.atomic
def keep_report(proof: Proof, *, by: Account | None, now: datetime) -> ClosureReport:
    """Sign and keep a proof: the hash of its text, with the journal's head, and the same hash in the journal."""
    document = document_of(proof)
    seq, head = journal_selectors.head()
    open_grounds = {number for one in proof.closure.openings for number in one.grounds}

    def keep() -> ClosureReport:
        last = ClosureReport.objects.order_by("-number").values_list("number", flat=True).first() or 0
        return ClosureReport.objects.create(
            number=last + 1, made_at=now, made_by=by, since=proof.closure.since, until=proof.closure.until, document=document,
            sha256=hashlib.sha256(document.encode()).hexdigest(), journal_seq=seq, journal_hash=head, area_m2=proof.grounds.area_m2,
            open_area_m2=sum(proof.grounds.grounds[number].area_m2 for number in open_grounds),
            openings=len(proof.closure.openings) + len(proof.of_owned) + len(proof.places.openings),
            uncovered_minutes=None if proof.rosters is None else sum(gap["minutes"] for gap in proof.rosters), seconds=proof.seconds,
        )  # fmt: skip

    report = after_whoever_was_quicker(keep)
    journal.record("matrix.closure-proved", by=by, about=report, now=now, sha256=report.sha256, since=report.since.isoformat(),
                   until=report.until.isoformat(), openings=report.openings)  # fmt: skip
    return report


def prove_closure(since: date, *, by: Account | None, now: datetime) -> ClosureReport:
    """Prove a week and keep the report. The proof itself holds no transaction."""
    return keep_report(prove(since), by=by, now=now)


@transaction.atomic
def ask_for_proof(since: date, *, by: Account, now: datetime) -> None:
    """Have the worker prove a week: nobody waits for it at a page.

    Raises BadInput for a week that has begun before today: the grids and components of then are not those of today.
    """
    if not timedelta() <= since - timezone.localdate(now) <= FARTHEST:
        raise BadInput(_("只能证明今天起一年以内的一周。过去的一周请看当时的报告。"))
    journal.record("matrix.closure-asked", by=by, about=by, now=now, since=since.isoformat())


def prove_daily(now: datetime) -> int:
    """A proof of the coming week every day; a city without a map has nothing to prove."""
    made = ClosureReport.objects.filter(made_at__gt=now - ALMOST_A_DAY).exists()
    if made or not city_map().layers.get("town"):
        return 0
    return prove_closure(timezone.localdate(now), by=None, now=now).number


def is_intact(report: ClosureReport) -> bool:
    """Whether the text is still the one that was hashed, and the journal holds the same hash."""
    said = Entry.objects.filter(action="matrix.closure-proved", about=f"closurereport:{report.number}").first()
    fresh = hashlib.sha256(report.document.encode()).hexdigest()
    return said is not None and said.facts.get("sha256") == report.sha256 == fresh


# --- before a change ---------------------------------------------------------------------------------------------------


def quick_grounds() -> tuple[Ground, ...]:
    """The city by community, each with the area its grids have together: enough while only lines and roles change."""
    drawn = city_map()
    cells = next((drawn.layers[name] for name in ("block", "community", "town") if drawn.layers.get(name)), ())
    by_place: dict[Spot, list[DrawnCell]] = defaultdict(list)
    for cell in cells:
        by_place[Spot(cell.town_code, cell.community_code)].append(cell)
    grounds = []
    for spot, mine in sorted(by_place.items(), key=lambda one: (one[0].town_code, one[0].community_code)):
        point = mine[0].shape.point_on_surface()
        area = sum(area_m2(cell.shape) for cell in mine)
        grounds.append(Ground((spot,), area, round(point.x, 7), round(point.y, 7), len(mine), spot.town_code))
    return tuple(grounds)


def closure_with(
    since: date, *, rule: MatrixRule | None = None, without: int | None = None, holder: RoleHolder | None = None,
) -> WouldOpen:  # fmt: skip
    """What a line added, a line ended or a role given from that day on would open and close in the week after it."""
    until = since + WEEK
    before = order_between(since, until)
    after = before
    if rule is not None:
        after = replace(after, rules=(*after.rules, rule))
    if without is not None:
        ended = (replace(each, valid_to=since) if each.id == without else each for each in after.rules)
        after = replace(
            after, rules=tuple(each for each in ended if each.valid_to is None or each.valid_to > each.valid_from)
        )
    if holder is not None:
        after = replace(after, roles=tuple(_given(after.roles, holder, since)))
    grounds, owned = quick_grounds(), owned_grounds()
    one, other = (_closed(grounds, owned, each, since, until) for each in (before, after))
    everywhere = (*grounds, *(ground for _kind, ground in owned))
    return WouldOpen(everywhere, tuple(opened(one, other)), tuple(opened(other, one)), since, until)


def _closed(grounds: Sequence[Ground], owned: Owned, order: Order, since: date, until: date) -> Closure:
    """The proof of both at once: the grounds of the components that have an owner are numbered after the city's."""
    city = close(grounds, order, since, until)
    of_owned = (
        replace(one, grounds=tuple(len(grounds) + number for number in one.grounds)) for one in close_owned(owned, order, since, until)
    )
    return replace(city, openings=(*city.openings, *of_owned))


def _given(roles: Iterable[HeldRole], holder: RoleHolder, since: date) -> Iterable[HeldRole]:
    for each in roles:
        if (each.role, each.town_code) != (holder.role, holder.town_code) or (each.valid_to is not None and each.valid_to <= since):
            yield each
        elif each.valid_from < since:
            yield replace(each, valid_to=since)
    yield HeldRole(holder.role, holder.town_code, holder.unit_code, since)
