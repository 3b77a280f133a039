"""A place that the register does not have, told from the street; the office or its town registers it, or says which one it is. Policy: 2.1.

Nothing is merged by itself: what may be the same is put side by side, by the rule that the census has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import or_

import shapely
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.evidence import services as evidence
from wenming.evidence.models import Role, Subject
from wenming.journal import services as journal
from wenming.organisations.models import Account
from wenming.refusals import BadInput, NotAllowed, Refusal
from wenming.territory.components.services import Drawn
from wenming.territory.models import Place, PlaceKind, PlaceOrigin, PlaceStanding
from wenming.territory.own_ground import ground_code
from wenming.territory.public_places.services import KEEPING, PlaceTelling, PlaceWhere, register_place
from wenming.territory.rules.geometry import distance_m, metres_per_degree
from wenming.territory.rules.same_place import kinds_meet, may_be_one, pairs_of, reach_m, similarity, tidy_name

from .models import PlaceProposal, ProposalEnd
from .services import Where, placement_at

PERMISSION = "places.verify"
PHOTOS = "place-proposal"
MOST_BESIDE = 5


class ProposalEnded(Refusal):
    """Somebody was quicker."""

    code = "place.proposal-ended"


@dataclass(frozen=True)
class Beside:
    """A place of the register that may be the one proposed. alike: of the names, percent; metres: None where one has no position."""

    place: Place
    alike: int
    metres: int | None


@transaction.atomic
def propose_place(
    *, kind: str, name: str, where: Where, seen_on: date, by: Account, now: datetime, note: str = "", upload_tokens: Sequence[str] = ()
) -> PlaceProposal:
    """现场发现: tell the office of a place; the register stays as it is until the office has decided."""
    if not by.may(PERMISSION):
        raise NotAllowed()
    if kind not in PlaceKind.values:
        raise BadInput(_("还没有选类别。请在十六类里选一个。"))
    if not name.strip():
        raise BadInput(_("还没有写名称。请写门头或路牌上的名字。"))
    if where.longitude is None and not where.address.strip():
        raise BadInput(_("还没有说在哪里。请定位，或者写一句在哪里。"))
    made = PlaceProposal.objects.create(
        kind=kind, name=name.strip()[:80], placement=placement_at(where, now), note=note.strip()[:200],
        seen_on=min(seen_on, timezone.localdate(now)), at=now, by=by,
    )  # fmt: skip
    for token in upload_tokens:
        evidence.attach(evidence.claim_upload(token, now=now), role=Role.SCENE, subject=Subject(PHOTOS, str(made.pk)), by=by, now=now)
    journal.record("place.proposed", by=by, about=made, now=now, kind=kind, name=made.name)
    return made


def open_proposals(by: Account) -> QuerySet[PlaceProposal]:
    """Those that wait for this person's decision, the oldest first: all for the office, a town's own for the town."""
    found = PlaceProposal.objects.filter(end=None).select_related("placement__town", "placement__community", "by").order_by("pk")
    if by.may(KEEPING.keeps):
        return found
    town = ground_code(by.unit) if by.may(KEEPING.own) else ""
    return found.filter(placement__town__code=town) if town else found.none()


def beside(proposals: Sequence[PlaceProposal]) -> dict[int, list[Beside]]:
    """{proposal: the places that may be the same, the likeliest first}, in one question for all of them."""
    asked = [_within_reach(one) for one in proposals]
    if not asked:
        return {}
    there = Place.objects.filter(reduce(or_, asked), standing=PlaceStanding.OPEN)
    found = list(there.select_related("placement__town", "placement__community", "manager"))
    pairs = [pairs_of(tidy_name(one.name)) for one in found]
    beside_each = {}
    for one in proposals:
        own = pairs_of(tidy_name(one.name))
        alike = (_beside(place, similarity(own, other), one) for place, other in zip(found, pairs, strict=True))
        beside_each[one.pk] = sorted(filter(None, alike), key=lambda each: (-each.alike, each.metres or 0))[:MOST_BESIDE]
    return beside_each


def _within_reach(proposal: PlaceProposal) -> Q:
    """Places of a kind that meets its own, in a box around it; without a position, in its town."""
    kinds = Q(kind__in=[kind for kind in PlaceKind.values if kinds_meet(kind, proposal.kind)])
    point = proposal.placement.point
    if point is None:
        return kinds & Q(placement__town=proposal.placement.town)
    east, north = metres_per_degree(point[1])
    reach = reach_m(proposal.kind)
    return kinds & Q(
        placement__longitude__range=(point[0] - reach / east, point[0] + reach / east),
        placement__latitude__range=(point[1] - reach / north, point[1] + reach / north),
    )


def _beside(place: Place, alike: float, proposal: PlaceProposal) -> Beside | None:
    point, other = proposal.placement.point, place.placement.point
    metres = distance_m(point, other) if point and other else None
    same_town = place.placement.town_id == proposal.placement.town_id
    if not may_be_one(proposal.kind, place.kind, alike, metres, same_town=same_town):
        return None
    return Beside(place, round(100 * alike), None if metres is None else round(metres))


@transaction.atomic
def accept_proposal(proposal: PlaceProposal, *, by: Account, now: datetime) -> Place:
    """登记 what was proposed, as found on the street."""
    proposal = _begin(proposal, by)
    spot = proposal.placement
    drawn = Drawn(shapely.Point(spot.point), address=spot.address) if spot.point is not None else None
    made = register_place(
        PlaceTelling(proposal.kind, proposal.name, note=proposal.note), PlaceWhere(drawn, spot.town, spot.address), on=proposal.seen_on, by=by,
        now=now, source=_("现场发现 %(number)d") % {"number": proposal.pk}, origin=PlaceOrigin.PATROL,
    )  # fmt: skip
    _end(proposal, "accepted", made, "", by, now)
    return made


@transaction.atomic
def join_proposal(proposal: PlaceProposal, place: Place, *, by: Account, now: datetime) -> Place:
    """是已有的: the register has it under another name or at another spot; its photographs are shown in that dossier."""
    proposal = _begin(proposal, by)
    _end(proposal, "joined", place, "", by, now)
    return place


@transaction.atomic
def refuse_proposal(proposal: PlaceProposal, *, reason: str, by: Account, now: datetime) -> None:
    """不登记, and why."""
    proposal = _begin(proposal, by)
    if not reason.strip():
        raise BadInput(_("不登记要写明原因，发现的人才看得懂。请补上后再提交。"))
    _end(proposal, "refused", None, reason.strip()[:200], by, now)


def _begin(proposal: PlaceProposal, by: Account) -> PlaceProposal:
    # Two may decide at once, the office and the town too: the second waits here and is told.
    proposal = PlaceProposal.objects.select_for_update(of=("self",)).select_related("placement__town").get(pk=proposal.pk)
    KEEPING.refuse_other_ground(by, proposal.placement.town)
    if ProposalEnd.objects.filter(proposal=proposal).exists():
        raise ProposalEnded(_("这一条刚刚有人定过了。刷新页面看最新情况。"))
    return proposal


def _end(proposal: PlaceProposal, how: str, place: Place | None, reason: str, by: Account, now: datetime) -> None:
    ProposalEnd.objects.create(proposal=proposal, how=how, place=place, reason=reason, at=now, by=by)
    journal.record("place.proposal-ended", by=by, about=proposal, now=now, how=how, place=place.number if place else "")
