"""Verbs of 门前三包: tell, agree, contract, open a matter, take the lawful steps. Fees are in ledger.py. Policy: 3.1-3.5."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

import shapely
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.documents import services as documents
from wenming.documents.models import Document
from wenming.engine.quicker import after_whoever_was_quicker
from wenming.engine.writing import insert
from wenming.evidence import services as evidence
from wenming.evidence.models import Role, Subject
from wenming.journal import services as journal
from wenming.organisations.models import Account, Unit, UnitKind
from wenming.organisations.selectors import town_unit
from wenming.refusals import BadInput, NotAllowed, Refusal
from wenming.territory.frontages.selectors import stretches_of
from wenming.territory.frontages.services import KEEPING, close_premises
from wenming.territory.models import EdgeStretch, ManagedStreet, Premises
from wenming.territory.rules.geometry import area_m2
from wenming.territory.rules.strips import strip

from ..calendars import calendar_version, schedule_for
from ..models.frontages import (
    AgreedDuty,
    AgreementSignature,
    AgreementWithdrawal,
    AreaNotice,
    DutyKind,
    FrontageAgreement,
    FrontageMatter,
    FrontageStep,
    ListedPremises,
    MatterNote,
    NoticedStretch,
    ServiceArea,
    ServiceContract,
    ShopQuestion,
    StepTerm,
)
from ..rules import clock, frontage_steps
from ..rules.clock import Limit, LimitUnit
from ..rules.frontage_steps import LEAST_DAYS, MOST_DAYS, ORDER_OF_STEPS, TERMS, StepKind, WhyNot
from .letters import (
    DUTY_WORDS,
    agreement_letter,
    issuer_of,
    moment_words,
    notice_letter,
    statement_words,
    step_letter,
)
from .selectors import facts_of, told_premises

MANAGE, ENFORCE = "frontages.manage", "frontages.enforce"
WHY_NOT = {
    WhyNot.ENDED: gettext_lazy("这一件已经了结，不能再发文书。"),
    WhyNot.NO_NOTICE: gettext_lazy("现在的责任区还没有全部书面告知并送达，责任没有落到这一家，由镇街负责。请先发告知书并登记送达。"),
    WhyNot.OUT_OF_ORDER: gettext_lazy("步骤不能跳过，也不能重复：提醒、责令限期改正、陈述申辩告知、移送，一步一步来。"),
    WhyNot.BACK_DATED: gettext_lazy("这一步的时间早于已经登记的经过。请检查这台机器的时间。"),
    WhyNot.NOT_SERVED: gettext_lazy("上一份文书还没有登记送达。送达以后期限才开始算。"),
    WhyNot.TOO_SOON: gettext_lazy("上一份文书给的期限还没有到，不能走下一步。"),
    WhyNot.CLAIM_WAITS: gettext_lazy("门店说已经改好了，请先到现场看过再定。"),
    WhyNot.NOT_LOOKED: gettext_lazy("书面告知送达、期限到了以后还没有到现场看过。请先登记现场查看的结果。"),
    WhyNot.MENDED: gettext_lazy("现场查看已经改正，请了结这一件。"),
    WhyNot.NO_EVIDENCE: gettext_lazy("现场查看没有照片，不能作为依据。请补一次带照片的查看。"),
    WhyNot.NOT_HEARD: gettext_lazy("还没有听取陈述申辩，期限也没有满。请先登记陈述申辩，或者等期满。"),
    WhyNot.SPOKE: gettext_lazy("这一家已经陈述申辩，不能按期满没有陈述登记。请记下内容，写明采纳不采纳、为什么。"),
}


class StepNotLawful(Refusal):
    """The lawful order does not allow this step now."""

    code = "frontage.step-not-lawful"

    def __init__(self, why: WhyNot) -> None:
        super().__init__(WHY_NOT[why], why=why.value)
        self.why = why


class NothingToTell(Refusal):
    """The premises have no stretch, so there is no area to tell of or to agree on."""

    code = "frontage.no-area"


class AgreementRefused(Refusal):
    code = "frontage.agreement-refused"


# --- told in writing -------------------------------------------------------------------------------------------------


def issue_area_notice(premises: Premises, *, by: Account | None, now: datetime) -> AreaNotice:
    """书面告知: the stretches it has today, on paper. It counts from its service on. By whose ground it is, or the office."""
    KEEPING.refuse_other_ground(by, premises.community)
    stretches = _stretches(premises)
    _issuer, mark = issuer_of(premises)

    def keep(document: Document) -> AreaNotice:
        _refuse_changed(premises, stretches)
        notice = AreaNotice.objects.create(premises=premises, document=document, at=now)
        NoticedStretch.objects.bulk_create(NoticedStretch(notice=notice, stretch=one) for one in stretches)
        journal.record("frontage.area-told", by=by, about=premises, now=now, document=document.number)
        return notice

    letter = notice_letter(premises, stretches)
    return documents.issue(letter, mark=mark, subject=journal.about_key(premises), by=by, now=now, and_then=keep)


@transaction.atomic
def record_service(
    document: Document, *, way: str, served_at: datetime, receiver: str, by: Account | None, now: datetime, witness: str = ""
) -> None:
    """送达 of a notice, an agreement or a step; a step's term begins to run with it."""
    KEEPING.refuse_other_ground(by, told_premises(document).community)
    drawn = FrontageAgreement.objects.filter(document=document).first()
    if drawn is not None:
        _refuse_withdrawn(drawn)
    proof = documents.record_service(
        document, way=way, served_at=served_at, receiver=receiver, by=by, now=now, witness=witness
    )
    step = FrontageStep.objects.select_related("matter__premises__community__parent").filter(document=document).first()
    if step is not None and step.limit is not None:
        _start_term(step, step.limit, proof.served_at)


