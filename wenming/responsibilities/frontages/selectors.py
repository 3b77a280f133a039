"""Asking about frontages: who answers for which piece today, what is due, what may be done next. Policy: 3.1-3.5."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Sum, When

from wenming.documents.models import Document
from wenming.organisations.models import Account, Unit
from wenming.organisations.selectors import sees_whole_city, town_unit
from wenming.territory.frontages.selectors import premises_visible_to
from wenming.territory.models import EdgeStretch, Premises
from wenming.territory.rules.street_edges import Difference, Served, reconcile

from ..models.frontages import (
    AgreementSignature,
    AreaNotice,
    FeeEntry,
    FrontageAgreement,
    FrontageMatter,
    NoticedStretch,
    ServiceContract,
    ShopQuestion,
)
from ..rules.fee_ledger import Balance, balance
from ..rules.frontage_steps import Facts, Look, StepKind, Taken

RENEW_WITHIN = timedelta(days=30)


def notice_in_force(premises: Premises) -> AreaNotice | None:
    """The newest written notice that was served; None: no duty has fallen on them."""
    return AreaNotice.objects.filter(premises=premises, document__service__isnull=False).order_by("-at", "-pk").first()


def told_stretches(stretches: Collection[EdgeStretch]) -> set[int]:
    """Keys of those of which a served notice tells: for them the premises answer, for all others the town."""
    told = NoticedStretch.objects.filter(stretch__in=[one.pk for one in stretches], notice__document__service__isnull=False)
    return set(told.values_list("stretch_id", flat=True))


@dataclass(frozen=True)
class Answer:
    """Who answers for a piece of the edge today: the premises, or a unit, and why."""

    premises: Premises | None
    unit: Unit | None
    told: bool


def who_answers_for(stretch: EdgeStretch, told: bool | None = None) -> Answer:
    """Exactly one: the premises once they were told in writing; until then their town; where no door is, the unit (3.2)."""
    if stretch.unit is not None:
        return Answer(None, stretch.unit, True)
    assert stretch.premises is not None
    told = stretch.pk in told_stretches([stretch]) if told is None else told
    if told:
        return Answer(stretch.premises, None, True)
    town = stretch.street.town
    return Answer(None, town_unit(town.code), False)


def agreements_of(premises: Premises) -> QuerySet[FrontageAgreement]:
    """Every period's, the newest first."""
    joined = premises.agreements.select_related("document__service", "signature").prefetch_related("duties")
    return joined.order_by("-period_from")


def agreement_on(premises: Premises, day: date) -> FrontageAgreement | None:
    """The signed agreement that holds on a day."""
    held = agreements_of(premises).filter(period_from__lte=day, period_to__gt=day, signature__isnull=False)
    return held.first()


def _held(day: date) -> QuerySet[FrontageAgreement]:
    signed = Exists(AgreementSignature.objects.filter(agreement=OuterRef("pk")))
    return FrontageAgreement.objects.filter(signed, premises=OuterRef("pk"), period_from__lte=day, period_to__gt=day)


def with_agreement(premises: QuerySet[Premises], day: date) -> QuerySet[Premises]:
    """Those whose signed agreement holds on that day."""
    return premises.filter(Exists(_held(day)))


def without_agreement(premises: QuerySet[Premises], day: date) -> QuerySet[Premises]:
    """Those with none: never signed, or run out."""
    return premises.filter(~Exists(_held(day)))


def to_renew(premises: QuerySet[Premises], day: date) -> QuerySet[Premises]:
    """续签: open ones whose agreement ends within a month or has ended, and whose next one is not signed."""
    soon = day + RENEW_WITHIN
    signed = Exists(AgreementSignature.objects.filter(agreement=OuterRef("pk")))
    had = FrontageAgreement.objects.filter(signed, premises=OuterRef("pk"), period_to__lte=soon)
    later = FrontageAgreement.objects.filter(signed, premises=OuterRef("pk"), period_to__gt=soon)
    return premises.filter(Exists(had), ~Exists(later), closed_on=None)


def not_told(premises: QuerySet[Premises]) -> QuerySet[Premises]:
    """Open ones with a stretch of which no served notice tells: there the town answers."""
    told = NoticedStretch.objects.filter(stretch=OuterRef("pk"), notice__document__service__isnull=False)
    bare = EdgeStretch.objects.filter(~Exists(told), premises=OuterRef("pk"), valid_to=None)
    return premises.filter(Exists(bare), closed_on=None)


def without_stretch(premises: QuerySet[Premises]) -> QuerySet[Premises]:
    """Open ones that have no piece of any street."""
    return premises.filter(~Exists(EdgeStretch.objects.filter(premises=OuterRef("pk"), valid_to=None)), closed_on=None)


