"""Changes of what is published: asked by the member, agreed to by the colleague, approved by the lead. Policy: 7.4.

Rules are checked when it is asked and again when it is approved; nothing is overwritten: shifts are taken out and put in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.engine.writing import insert
from wenming.journal import services as journal
from wenming.organisations.models import Account
from wenming.organisations.rules.permissions import Role
from wenming.refusals import BadInput, NotAllowed

from ..models import (
    RequestKind,
    RequestState,
    RosterAmendment,
    RosterEdition,
    RosterGroup,
    RosterMember,
    RosterRemoval,
    RosterRequest,
    RosterRequestStep,
    RosterShift,
)
from ..rules.roster import Member, broken_by, broken_in
from .planning import as_planned, leave_of, shifts_around
from .selectors import moment_at, own_shifts, shifts_in_force
from .services import RosterRefused, hold_people
from .terms import limits_of, shifts_of
from .words import rule

OPEN = (RequestState.ASKED, RequestState.AGREED)


def may_decide(user: Account, request: RosterRequest) -> bool:
    """The group's lead, the head of its unit (or of one above), or the office; never about one's own request."""
    if user.pk in {request.asked_by_id, request.colleague_id}:
        return False
    heads = user.role == Role.UNIT_LEAD and request.group.unit.path.startswith(user.unit.path)
    return user.is_active and (request.group.lead_id == user.pk or heads or user.may("rosters.manage"))


def requests_to_decide(user: Account) -> QuerySet[RosterRequest]:
    """What waits for this person's approval."""
    waiting = RosterRequest.objects.filter(state=RequestState.AGREED).exclude(Q(asked_by=user) | Q(colleague=user))
    return _told(waiting.filter(_led_by(user)))


def requests_decided(user: Account) -> QuerySet[RosterRequest]:
    """What was decided or came to nothing, the newest first, with its steps."""
    found = RosterRequest.objects.exclude(state__in=OPEN).filter(_led_by(user))
    return _told(found).prefetch_related(Prefetch("steps", RosterRequestStep.objects.select_related("by")))


def _led_by(user: Account) -> Q:
    """Requests of the groups for which this person decides: the same as `may_decide` says of one."""
    if user.may("rosters.manage"):
        return Q()
    heads = Q(group__unit__path__startswith=user.unit.path) if user.role == Role.UNIT_LEAD else Q(pk=None)
    return Q(group__lead=user) | heads


def requests_of(user: Account) -> QuerySet[RosterRequest]:
    """What this person asked for, or was asked about."""
    return _told(RosterRequest.objects.filter(Q(asked_by=user) | Q(colleague=user)))


def _told(found: QuerySet[RosterRequest]) -> QuerySet[RosterRequest]:
    return found.select_related(
        "group__unit", "asked_by", "colleague", "own__edition__group", "own__edition__terms", "other__edition__group", "other__edition__terms"
    ).order_by("-asked_at", "-id")  # fmt: skip


@transaction.atomic
def ask_swap(own: RosterShift, *, colleague: Account, other: RosterShift | None, said: str, by: Account, now: datetime) -> RosterRequest:
    """换班 (with a shift of the colleague's in return) or 替班 (without). Raises RosterRefused with the rule it would break."""
    group = _lock(own.edition.group)
    _refuse_unfit(own, colleague, other, by=by, now=now)
    kind = RequestKind.SWAP if other else RequestKind.COVER
    request = RosterRequest(
        group=group, kind=kind, asked_by=by, asked_at=now, own=own, colleague=colleague, other=other, state=RequestState.ASKED
    )
    insert(request)
    _step(request, RequestState.ASKED, by=by, now=now, said=said)
    journal.record(
        "roster.request-asked", by=by, about=request, now=now, kind=str(kind), group=group.code, colleague=colleague.username
    )
    return request