def _start_term(step: FrontageStep, limit: Limit, served_at: datetime) -> None:
    """On the town's own hours, by the calendar in force at that moment."""
    calendar, schedule = calendar_version(), schedule_for(_town_unit(step.matter.premises), served_at)
    found = clock.deadline(served_at, limit, calendar.as_rule(), schedule.as_rule())
    StepTerm.objects.create(step=step, served_at=served_at, due_at=found.due_at, calendar=calendar, schedule=schedule)


# --- agreed ----------------------------------------------------------------------------------------------------------


def draw_up_agreement(
    premises: Premises, *, since: date, to: date, by: Account | None, now: datetime, depths_m: Mapping[str, float] | None = None,
    words: Mapping[str, str] | None = None,
) -> FrontageAgreement:  # fmt: skip
    """起草责任书 for one period: three duties, each with its own ground. It holds once it is signed.

    depths_m, words: by duty, where it is another ground or wording than the stretch's own.
    """
    KEEPING.refuse_other_ground(by, premises.community)
    if to <= since:
        raise BadInput(_("期限的止日要在起日之后。"))
    _refuse_double_period(premises, since, to)
    stretches = _stretches(premises)
    drawn = [_ground(kind, stretches, (depths_m or {}).get(kind), (words or {}).get(kind, "")) for kind in DutyKind.values]
    told = [(one.kind, one.text, one.depth_cm, one.area_m2) for one in drawn]
    _issuer, mark = issuer_of(premises)

    def keep(document: Document) -> FrontageAgreement:
        Premises.objects.select_for_update().get(pk=premises.pk)
        _refuse_double_period(premises, since, to)
        turn = FrontageAgreement.objects.filter(premises=premises, period_from=since).count() + 1
        agreement = FrontageAgreement.objects.create(
            premises=premises, document=document, period_from=since, period_to=to, turn=turn, at=now
        )
        for one in drawn:
            one.agreement = agreement
        AgreedDuty.objects.bulk_create(drawn)
        journal.record(
            "frontage.agreement-drawn-up", by=by, about=premises, now=now, document=document.number, since=since.isoformat(),
            to=to.isoformat(),
        )  # fmt: skip
        return agreement

    letter = agreement_letter(premises, stretches, told, since=since, to=to)
    return documents.issue(letter, mark=mark, subject=journal.about_key(premises), by=by, now=now, and_then=keep)