def in_arrears(premises: QuerySet[Premises]) -> QuerySet[Premises]:
    """Those that still owe a fee."""
    signed = Case(When(debit="receivable", then=F("amount_fen")), When(credit="receivable", then=-F("amount_fen")), default=0)
    owing = FeeEntry.objects.values("premises").annotate(due=Sum(signed)).filter(due__gt=0)
    return premises.filter(pk__in=owing.values("premises"))


# --- matters ---------------------------------------------------------------------------------------------------------


def matters_visible_to(user: Account | AnonymousUser) -> QuerySet[FrontageMatter]:
    """Those of the premises that this person sees."""
    joined = FrontageMatter.objects.select_related("premises__community__parent")
    return joined.filter(premises__in=premises_visible_to(user).order_by().values("pk"))


def documents_visible_to(user: Account | AnonymousUser) -> QuerySet[Document]:
    """Every document about the premises that this person sees: notices, agreements, steps."""
    seen = premises_visible_to(user).order_by().values("pk")
    about = Q(area_notice__premises__in=seen) | Q(agreement__premises__in=seen) | Q(frontage_step__matter__premises__in=seen)
    return Document.objects.select_related("paper__original").filter(about)


def facts_of(matter: FrontageMatter) -> Facts:
    """What is on record of a matter, as the rule takes it."""
    notice = notice_in_force(matter.premises)
    steps = [
        Taken(StepKind(one.kind), one.at, _served(one.document), getattr(getattr(one, "term", None), "due_at", None))
        for one in matter.steps.select_related("document__service", "term").order_by("position")
    ]
    notes = list(matter.notes.order_by("at", "pk"))
    looks = [Look(one.at, one.kind == "looked_mended", one.shown) for one in notes if one.kind.startswith("looked")]
    claims = [one.at for one in notes if one.kind == "claimed"]
    heard = [one.at for one in notes if one.kind in {"heard", "waived"}]
    return Facts(
        notice_at=_served(notice.document) if notice else None, steps=steps, looks=looks, ended_at=matter.ended_at,
        claimed_at=claims[-1] if claims else None, heard_at=heard[-1] if heard else None,
    )  # fmt: skip


def _served(document: Document) -> datetime | None:
    return getattr(getattr(document, "service", None), "served_at", None)


# --- contractors -----------------------------------------------------------------------------------------------------


def contracts_visible_to(user: Account | AnonymousUser) -> QuerySet[ServiceContract]:
    if not isinstance(user, Account) or not user.may("frontages.see"):
        return ServiceContract.objects.none()
    found = ServiceContract.objects.select_related("contractor")
    return found if sees_whole_city(user) else found.filter(town_code=user.unit.area_code[:9])


@dataclass(frozen=True)
class ListedDifference:
    """A difference between a contractor's list and the register; premises: None where the register knows nothing of it."""

    kind: Difference
    number: str
    premises: Premises | None


def differences_of(contract: ServiceContract) -> list[ListedDifference]:
    """Every number on which the contractor's list and the register disagree. Policy: 3.1."""
    areas = [Served(f"{one.street_id}:{one.side}", one.from_cm, one.to_cm) for one in contract.areas.all()]
    listed = list(contract.listed.values_list("number", flat=True))
    streets = {one.street_id for one in contract.areas.all()}
    rows = EdgeStretch.objects.filter(valid_to=None, premises__isnull=False).filter(
        Q(street__in=streets) | Q(premises__number__in=listed)
    )
    lies = [
        (number, Served(f"{street}:{side}", since, to))
        for number, street, side, since, to in rows.values_list("premises__number", "street_id", "side", "from_cm", "to_cm")
    ]
    known = Premises.objects.filter(Q(number__in=[*listed, *(number for number, _piece in lies)]))
    by_number = {one.number: one for one in known.select_related("community")}
    closed = {number for number, one in by_number.items() if not one.is_open}
    found = reconcile(listed, set(by_number) - closed, closed, lies, areas)
    return [ListedDifference(kind, number, by_number.get(number)) for kind, number in found]


# --- fees ------------------------------------------------------------------------------------------------------------


def balance_of(premises: Premises) -> Balance:
    return balance(entry.as_rule() for entry in premises.fee_entries.all())


def whole_balance(entries: QuerySet[FeeEntry] | None = None) -> Balance:
    """Everything that was ever booked: the four accounts together are always nought."""
    rows = FeeEntry.objects.all() if entries is None else entries
    return balance(entry.as_rule() for entry in rows.iterator(chunk_size=2000))


def open_questions(user: Account | AnonymousUser) -> QuerySet[ShopQuestion]:
    seen = premises_visible_to(user).order_by().values("pk")
    return ShopQuestion.objects.select_related("premises").filter(answered_at=None, premises__in=seen).order_by("asked_at")


def open_matters(matters: QuerySet[FrontageMatter]) -> QuerySet[FrontageMatter]:
    return matters.filter(ended_at=None)


def served_among(documents: Sequence[Document]) -> int:
    return sum(1 for one in documents if _served(one) is not None)