@transaction.atomic
def ask_leave(group: RosterGroup, first: date, last: date, *, by: Account, now: datetime) -> RosterRequest:
    """请假: the days only; nobody is asked why."""
    _lock(group)
    if last < first:
        raise BadInput(_("请假结束的日子不能早于开始。"))
    if not group.members.filter(Q(valid_to=None) | Q(valid_to__gte=first), account=by).exists():
        raise NotAllowed(_("您不在这一组里，不能在这里请假。"))
    overlapping = RosterRequest.objects.filter(
        asked_by=by, kind=RequestKind.LEAVE, state__in=[*OPEN, RequestState.APPROVED], starts_on__lte=last, ends_on__gte=first
    )
    if overlapping.exists():
        raise RosterRefused(_("这几天里已经有一次请假。先撤回那一次，再提。"))
    request = RosterRequest(
        group=group, kind=RequestKind.LEAVE, asked_by=by, asked_at=now, starts_on=first, ends_on=last, state=RequestState.AGREED
    )
    insert(request)
    _step(request, RequestState.AGREED, by=by, now=now)
    journal.record(
        "roster.request-asked", by=by, about=request, now=now, kind="leave", group=group.code, first=first.isoformat(),
        last=last.isoformat(),
    )  # fmt: skip
    return request


@transaction.atomic
def enter_leave(member: RosterMember, first: date, last: date, *, by: Account, now: datetime) -> RosterRequest:
    """登记请假 of somebody without an account: asked for on paper, so that it is entered and decided in one act."""
    if member.account.is_active:
        raise NotAllowed(_("%(person)s 有账号，请本人在“我的班”里请假。") % {"person": member.account})
    if not by.may("rosters.manage"):
        raise NotAllowed(_("要由排班的人登记。"))
    request = ask_leave(member.group, first, last, by=member.account, now=now)
    return decide_request(request, approves=True, by=by, now=now, said=_("本人没有账号，由排班的人登记"))


@transaction.atomic
def answer_request(request: RosterRequest, *, agrees: bool, by: Account, now: datetime, said: str = "") -> RosterRequest:
    """The colleague says yes or no."""
    request = _as_it_is(request)
    if by.pk != request.colleague_id:
        raise NotAllowed(_("这件要由被请的同事自己答复。"))
    if request.state != RequestState.ASKED:
        raise RosterRefused(_("这件已经答复过了。刷新页面看最新情况。"))
    _to(request, RequestState.AGREED if agrees else RequestState.DECLINED, by, now, said)
    journal.record("roster.request-answered", by=by, about=request, now=now, **_facts(request))
    return request


@transaction.atomic
def withdraw_request(request: RosterRequest, *, by: Account, now: datetime) -> RosterRequest:
    """Whoever asked takes it back while it is not decided."""
    request = _as_it_is(request)
    if by.pk != request.asked_by_id:
        raise NotAllowed(_("只有提出的人可以撤回。"))
    if request.state not in OPEN:
        raise RosterRefused(_("这件已经有结果，不能撤回。刷新页面看最新情况。"))
    _to(request, RequestState.WITHDRAWN, by, now, "")
    journal.record("roster.request-withdrawn", by=by, about=request, now=now, **_facts(request))
    return request


@transaction.atomic
def decide_request(request: RosterRequest, *, approves: bool, by: Account, now: datetime, said: str = "") -> RosterRequest:
    """The lead approves, and the shifts change in the same act; or does not."""
    request = _as_it_is(request)
    if not may_decide(by, request):
        raise NotAllowed(_("这件要由本组负责人批准；自己提的或者答复的，由别人批准。"))
    if request.state != RequestState.AGREED:
        raise RosterRefused(_("这件还没有到批准这一步，或者已经有结果。刷新页面看最新情况。"))
    if approves:
        hold_people(_parties(request))
        _carry_out(request, by=by, now=now)
    state = RequestState.APPROVED if approves else RequestState.REFUSED
    _to(request, state, by, now, said)
    journal.record("roster.request-decided", by=by, about=request, now=now, **_facts(request))
    return request


@transaction.atomic
def take_back_decision(request: RosterRequest, *, by: Account, now: datetime) -> RosterRequest:
    """撤销批准: the shifts go back to whom they were, in the same act. Only before the first of them begins.

    What was decided meanwhile counts: a shift that somebody else has by now, or that would break a rule, is refused.
    """
    request = _as_it_is(request)
    if not may_decide(by, request):
        raise NotAllowed(_("这件要由本组负责人撤销；自己提的或者答复的，由别人撤销。"))
    if request.state != RequestState.APPROVED:
        raise RosterRefused(_("只有已批准的才能撤销批准。刷新页面看最新情况。"))
    hold_people(_parties(request))
    _put_back(request, by=by, now=now)
    _to(request, RequestState.TAKEN_BACK, by, now, "")
    journal.record("roster.decision-taken-back", by=by, about=request, now=now, **_facts(request))
    return request