@transaction.atomic
def sign_agreement(
    agreement: FrontageAgreement, *, way: str, signer: str, by: Account | None, now: datetime, scan: evidence.Prepared | None = None
) -> AgreementSignature:
    """签订. On paper (way "paper") with its scan, or on the shop's own page ("screen"); once."""
    if way == "paper":
        KEEPING.refuse_other_ground(by, agreement.premises.community)
    if not signer.strip():
        raise BadInput(_("请填签字人的姓名。"))
    if way == "paper" and scan is None:
        raise BadInput(_("纸质签订要附扫描件或照片。"))
    agreement = _locked_agreement(agreement)
    if AgreementSignature.objects.filter(agreement=agreement).exists():
        raise AgreementRefused(_("这份责任书已经签过了，不用再签。"))
    _refuse_withdrawn(agreement)
    if agreement.period_to <= timezone.localdate(now) or not agreement.premises.is_open:
        raise AgreementRefused(_("这份责任书的期限已经过了，或者这一家已经注销，不能再签。"))
    subject = Subject("agreement", str(agreement.pk))
    shown = evidence.attach(scan, role=Role.ATTACHMENT, subject=subject, by=by, now=now) if scan else None
    signature = AgreementSignature.objects.create(
        agreement=agreement, way=way, signer=signer.strip()[:40], signed_at=now, sha256=agreement.document.sha256, scan=shown,
        recorded_by=by.username if by else "",
    )  # fmt: skip
    journal.record(
        "frontage.agreement-signed", by=by, about=agreement.premises, now=now, way=way, document=agreement.document.number
    )
    return signature


@transaction.atomic
def withdraw_agreement(agreement: FrontageAgreement, *, reason: str, by: Account | None, now: datetime) -> AgreementWithdrawal:
    """作废 one that nobody has signed: its period is free for another, its number and paper stay in the register."""
    KEEPING.refuse_other_ground(by, agreement.premises.community)
    if not reason.strip():
        raise BadInput(_("请写明为什么作废。"))
    agreement = _locked_agreement(agreement)
    if AgreementSignature.objects.filter(agreement=agreement).exists():
        raise AgreementRefused(_("这份责任书已经签过了，不能作废。刷新页面看最新情况。"))
    _refuse_withdrawn(agreement)
    gone = AgreementWithdrawal.objects.create(agreement=agreement, reason=reason.strip()[:200], at=now, by=by)
    journal.record("frontage.agreement-withdrawn", by=by, about=agreement.premises, now=now, document=agreement.document.number)
    return gone


def _locked_agreement(agreement: FrontageAgreement) -> FrontageAgreement:
    joined = FrontageAgreement.objects.select_for_update(of=("self",)).select_related("document", "premises")
    return joined.get(pk=agreement.pk)


def _refuse_withdrawn(agreement: FrontageAgreement) -> None:
    if AgreementWithdrawal.objects.filter(agreement=agreement).exists():
        raise AgreementRefused(_("这份责任书已经作废。要签请先起草一份新的。"))


def _ground(kind: str, stretches: Sequence[EdgeStretch], depth_m: float | None, words: str) -> AgreedDuty:
    """One duty with its area drawn: each stretch, as deep as agreed."""
    shapes, depth = [], stretches[0].depth_cm
    for one in stretches:
        depth = round(depth_m * 100) if depth_m else one.depth_cm
        wall = one.street.wall_cm(one.side)
        if not 0 < depth <= wall:
            raise BadInput(_("纵深要大于 0，不能过道路中线（这一侧最多 %(most).1f 米）。") % {"most": wall / 100})
        since, to = max(one.from_cm, 0), min(one.to_cm, one.street.length_cm)
        shapes.append(strip(one.street.line, one.side, since, to, wall, depth))
    parts = [part for shape in shapes for part in shapely.get_parts(shape) if not part.is_empty]
    if not parts:
        raise BadInput(_("这一段在弯道内侧，墙前没有地，定不出责任区。请把责任段划到有墙面的米数。"))
    area = shapely.MultiPolygon(parts) if len(parts) > 1 else parts[0]
    total = round(sum(area_m2(part) for part in parts), 2)
    text = words.strip()[:300] or DUTY_WORDS[DutyKind(kind)]
    return AgreedDuty(kind=kind, text=text, depth_cm=depth, area_m2=total, wkb=shapely.to_wkb(area))


