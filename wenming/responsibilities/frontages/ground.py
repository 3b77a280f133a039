"""What of the frontages is a unit's: its town's or community's streets and doors, the contracts that it serves, its own pieces.

Permission by ground: a town sees its own town, a community its own community, a contractor the pieces that its contracts
cover and the doors in front of them, every unit the pieces of streets that it has itself. Policy: 3.1-3.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from wenming.organisations.models import Account, Unit, UnitKind
from wenming.territory.models import EdgeStretch, ManagedStreet, Premises

from ..models.frontages import (
    FrontageAgreement,
    FrontageMatter,
    FrontageStep,
    ServiceArea,
    ServiceContract,
    ShopQuestion,
)
from ..rules.frontage_steps import StepKind

PERMISSION = "frontages.own"
TOWN_DIGITS, COMMUNITY_DIGITS = 9, 12
ENDS_SOON = timedelta(days=60)


@dataclass(frozen=True)
class Ground:
    """Querysets of what is the unit's; all empty for who has no unit that answers for frontages."""

    premises: QuerySet[Premises]
    streets: QuerySet[ManagedStreet]
    contracts: QuerySet[ServiceContract]
    pieces: QuerySet[EdgeStretch]

    @property
    def matters(self) -> QuerySet[FrontageMatter]:
        """Those not ended, before the doors of this ground."""
        joined = FrontageMatter.objects.select_related("premises__community")
        return joined.filter(ended_at=None, premises__in=self.premises.order_by().values("pk"))

    @property
    def questions(self) -> QuerySet[ShopQuestion]:
        """What those doors asked and nobody has answered, the oldest first; what they said to a matter is heard there."""
        waiting = ShopQuestion.objects.select_related("premises").filter(answered_at=None, matter=None)
        return waiting.filter(premises__in=self.premises.order_by().values("pk")).order_by("asked_at")


def ground_of(user: Account | AnonymousUser) -> Ground:
    """What this person's unit answers for today."""
    if not isinstance(user, Account) or not user.may(PERMISSION):
        return _ground(Q(pk=None), Q(pk=None), Q(pk=None), None)
    unit, code = user.unit, user.unit.area_code or ""
    if unit.kind == UnitKind.TOWN and code:
        town = code[:TOWN_DIGITS]
        return _ground(Q(community__parent__code=town), Q(town__code=town), Q(town_code=town), unit)
    if len(code) >= COMMUNITY_DIGITS:
        doors = Q(community__code=code[:COMMUNITY_DIGITS])
        here = EdgeStretch.objects.filter(premises__community__code=code[:COMMUNITY_DIGITS], valid_to=None)
        return _ground(doors, Q(pk__in=here.values("street")), Q(contractor=unit), unit)
    mine = ServiceContract.objects.filter(contractor=unit)
    areas = ServiceArea.objects.filter(contract__in=mine)
    before = EdgeStretch.objects.filter(Exists(_covering(mine)), premises__isnull=False, valid_to=None)
    return _ground(Q(pk__in=before.values("premises")), Q(pk__in=areas.values("street")), Q(contractor=unit), unit)


def _covering(contracts: QuerySet[ServiceContract]) -> QuerySet[ServiceArea]:
    """Pieces of these contracts that meet the stretch asked about."""
    return ServiceArea.objects.filter(
        contract__in=contracts, street=OuterRef("street"), side=OuterRef("side"), from_cm__lt=OuterRef("to_cm"), to_cm__gt=OuterRef("from_cm")
    )


def _ground(premises: Q, streets: Q, contracts: Q, unit: Unit | None) -> Ground:
    return Ground(
        Premises.objects.select_related("community__parent").filter(premises, closed_on=None).order_by("number"),
        ManagedStreet.objects.select_related("town").filter(streets, managed_to=None).order_by("code"),
        ServiceContract.objects.select_related("contractor").filter(contracts).order_by("term_to", "number"),
        EdgeStretch.objects.select_related("street").filter(unit=unit, valid_to=None) if unit else EdgeStretch.objects.none(),
    )


def unsigned(premises: QuerySet[Premises], day: date) -> QuerySet[FrontageAgreement]:
    """Drawn up for a period that has not ended, and not signed yet; what begins first comes first."""
    waiting = FrontageAgreement.objects.filter(signature=None, withdrawal=None, period_to__gt=day, premises__in=premises.order_by().values("pk"))
    return waiting.select_related("premises", "document").order_by("period_from", "pk")


@dataclass(frozen=True)
class OpenStep:
    """Where an unfinished matter stands: its newest document and until when it gives time."""

    matter: FrontageMatter
    step: FrontageStep | None
    due_at: datetime | None
    now: datetime

    @property
    def look(self) -> str:
        if self.due_at is None:
            return "hold"
        return "late" if self.due_at < self.now else "soon" if self.due_at < self.now + timedelta(days=1) else "go"

    @property
    def kind(self) -> StepKind | None:
        return StepKind(self.step.kind) if self.step else None


def open_steps(matters: QuerySet[FrontageMatter], now: datetime, most: int) -> list[OpenStep]:
    """Unfinished matters with their newest step, what falls due first in front; two statements."""
    newest = FrontageStep.objects.filter(matter=OuterRef("pk")).order_by("-position")
    rows = matters.annotate(newest=newest.values("pk")[:1], due_at=newest.values("term__due_at")[:1])
    found = list(rows.order_by(F("due_at").asc(nulls_last=True), "opened_at")[:most])
    steps = FrontageStep.objects.select_related("document__service").in_bulk([one.newest for one in found if one.newest])
    return [OpenStep(one, steps.get(one.newest), one.due_at, now) for one in found]


def ending_contracts(contracts: Sequence[ServiceContract], day: date) -> set[int]:
    """Keys of those whose term ends within two months, or has ended."""
    return {one.pk for one in contracts if one.term_to <= day + ENDS_SOON}