def _put_back(request: RosterRequest, *, by: Account, now: datetime) -> None:
    step = request.steps.filter(state=RequestState.APPROVED).order_by("-at", "-id").first()
    mine = RosterAmendment.objects.filter(kind=request.kind, at=step.at if step else now)
    taken = RosterShift.objects.filter(removal__amendment__in=mine, account__in=_parties(request))
    gone = list(taken.select_related("edition__group", "edition__terms", "account"))
    given = RosterShift.objects.filter(amendment__in=mine, account__in=_parties(request)).select_related("edition__group")
    if any(row.starts_at <= now for row in gone):
        raise RosterRefused(_("其中的班已经开始，不能撤销了。要调整以后的班，请用“直接调整已发布的班”。"))
    held = {row.pk for row in shifts_in_force(given)}
    if any(row.pk not in held for row in given) or any(_is_superseded(row, held) for row in gone):
        raise RosterRefused(_("批准以后这些班又有变动，不能整件撤销。请用“直接调整已发布的班”。"))
    without = list(given)
    for edition in {row.edition_id: row.edition for row in gone}.values():
        change = RosterAmendment.objects.create(edition=edition, kind="hand", reason=_("撤销批准"), at=now, by=by)
        for row in (row for row in without if row.edition_id == edition.pk):
            insert(RosterRemoval(shift=row, amendment=change))
        for row in (row for row in gone if row.edition_id == edition.pk):
            back = _given_to(row, row.account)
            back.amendment = change
            leave = request if request.kind == RequestKind.LEAVE else None
            _refuse_broken(edition.group, row.account, without=without, plus=[back], but=leave)
            insert(back)


def _parties(request: RosterRequest) -> list[int]:
    return [key for key in (request.asked_by_id, request.colleague_id) if key]


def _is_superseded(row: RosterShift, given: set[int]) -> bool:
    """Whether its place is filled by somebody else by now, or a later edition holds."""
    newer = RosterEdition.objects.filter(
        group=row.edition.group_id, number__gt=row.edition.number, starts_on__lte=row.on, ends_on__gte=row.on
    )
    wanted = next((one.heads for one in shifts_of(row.edition.terms.shifts) if one.code == row.shift_code), 0)
    return newer.exists() or sum(one.pk not in given for one in _beside(row)) >= max(wanted, 1)


@dataclass(frozen=True)
class ShiftChange:
    """A change of one published shift: who goes out of it, who comes in (not stored), of which edition it is."""

    edition: RosterEdition
    gone: Sequence[RosterShift]
    plus: Sequence[RosterShift]

    @property
    def last(self) -> date:
        """The day on which the last minute of the shift falls."""
        ends = max(row.ends_at for row in (*self.gone, *self.plus))
        return timezone.localdate(ends - timedelta(minutes=1))


def shift_change_to_be(
    group: RosterGroup, day: date, shift_code: str, *, out: Account | None, into: Account | None
) -> ShiftChange:
    """What `change_shift` would take out and put in. Raises what it would raise: the rules hold here too."""
    if (out is None and into is None) or out == into:
        raise BadInput(_("请选好换下或者换上的人；换下和换上不能是同一个人。"))
    edition = group.editions.filter(starts_on__lte=day, ends_on__gte=day).order_by("-number").first()
    if edition is None:
        raise RosterRefused(_("这一天还没有发布排班表。"))
    here = shifts_in_force(RosterShift.objects.filter(edition__group=group, on=day, shift_code=shift_code))
    gone = [row for row in here if out is not None and row.account_id == out.pk]
    if out is not None and not gone:
        raise RosterRefused(_("这个班上已经没有这位。刷新页面看最新情况。"))
    planned = next((one for one in shifts_of(edition.terms.shifts) if one.code == shift_code), None)
    if planned is None:
        raise BadInput(_("这一天没有这个班。"))
    if into is None:
        return ShiftChange(edition, gone, ())
    start = day.toordinal() * 1440
    new = RosterShift(
        edition=edition, account=into, on=day, shift_code=shift_code, starts_at=moment_at(start + planned.starts),
        ends_at=moment_at(start + planned.ends),
    )  # fmt: skip
    _refuse_broken(group, into, without=gone, plus=[new], skills=False)
    return ShiftChange(edition, gone, [new])