def _refuse_double_period(premises: Premises, since: date, to: date) -> None:
    held = FrontageAgreement.objects.filter(premises=premises, withdrawal=None, period_from__lt=to, period_to__gt=since)
    if held.exists():
        raise AgreementRefused(_("这段时间已经有责任书了。续签请从上一份到期那天起；没有签的可以作废，再起草。"))


# --- contracted ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Covered:
    """A piece of a street's side that a contract covers."""

    street: ManagedStreet
    side: str
    from_cm: int
    to_cm: int


@transaction.atomic
def make_contract(
    number: str, contractor: Unit, *, town_code: str, since: date, to: date, terms: str, promised_on_time_percent: int,
    areas: Sequence[Covered], listed: Sequence[str], by: Account | None, now: datetime,
) -> ServiceContract:  # fmt: skip
    """登记服务合同: the contractor, its term, the pieces of streets it covers, and the list of premises it handed in."""
    _refuse_stranger(by, MANAGE)
    if contractor.kind != UnitKind.CONTRACTOR:
        raise BadInput(_("%(unit)s 不是服务承包单位。请先在机构里登记为承包单位。") % {"unit": contractor.short_name})
    if to <= since or not terms.strip() or not number.strip():
        raise BadInput(_("合同编号、服务内容要填，止日要在起日之后。"))
    contract = ServiceContract(
        number=number.strip()[:30], contractor=contractor, town_code=town_code, term_from=since, term_to=to,
        terms=terms.strip()[:500], promised_on_time_percent=promised_on_time_percent, made_at=now,
    )  # fmt: skip
    try:
        with transaction.atomic():
            contract.save()
    except IntegrityError as taken:
        raise BadInput(_("合同编号 %(number)s 已经登记过了。") % {"number": number}) from taken
    ServiceArea.objects.bulk_create(
        ServiceArea(contract=contract, street=one.street, side=one.side, from_cm=one.from_cm, to_cm=one.to_cm) for one in areas
    )
    names = dict.fromkeys(one.strip()[:20] for one in listed if one.strip())
    ListedPremises.objects.bulk_create(ListedPremises(contract=contract, number=one) for one in names)
    journal.record(
        "frontage.contract-made", by=by, about=contract, now=now, contractor=contractor.code, since=since.isoformat(),
        to=to.isoformat(), pieces=len(areas), listed=len(names),
    )  # fmt: skip
    return contract


# --- matters and their lawful steps ----------------------------------------------------------------------------------


@transaction.atomic
def open_matter(
    premises: Premises, *, duty: str, what: str, by: Account | None, now: datetime, photos: Sequence[evidence.Prepared] = (),
    subject: str = "",
) -> FrontageMatter:  # fmt: skip
    """立门前事项: somebody looked and it is not as it should be. Sets off nothing: the first lawful step is a reminder.

    By whose ground it is, or the office; so is looking again. The steps that follow are enforcement's alone.
    """
    KEEPING.refuse_other_ground(by, premises.community)
    if duty not in DutyKind.values:
        raise BadInput(_("请选是哪一包：卫生、绿化还是秩序。"))
    if not what.strip():
        raise BadInput(_("请写清是什么问题。"))
    if not premises.is_open:
        raise BadInput(_("这一家已经注销。"))
    matter = FrontageMatter(
        premises=premises, duty=duty, what=what.strip()[:200], subject=subject[:96], opened_at=now, opened_by=by
    )
    _save_with_number(matter, timezone.localdate(now).year % 100)
    _note(matter, "looked_not", by=by, now=now, photos=photos)
    journal.record("frontage.matter-opened", by=by, about=matter, now=now, premises=premises.number, duty=duty, subject=subject)
    return matter


