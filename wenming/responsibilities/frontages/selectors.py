"""Asking about frontages: who answers for which piece today, what is due, what may be done next. Policy: 3.1-3.5."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import (
    Case,
    Exists,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    When,
    prefetch_related_objects,
)

from wenming.documents.models import Document
from wenming.organisations.models import Account, Unit
from wenming.organisations.selectors import sees_whole_city, town_unit
from wenming.territory.frontages.selectors import premises_visible_to
from wenming.territory.models import EdgeStretch, Premises
from wenming.territory.rules.street_edges import Difference, Served, reconcile

from ..calendars import calendar_version
from ..models.frontages import (
    AgreementSignature,
    FeeEntry,
    FrontageAgreement,
    FrontageMatter,
    FrontageStep,
    MatterNote,
    NoticedStretch,
    ServiceContract,
    ShopQuestion,
)
from ..rules import clock
from ..rules.fee_ledger import Balance, balance
from ..rules.frontage_steps import Facts, Look, StepKind, Taken

RENEW_WITHIN = timedelta(days=30)


def told_at(premises: Premises) -> datetime | None:
    """Since when they answer for every piece that they have today (`told_of_all`)."""
    return told_of_all(with_told(premises.stretches.filter(valid_to=None)))


def told_of_all(stretches: Iterable[Any]) -> datetime | None:
    """Since when they were told of all of these, given `with_told`: the latest first service of a notice of one of them.

    None: there are none, or of one of them no served notice tells; then no duty has fallen on them.
    """
    since = [one.told_at for one in stretches]
    return max(since) if since and all(since) else None


def told_stretches(stretches: Collection[EdgeStretch]) -> set[int]:
    """Keys of those of which a served notice tells: for them the premises answer, for all others the town."""
    told = _SERVED.filter(stretch__in=[one.pk for one in stretches])
    return set(told.values_list("stretch_id", flat=True))


def with_told(stretches: QuerySet[EdgeStretch]) -> QuerySet[Any]:
    """The same in one question: each with `told_at`, when a notice that tells of it was first served; None: none was."""
    at = "notice__document__service__served_at"
    return stretches.annotate(told_at=Subquery(_SERVED.filter(stretch=OuterRef("pk")).order_by(at).values(at)[:1]))


_SERVED = NoticedStretch.objects.filter(notice__document__service__isnull=False)


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
    joined = premises.agreements.select_related("document__service", "signature", "withdrawal__by").prefetch_related("duties")
    return joined.order_by("-period_from", "-turn")


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


def told_premises(document: Document) -> Premises:
    """Whom a notice, an agreement or a step is for."""
    about = Q(area_notices__document=document) | Q(agreements__document=document) | Q(matters__steps__document=document)
    return Premises.objects.select_related("community__parent").filter(about)[0]


def papers_of(premises: Premises) -> QuerySet[Document]:
    """Every document about these premises with its service, the newest first."""
    about = Q(area_notice__premises=premises) | Q(agreement__premises=premises) | Q(frontage_step__matter__premises=premises)
    joined = Document.objects.select_related("service", "agreement__signature", "agreement__withdrawal", "paper__original")
    return joined.filter(about).order_by("-issued_at")


def facts_of(matter: FrontageMatter) -> Facts:
    """What is on record of a matter, as the rule takes it."""
    return facts_of_many([matter], told_at(matter.premises))[matter.pk]


def facts_of_many(matters: Sequence[FrontageMatter], notice_at: datetime | None) -> dict[int, Facts]:
    """{matter: what is on record of it}, for matters of one premises. notice_at: `told_at` of it."""
    # Always as they are now: a prefetch of before would be taken for the whole story.
    fresh = _with_their_story(FrontageMatter.objects.all())
    return {pk: _facts(one, notice_at) for pk, one in fresh.in_bulk([matter.pk for matter in matters]).items()}


def open_with_facts(premises: Premises, notice_at: datetime | None) -> list[tuple[FrontageMatter, Facts]]:
    """What is not ended in front of this door and is theirs, the newest first, with what is on record of each.

    Before they were told in writing (notice_at: `told_at`) the town answers, and they are asked nothing.
    """
    matters = list(_with_their_story(premises.matters.filter(ended_at=None)))
    found = [(one, _facts(one, notice_at)) for one in matters]
    return [(one, facts) for one, facts in found if notice_at is not None or facts.steps]


def _with_their_story(matters: QuerySet[FrontageMatter]) -> QuerySet[FrontageMatter]:
    steps = FrontageStep.objects.select_related("document__service", "term__schedule").order_by("position")
    notes = MatterNote.objects.order_by("at", "pk")
    return matters.prefetch_related(Prefetch("steps", steps), Prefetch("notes", notes), "statements")


def _facts(matter: FrontageMatter, notice_at: datetime | None) -> Facts:
    rows = list(matter.steps.all())
    steps = [Taken(StepKind(one.kind), one.at, _served(one.document), _due_at(one, one is rows[-1])) for one in rows]
    notes = list(matter.notes.all())
    looks = [Look(one.at, one.kind == "looked_mended", one.shown) for one in notes if one.kind.startswith("looked")]
    claims = [one.at for one in notes if one.kind == "claimed"]
    heard = [one.at for one in notes if one.kind in {"heard", "waived"}]
    return Facts(
        notice_at=notice_at, steps=steps, looks=looks, ended_at=matter.ended_at, claimed_at=claims[-1] if claims else None,
        heard_at=heard[-1] if heard else None, statements=sorted(one.asked_at for one in matter.statements.all()),
    )  # fmt: skip


def _due_at(step: FrontageStep, is_last: bool) -> datetime | None:
    """When its term ends. A holiday that was announced since it began gives them the day; none is ever taken from them."""
    term, limit = getattr(step, "term", None), step.limit
    if term is None or limit is None:
        return None
    # What followed an earlier step followed it by the calendar of that time.
    if not is_last or (newest := calendar_version()).pk == term.calendar_id:
        return term.due_at
    again = clock.deadline(term.served_at, limit, newest.as_rule(), term.schedule.as_rule())
    return max(term.due_at, again.due_at)


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
    return differences_of_many([contract])[contract.pk]


def differences_of_many(contracts: Sequence[ServiceContract]) -> dict[int, list[ListedDifference]]:
    """{contract: its differences}, in four questions however many contracts."""
    prefetch_related_objects(contracts, "areas", "listed")
    listed = {one.pk: [row.number for row in one.listed.all()] for one in contracts}
    streets = {one.pk: {area.street_id for area in one.areas.all()} for one in contracts}
    rows = EdgeStretch.objects.filter(valid_to=None, premises__isnull=False).filter(
        Q(street__in=set().union(*streets.values())) | Q(premises__number__in=[number for ones in listed.values() for number in ones])
    )
    lies = [
        (number, street, Served(f"{street}:{side}", since, to))
        for number, street, side, since, to in rows.values_list("premises__number", "street_id", "side", "from_cm", "to_cm")
    ]
    asked = {*(number for ones in listed.values() for number in ones), *(number for number, _street, _piece in lies)}
    known = {one.number: one for one in Premises.objects.filter(number__in=asked).select_related("community", "placement")}
    return {one.pk: _differences(one, listed[one.pk], streets[one.pk], lies, known) for one in contracts}


def _differences(
    contract: ServiceContract, listed: Sequence[str], streets: set[int], lies: Sequence[tuple[str, int, Served]],
    known: Mapping[str, Premises],
) -> list[ListedDifference]:  # fmt: skip
    """Of everything that was fetched only what lies on this contract's streets, or stands on its list."""
    areas = [Served(f"{one.street_id}:{one.side}", one.from_cm, one.to_cm) for one in contract.areas.all()]
    here = [(number, piece) for number, street, piece in lies if street in streets or number in listed]
    ours = {number: known[number] for number in {*listed, *(number for number, _piece in here)} if number in known}
    closed = {number for number, one in ours.items() if not one.is_open}
    found = reconcile(listed, set(ours) - closed, closed, here, areas)
    return [ListedDifference(kind, number, ours.get(number)) for kind, number in found]


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
