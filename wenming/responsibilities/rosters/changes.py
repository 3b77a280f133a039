"""Changes of what is published: asked by the member, agreed to by the colleague, approved by the lead. Policy: 7.4.

Rules are checked when it is asked and again when it is approved; nothing is overwritten: shifts are taken out and put in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
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
from .services import RosterRefused
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
    if not user.may("rosters.manage"):
        led = Q(group__lead=user)
        if user.role == Role.UNIT_LEAD:
            led |= Q(group__unit__path__startswith=user.unit.path)
        waiting = waiting.filter(led)
    return _told(waiting)


def requests_of(user: Account) -> QuerySet[RosterRequest]:
    """What this person asked for, or was asked about."""
    return _told(RosterRequest.objects.filter(Q(asked_by=user) | Q(colleague=user)))


def _told(found: QuerySet[RosterRequest]) -> QuerySet[RosterRequest]:
    return found.select_related("group__unit", "asked_by", "colleague", "own", "other").order_by("-asked_at", "-id")


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
        _carry_out(request, by=by, now=now)
    state = RequestState.APPROVED if approves else RequestState.REFUSED
    _to(request, state, by, now, said)
    journal.record("roster.request-decided", by=by, about=request, now=now, **_facts(request))
    return request


@transaction.atomic
def change_shift(
    group: RosterGroup, day: date, shift_code: str, *, out: Account | None, into: Account | None, reason: str, by: Account,
    now: datetime,
) -> RosterAmendment:  # fmt: skip
    """The office changes a published shift at once: somebody out, somebody in, or both. The rules hold here too."""
    _lock(group)
    if not reason.strip() or (out is None and into is None):
        raise BadInput(_("请写明原因，并选好换下或者换上的人。"))
    here = shifts_in_force(RosterShift.objects.filter(edition__group=group, on=day))
    edition = group.editions.filter(starts_on__lte=day, ends_on__gte=day).order_by("-number").first()
    if edition is None:
        raise RosterRefused(_("这一天还没有发布排班表。"))
    gone = [row for row in here if out is not None and row.account_id == out.pk and row.shift_code == shift_code]
    if out is not None and not gone:
        raise RosterRefused(_("这个班上已经没有这位。刷新页面看最新情况。"))
    planned = next((one for one in shifts_of(edition.terms.shifts) if one.code == shift_code), None)
    if planned is None:
        raise BadInput(_("这一天没有这个班。"))
    change = RosterAmendment.objects.create(edition=edition, kind="hand", reason=reason, at=now, by=by)
    for row in gone:
        insert(RosterRemoval(shift=row, amendment=change))
    if into is not None:
        start = day.toordinal() * 1440
        new = RosterShift(
            edition=edition, account=into, on=day, shift_code=shift_code, starts_at=moment_at(start + planned.starts),
            ends_at=moment_at(start + planned.ends), amendment=change,
        )  # fmt: skip
        _refuse_broken(group, into, without=(), plus=[new])
        insert(new)
    journal.record(
        "roster.changed", by=by, about=edition, now=now, day=day.isoformat(), shift=shift_code,
        out=out.username if out else "", into=into.username if into else "",
    )  # fmt: skip
    return change


def opened_by(request: RosterRequest) -> list[RosterShift]:
    """The shifts that a leave would leave without this person: what approving it opens."""
    if request.kind != RequestKind.LEAVE or request.starts_on is None or request.ends_on is None:
        return []
    rows = own_shifts(request.asked_by, request.starts_on - timedelta(days=1), request.ends_on)
    return [row for row in rows if _touches(row, request.starts_on, request.ends_on)]


def _touches(row: RosterShift, first: date, last: date) -> bool:
    begins, shift = as_planned(row)
    ends = begins + timedelta(days=(shift.ends - 1) // 1440)
    return begins <= last and ends >= first


def _carry_out(request: RosterRequest, *, by: Account, now: datetime) -> None:
    if request.kind == RequestKind.LEAVE:
        for row in opened_by(request):
            change = RosterAmendment.objects.create(edition=row.edition, kind=request.kind, reason=_("请假"), at=now, by=by)
            insert(RosterRemoval(shift=row, amendment=change))
        return
    own, other, colleague = request.own, request.other, request.colleague
    assert own is not None and colleague is not None
    _refuse_unfit(own, colleague, other, by=request.asked_by, now=now)
    change = RosterAmendment.objects.create(
        edition=own.edition, kind=request.kind, reason=str(request.get_kind_display()), at=now, by=by
    )
    for row, whose in ((own, colleague), *([(other, request.asked_by)] if other else [])):
        insert(RosterRemoval(shift=row, amendment=change))
        insert(_given_to(row, whose, change))


def _given_to(row: RosterShift, account: Account, change: RosterAmendment | None = None) -> RosterShift:
    return RosterShift(
        edition=row.edition, account=account, on=row.on, shift_code=row.shift_code, starts_at=row.starts_at, ends_at=row.ends_at,
        amendment=change,
    )  # fmt: skip


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


def _refuse_broken(group: RosterGroup, account: Account, *, without: Sequence[RosterShift], plus: Sequence[RosterShift]) -> None:
    """Refuse what would break a rule for this person with these shifts instead of those."""
    (row,) = plus
    held = Q(valid_to=None) | Q(valid_to__gte=row.on)
    membership = group.members.filter(held, account=account, valid_from__lte=row.on).first()
    if membership is None:
        raise RosterRefused(_("%(person)s 这天不在这一组里。") % {"person": account})
    limits = limits_of(row.edition.terms.limits)
    gone = {one.pk for one in without}
    mine = [as_planned(one) for one in shifts_around([account.pk], row.on, row.on) if one.pk not in gone]
    member = _as_member(membership, leave_of([account.pk], row.on - timedelta(days=1), row.on + timedelta(days=2))[account.pk])
    before = set(broken_by(member, mine, limits))
    new = [one for one in broken_by(member, [*mine, as_planned(row)], limits) if one not in before]
    beside = [one for one in _beside(row) if one.pk not in gone]
    new += broken_in(row.on, [*(one.account.username for one in beside), account.username], limits)
    if new:
        raise RosterRefused(_("%(person)s 不能上这个班：%(rule)s。") % {"person": account, "rule": rule(new[0].rule)})
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