@transaction.atomic
def look_again(
    matter: FrontageMatter, *, mended: bool, text: str, by: Account | None, now: datetime, photos: Sequence[evidence.Prepared] = ()
) -> MatterNote:
    """现场查看. What is mended is closed in the same act."""
    matter = _locked(matter)
    KEEPING.refuse_other_ground(by, matter.premises.community)
    _refuse_ended(matter)
    _refuse_earlier(matter, now)
    note = _note(matter, "looked_mended" if mended else "looked_not", by=by, now=now, text=text, photos=photos)
    if mended:
        _end(matter, now)
    journal.record("frontage.looked-at", by=by, about=matter, now=now, mended=mended, photos=len(photos))
    return note


@transaction.atomic
def end_matter(matter: FrontageMatter, *, reason: str, by: Account | None, now: datetime) -> MatterNote:
    """了结 what was not mended: opened by mistake, or nobody is there any more; says why.

    Once a document was issued that is the office's alone: no town takes an order back by itself.
    """
    matter = _locked(matter)
    KEEPING.refuse_other_ground(by, matter.premises.community)
    if by is not None and not by.may(MANAGE) and matter.steps.exists():
        raise NotAllowed(_("已经发过文书的，由创文办了结。"))
    if not reason.strip():
        raise BadInput(_("请写明为什么了结。"))
    _refuse_ended(matter)
    _refuse_earlier(matter, now)
    note = _note(matter, "closed", by=by, now=now, text=reason)
    _end(matter, now)
    journal.record("frontage.matter-ended", by=by, about=matter, now=now)
    return note


@transaction.atomic
def close_door(premises: Premises, *, reason: str, on: date, by: Account | None, now: datetime) -> None:
    """注销 with what was going on in front of it: nobody is left to whom a step could be served."""
    closed = close_premises(premises, reason=reason, on=on, by=by, now=now)
    for matter in closed.matters.filter(ended_at=None).order_by("pk"):
        end_matter(matter, reason=_("这一家已经注销：%(reason)s") % {"reason": reason.strip()}, by=by, now=now)


@transaction.atomic
def say_mended(matter: FrontageMatter, *, now: datetime, photos: Sequence[evidence.Prepared] = (), text: str = "") -> MatterNote:
    """改好了: the shop says so from its own page, with a photograph only if it wishes. No step follows until somebody has looked."""
    matter = _locked(matter)
    _refuse_ended(matter)
    last = matter.notes.order_by("-at", "-pk").first()
    if last is not None and last.kind == "claimed":
        return last
    note = _note(matter, "claimed", by=None, now=now, text=text, photos=photos)
    journal.record("frontage.said-mended", by=None, about=matter, now=now, photos=len(photos))
    return note


@transaction.atomic
def hear(
    matter: FrontageMatter, *, statement: str, answer: str, by: Account | None, now: datetime, waived: bool = False
) -> MatterNote:
    """听取陈述申辩: what they said and what is made of it; or that the term is over and they said nothing (waived)."""
    _refuse_stranger(by, ENFORCE)
    matter = _locked(matter)
    why = frontage_steps.why_not_hear(facts_of(matter), now, waived=waived)
    if why is not None:
        raise StepNotLawful(why)
    if not waived and not (statement.strip() and answer.strip()):
        raise BadInput(_("请记下陈述申辩的内容，并写明采纳不采纳、为什么。"))
    kind = "waived" if waived else "heard"
    note = _note(matter, kind, by=by, now=now, text=statement, answer=answer)
    if not waived:
        # Whoever spoke from their own page reads there what was made of it.
        said = matter.statements.filter(answered_at=None)
        said.update(answer=answer.strip()[:500], answered_at=now, answered_by=by)
    journal.record("frontage.heard", by=by, about=matter, now=now, waived=waived)
    return note