@transaction.atomic
def change_shift(
    group: RosterGroup, day: date, shift_code: str, *, out: Account | None, into: Account | None, reason: str, by: Account,
    now: datetime,
) -> RosterAmendment:  # fmt: skip
    """The office changes a published shift at once: somebody out, somebody in, or both."""
    _lock(group)
    if not reason.strip():
        raise BadInput(_("请写明原因。"))
    hold_people(each.pk for each in (out, into) if each is not None)
    made = shift_change_to_be(group, day, shift_code, out=out, into=into)
    change = RosterAmendment.objects.create(edition=made.edition, kind="hand", reason=reason, at=now, by=by)
    for row in made.gone:
        insert(RosterRemoval(shift=row, amendment=change))
    for row in made.plus:
        row.amendment = change
        insert(row)
    journal.record(
        "roster.changed", by=by, about=made.edition, now=now, day=day.isoformat(), shift=shift_code,
        out=out.username if out else "", into=into.username if into else "",
    )  # fmt: skip
    return change


def leave_rows(request: RosterRequest) -> list[RosterShift]:
    """The shifts that a leave takes from this person, of whatever group."""
    if request.kind != RequestKind.LEAVE or request.starts_on is None or request.ends_on is None:
        return []
    rows = own_shifts(request.asked_by, request.starts_on - timedelta(days=1), request.ends_on)
    return [row for row in rows if touches(row, request.starts_on, request.ends_on)]