@transaction.atomic
def say_statement(matter: FrontageMatter, *, text: str, now: datetime) -> ShopQuestion:
    """陈述申辩 from the shop's own page: it reaches the office as a message; the office records it with its answer (`hear`).

    What comes within the term of the hearing must be recorded before anything follows.
    """
    matter = _locked(matter)
    words = _("关于 %(number)s 的陈述申辩：%(text)s") % {"number": matter.number, "text": text}
    return ask_question(matter.premises, text=words, now=now, matter=matter)


def take_step(
    matter: FrontageMatter, kind: StepKind, *, by: Account | None, now: datetime, days: int | None = None, basis: str = "",
    to: Unit | None = None,
) -> FrontageStep:  # fmt: skip
    """走下一步: the document, the step and the entry, or nothing. Raises StepNotLawful. Policy: 3.5.

    days: working days of its term; basis: the legal basis in words (for everything after a reminder); to: the enforcement
    body of a referral. Its moment is `now`: nobody states another.
    """
    _refuse_stranger(by, ENFORCE)
    limit = _limit(kind, days)
    if kind is not StepKind.REMINDER and not basis.strip():
        raise BadInput(_("请写明法律依据，写到第几条。"))
    if kind is StepKind.REFERRAL and to is None:
        raise BadInput(_("请选移送给哪个执法单位。"))
    matter = FrontageMatter.objects.select_related("premises__community__parent").get(pk=matter.pk)
    _refuse_unlawful(matter, kind, now)
    earlier = [
        (f"{one.document.title} {one.document.number}", moment_words(one.term.served_at))
        for one in matter.steps.select_related("document", "term").order_by("position")
        if hasattr(one, "term")
    ]
    letter = step_letter(
        matter, kind, limit=limit, basis=basis.strip(), to=to.name if to else "", earlier=earlier,
        statement=statement_words(matter.notes.filter(kind__in=["heard", "waived"]).order_by("-at").first()),
    )  # fmt: skip
    _issuer, mark = issuer_of(matter.premises)
    keep = partial(_keep_step, matter, kind, limit, by, now, to)
    return documents.issue(letter, mark=mark, subject=journal.about_key(matter), by=by, now=now, and_then=keep)


def _keep_step(
    matter: FrontageMatter, kind: StepKind, limit: Limit | None, by: Account | None, now: datetime, to: Unit | None, document: Document
) -> FrontageStep:
    # Two may press at once: the second waits here, and is then out of order.
    matter = _locked(matter)
    _refuse_unlawful(matter, kind, now)
    previous = matter.steps.order_by("-position").first()
    step = FrontageStep(
        matter=matter, position=ORDER_OF_STEPS.index(kind) + 1, kind=kind.value, previous=previous,
        previous_at=previous.at if previous else None, document=document, limit_amount=limit.amount if limit else None,
        limit_unit=limit.unit if limit else "", at=now, by=by,
    )  # fmt: skip
    insert(step)
    if kind is StepKind.REFERRAL:
        matter.ended_at = now
        matter.save(update_fields=["ended_at"])
    facts = {"document": document.number, "kind": kind.value, **({"to": to.code} if to else {})}
    journal.record("frontage.step-taken", by=by, about=matter, now=now, **facts)
    return step


# --- from the shop's own page ----------------------------------------------------------------------------------------


@transaction.atomic
def ask_question(premises: Premises, *, text: str, now: datetime, matter: FrontageMatter | None = None) -> ShopQuestion:
    """The shop asks; its town, its community or the office answers on the same page. matter: what it speaks to, in a statement."""
    if not text.strip():
        raise BadInput(_("还没有写要问什么。"))
    question = ShopQuestion.objects.create(premises=premises, matter=matter, text=text.strip()[:500], asked_at=now)
    # Not the words: what people write may hold names.
    journal.record("frontage.asked", by=None, about=premises, now=now)
    return question