def touches(row: RosterShift, first: date, last: date) -> bool:
    """Whether a minute of the shift falls on one of these days."""
    begins, shift = as_planned(row)
    ends = begins + timedelta(days=(shift.ends - 1) // 1440)
    return begins <= last and ends >= first


def _carry_out(request: RosterRequest, *, by: Account, now: datetime) -> None:
    if request.kind == RequestKind.LEAVE:
        for row in leave_rows(request):
            change = RosterAmendment.objects.create(edition=row.edition, kind=request.kind, reason=_("请假"), at=now, by=by)
            insert(RosterRemoval(shift=row, amendment=change))
        return
    own, other, colleague = request.own, request.other, request.colleague
    assert own is not None and colleague is not None
    _refuse_unfit(own, colleague, other, by=request.asked_by, now=now)
    change = RosterAmendment.objects.create(
        edition=own.edition, kind=request.kind, reason=str(request.get_kind_display()), at=now, by=by
    )
    gone, given = traded(request)
    for row in gone:
        insert(RosterRemoval(shift=row, amendment=change))
    for row in given:
        row.amendment = change
        insert(row)


def traded(request: RosterRequest) -> tuple[list[RosterShift], list[RosterShift]]:
    """(the shifts a swap takes out, the same in the other's hands, not stored)."""
    assert request.own is not None and request.colleague is not None
    pairs = [(request.own, request.colleague), *([(request.other, request.asked_by)] if request.other else [])]
    return [row for row, _whose in pairs], [_given_to(row, whose) for row, whose in pairs]


def _given_to(row: RosterShift, account: Account) -> RosterShift:
    return RosterShift(
        edition=row.edition, account=account, on=row.on, shift_code=row.shift_code, starts_at=row.starts_at, ends_at=row.ends_at
    )


def _refuse_unfit(own: RosterShift, colleague: Account, other: RosterShift | None, *, by: Account, now: datetime) -> None:
    """Whether the exchange can be made at all, and which rule it would break for whom."""
    group = own.edition.group
    if own.account_id != by.pk or colleague.pk == by.pk or (other is not None and other.account_id != colleague.pk):
        raise BadInput(_("换班要用自己的班，换给一位同事；换回来的要是那位同事的班。"))
    if other is not None and other.edition.group_id != group.pk:
        raise BadInput(_("只能和同一组的班对换。"))
    for row in filter(None, (own, other)):
        if row.starts_at <= now:
            raise RosterRefused(_("这个班已经开始了，不能再换。"))
        if not shifts_in_force(RosterShift.objects.filter(pk=row.pk)):
            raise RosterRefused(_("这个班已经有变动。刷新页面看最新情况。"))
    gone = tuple(row for row in (own, other) if row is not None)
    _refuse_broken(group, colleague, without=gone, plus=[_given_to(own, colleague)])
    if other is not None:
        _refuse_broken(group, by, without=gone, plus=[_given_to(other, by)])


def _refuse_broken(
    group: RosterGroup, account: Account, *, without: Sequence[RosterShift], plus: Sequence[RosterShift], but: RosterRequest | None = None,
    skills: bool = True,
) -> None:  # fmt: skip
    """Refuse what would break a rule for this person with these shifts instead of those. but: a leave that holds no more.

    skills: False where a shift may lose its last person with a skill, because it may also lose them without anybody instead.
    """
    (row,) = plus
    held = Q(valid_to=None) | Q(valid_to__gte=row.on)
    membership = group.members.filter(held, account=account, valid_from__lte=row.on).first()
    if membership is None:
        raise RosterRefused(_("%(person)s 这天不在这一组里。") % {"person": account})
    limits = limits_of(row.edition.terms.limits)
    gone = {one.pk for one in without}
    mine = [as_planned(one) for one in shifts_around([account.pk], row.on, row.on) if one.pk not in gone]
    away = leave_of([account.pk], row.on - timedelta(days=1), row.on + timedelta(days=2), but=but)
    member = _as_member(membership, away[account.pk])
    before = set(broken_by(member, mine, limits))
    new = [one for one in broken_by(member, [*mine, as_planned(row)], limits) if one not in before]
    beside = [one for one in _beside(row) if one.pk not in gone]
    new += broken_in(row.on, [*(one.account.username for one in beside), account.username], limits)
    if new:
        raise RosterRefused(_("%(person)s 不能上这个班：%(rule)s。") % {"person": account, "rule": rule(new[0].rule)})
    if skills:
        _refuse_lost_skill(group, row, [one.account_id for one in beside], without, member)


def _beside(row: RosterShift) -> list[RosterShift]:
    return shifts_in_force(
        RosterShift.objects.filter(edition__group=row.edition.group_id, on=row.on, shift_code=row.shift_code)
    )


def _refuse_lost_skill(
    group: RosterGroup, row: RosterShift, beside: Sequence[int], without: Iterable[RosterShift], member: Member
) -> None:
    wanted = next((one.skills for one in shifts_of(row.edition.terms.shifts) if one.code == row.shift_code), ())
    if not wanted:
        return
    leaving = [one.account_id for one in without if (one.on, one.shift_code) == (row.on, row.shift_code)]
    skills = dict(RosterMember.objects.filter(group=group, account__in=[*beside, *leaving]).values_list("account", "skills"))
    for skill, many in wanted:
        left = sum(skill in skills.get(each, ()) for each in beside)
        before = left + sum(skill in skills.get(each, ()) for each in leaving)
        if left + (skill in member.skills) < min(many, before):
            raise RosterRefused(_("这样换，这个班就没有会“%(skill)s”的人了。请换一位有这项技能的同事。") % {"skill": skill})


def _as_member(row: RosterMember, away: set[date]) -> Member:
    return Member(
        row.account.username, frozenset(row.skills), row.no_nights, frozenset(away), row.valid_from, row.valid_to or date.max
    )


def _to(request: RosterRequest, state: str, by: Account, now: datetime, said: str) -> None:
    _step(request, state, by=by, now=now, said=said)
    request.state = state
    request.save(update_fields=["state"])


def _facts(request: RosterRequest) -> dict[str, str]:
    return {"state": str(request.state), "kind": request.kind, "group": request.group.code}


def _step(request: RosterRequest, state: str, *, by: Account, now: datetime, said: str = "") -> None:
    insert(RosterRequestStep(request=request, state=state, at=now, by=by, said=said[:200]))


def _as_it_is(request: RosterRequest) -> RosterRequest:
    _lock(request.group)
    return _told(RosterRequest.objects.all()).get(pk=request.pk)


def _lock(group: RosterGroup) -> RosterGroup:
    return RosterGroup.objects.select_for_update().get(pk=group.pk)