@transaction.atomic
def answer_question(question: ShopQuestion, *, text: str, by: Account, now: datetime) -> ShopQuestion:
    joined = ShopQuestion.objects.select_for_update(of=("self",)).select_related("premises__community__parent")
    question = joined.get(pk=question.pk)
    KEEPING.refuse_other_ground(by, question.premises.community)
    if question.answered_at is not None:
        raise BadInput(_("这个问题已经答复过了。刷新页面看最新情况。"))
    if not text.strip():
        raise BadInput(_("还没有写答复。"))
    question.answer, question.answered_at, question.answered_by = text.strip()[:500], now, by
    question.save(update_fields=["answer", "answered_at", "answered_by"])
    journal.record("frontage.answered", by=by, about=question.premises, now=now)
    return question


def _locked(matter: FrontageMatter) -> FrontageMatter:
    joined = FrontageMatter.objects.select_for_update(of=("self",)).select_related("premises__community__parent")
    return joined.get(pk=matter.pk)


def _refuse_unlawful(matter: FrontageMatter, kind: StepKind, now: datetime) -> None:
    why = frontage_steps.why_not(kind, facts_of(matter), now)
    if why is not None:
        raise StepNotLawful(why)


def _end(matter: FrontageMatter, now: datetime) -> None:
    matter.ended_at = now
    matter.save(update_fields=["ended_at"])


def _refuse_ended(matter: FrontageMatter) -> None:
    if matter.ended_at is not None:
        raise StepNotLawful(WhyNot.ENDED)


def _refuse_earlier(matter: FrontageMatter, now: datetime) -> None:
    newest = matter.notes.order_by("-at").values_list("at", flat=True).first()
    if newest is not None and newest > now:
        raise StepNotLawful(WhyNot.BACK_DATED)


def _limit(kind: StepKind, days: int | None) -> Limit | None:
    if kind not in TERMS:
        return None
    amount = TERMS[kind].amount if days is None else days
    if not LEAST_DAYS[kind] <= amount <= MOST_DAYS:
        words = {"least": LEAST_DAYS[kind], "most": MOST_DAYS}
        raise BadInput(_("期限要在 %(least)d 到 %(most)d 个工作日之间。") % words)
    return Limit(amount, LimitUnit.WHOLE_DAYS)


def _note(
    matter: FrontageMatter, kind: str, *, by: Account | None, now: datetime, text: str = "", answer: str = "",
    photos: Sequence[evidence.Prepared] = (),
) -> MatterNote:  # fmt: skip
    note = MatterNote.objects.create(
        matter=matter, kind=kind, text=text.strip()[:1000], answer=answer.strip()[:1000], shown=bool(photos), at=now, by=by
    )
    for photo in photos:
        evidence.attach(photo, role=Role.SCENE, subject=Subject("matter-note", str(note.pk)), by=by, now=now)
    return note


def _save_with_number(matter: FrontageMatter, year: int) -> None:
    """Under the next free number. Somebody who opens one at the same moment took it: the one after is tried."""

    def save() -> None:
        matter.pk, matter.number = None, _next_matter(year)
        insert(matter)

    after_whoever_was_quicker(save)


def _next_matter(year: int) -> str:
    begun = f"Q{year:02d}-"
    last = FrontageMatter.objects.filter(number__startswith=begun).order_by("-number").values_list("number", flat=True).first()
    return f"{begun}{int(last.rpartition('-')[2]) + 1 if last else 1:05d}"


def _stretches(premises: Premises) -> list[EdgeStretch]:
    found = list(stretches_of(premises))
    if not premises.is_open or not found:
        raise NothingToTell(_("这一家还没有划定责任段。请先在路段里划定，再告知、签责任书。"))
    return found


def _refuse_changed(premises: Premises, told: Sequence[EdgeStretch]) -> None:
    if {one.pk for one in _stretches(premises)} != {one.pk for one in told}:
        raise NothingToTell(_("责任段刚刚有人改过，这份告知没有印发。请看过最新的划分再发。"))


def _town_unit(premises: Premises) -> Unit | None:
    town = premises.community.parent or premises.community
    return town_unit(town.code)


def _refuse_stranger(by: Account | None, permission: str) -> None:
    """by: None is the demo, acting for somebody who was asked before."""
    if by is not None and not by.may(permission):
        raise NotAllowed()

