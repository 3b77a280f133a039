"""A group that ends, rests for some days, or begins again; and members whom only paper reaches. Policy: 7.4.

A pause is an edition without shifts: it holds on its days like any other, so nothing published is touched, and beginning
again publishes what held before.
"""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.organisations.models import Account
from wenming.organisations.rules.permissions import Role
from wenming.organisations.services import change_account, open_account
from wenming.refusals import BadInput

from ..models import RosterDraft, RosterEdition, RosterGroup, RosterMember, RosterMethod, RosterShift
from ..rules.roster import Work, broken
from .planning import MOST_DAYS, problem_of
from .selectors import current_terms, members_on
from .services import RosterRefused, hold_people, join_group, publish


@transaction.atomic
def end_group(group: RosterGroup, last: date, *, by: Account, now: datetime) -> RosterGroup:
    """结束: that day is the last on which it keeps anything up; its later shifts hold no more. A draft goes with it."""
    group = _lock(group)
    if last < group.valid_from:
        raise BadInput(_("最后一天不能早于设组的那天。"))
    if group.valid_to is not None:
        raise RosterRefused(
            _("这一组已经定了 %(day)s 结束。刷新页面看最新情况。") % {"day": group.valid_to.isoformat()}
        )
    group.valid_to = last
    group.save(update_fields=["valid_to"])
    RosterDraft.objects.filter(group=group).delete()
    journal.record("roster.group-ended", by=by, about=group, now=now, last=last.isoformat())
    return group


@transaction.atomic
def reopen_group(group: RosterGroup, *, by: Account, now: datetime) -> RosterGroup:
    """撤销结束: it goes on, and what was published for later days holds again."""
    group = _lock(group)
    if group.valid_to is None:
        raise RosterRefused(_("这一组没有结束。刷新页面看最新情况。"))
    ended, group.valid_to = group.valid_to, None
    group.save(update_fields=["valid_to"])
    journal.record("roster.group-reopened", by=by, about=group, now=now, ended=ended.isoformat())
    return group


def pause_to_be(group: RosterGroup, first: date, last: date, reason: str) -> RosterEdition:
    """The edition that pausing would publish, not stored. Refuses what cannot be paused."""
    if not 0 <= (last - first).days < MOST_DAYS:
        raise BadInput(
            _("一次最多暂停 %(n)d 天，结束的日子不能早于开始。要停得更久，请结束这一组。") % {"n": MOST_DAYS}
        )
    if not reason.strip():
        raise BadInput(_("请写明为什么暂停，值班的人和领导都会看到。"))
    terms = current_terms(group)
    if terms is None:
        raise RosterRefused(_("这一组还没有排班规则，也就没有班可以暂停。"))
    return RosterEdition(
        group=group,
        number=0,
        starts_on=first,
        ends_on=last,
        terms=terms,
        method=RosterMethod.PAUSE,
        reasons={"pause": reason.strip()[:200]},
    )


@transaction.atomic
def pause_group(
    group: RosterGroup, first: date, last: date, *, reason: str, by: Account, now: datetime
) -> RosterEdition:
    """暂停: nobody of the group is on duty from day to day; the minutes are listed as paused, with why."""
    group = _lock(group)
    edition = pause_to_be(group, first, last, reason)
    newest = group.editions.order_by("-number").first()
    edition.number, edition.published_at, edition.published_by = (newest.number if newest else 0) + 1, now, by
    edition.save(force_insert=True)
    journal.record("roster.group-paused", by=by, about=edition, now=now, first=first.isoformat(), last=last.isoformat())
    return edition


@transaction.atomic
def resume_group(pause: RosterEdition, *, on: date, by: Account, now: datetime) -> RosterEdition:
    """恢复: from that day on what held before the pause holds again, less what a leave or a rule forbids by now."""
    group = _lock(pause.group)
    first = max(on, pause.starts_on)
    newest = group.editions.filter(starts_on__lte=pause.ends_on, ends_on__gte=first).order_by("-number").first()
    if newest is None or newest.pk != pause.pk or first > pause.ends_on:
        raise RosterRefused(_("这次暂停已经结束，或者后来另有安排。刷新页面看最新情况。"))
    hold_people(members_on(group, first, pause.ends_on).values_list("account", flat=True))
    before = _before(pause, first)
    problem = problem_of(group, pause.terms, first, pause.ends_on)
    works = frozenset(
        Work(row.account.username, row.on, row.shift_code)
        for row in before
        if row.shift_code in problem.by_code and row.account.username in problem.by_key
    )
    while wrong := broken(problem, works):
        cells, people = {(one.key, one.day) for one in wrong}, {one.key for one in wrong}
        # What a shift after the pause makes too much is named by that shift's day: then all of that person's stay open.
        left = frozenset(one for one in works if (one.key, one.day) not in cells)
        works = left if len(left) < len(works) else frozenset(one for one in works if one.key not in people)
    draft = RosterDraft(
        group=group, terms=pause.terms, starts_on=first, ends_on=pause.ends_on, method=RosterMethod.HAND
    )
    return publish(group, draft, problem, works, by=by, now=now)


def _before(pause: RosterEdition, first: date) -> list[RosterShift]:
    """What would hold on the days of the pause without it."""
    rows = RosterShift.objects.filter(
        edition__group=pause.group_id,
        edition__number__lt=pause.number,
        on__gte=first,
        on__lte=pause.ends_on,
        removal=None,
    )
    newest: dict[date, int] = {}
    for edition in RosterEdition.objects.filter(
        group=pause.group_id, number__lt=pause.number, ends_on__gte=first
    ).order_by("number"):
        day = max(first, edition.starts_on)
        while day <= min(pause.ends_on, edition.ends_on):
            newest[day] = edition.pk
            day += timedelta(days=1)
    return [row for row in rows.select_related("account") if newest.get(row.on) == row.edition_id]


def pauses_ahead(group: RosterGroup, today: date) -> list[RosterEdition]:
    """The pauses that hold today or later, the soonest first."""
    found = group.editions.filter(method=RosterMethod.PAUSE, ends_on__gte=today).order_by("starts_on")
    newer = list(
        group.editions.filter(ends_on__gte=today).order_by("number").values_list("number", "starts_on", "ends_on")
    )
    return [
        one
        for one in found
        if not any(
            number > one.number and a <= max(today, one.starts_on) and b >= one.ends_on for number, a, b in newer
        )
    ]


@transaction.atomic
def join_on_paper(
    group: RosterGroup,
    name: str,
    *,
    on: date,
    by: Account,
    now: datetime,
    skills: tuple[str, ...] = (),
    no_nights: bool = False,
) -> RosterMember:
    """Somebody without an account takes shifts: an account that never was switched on stands for them, nobody can log in by it.

    They are told by paper. Whoever gets an account later has this one switched on, with all shifts of before.
    """
    name = name.strip()
    if not name:
        raise BadInput(_("请写姓名。"))
    group = _lock(group)
    if group.members.filter(account__display_name=name, account__is_active=False, valid_to=None).exists():
        raise BadInput(_("组里已经有一位没有账号的“%(name)s”。同名的请在姓名后加以区别。") % {"name": name})
    account = open_account(
        username=_free_name(group), display_name=name[:40], role=Role.FIELD, unit=group.unit, password=secrets.token_urlsafe(32), by=by, now=now
    )  # fmt: skip
    change_account(account, by=by, now=now, is_active=False)
    account.refresh_from_db()
    return join_group(group, account, on=on, by=by, now=now, skills=skills, no_nights=no_nights)


def _free_name(group: RosterGroup) -> str:
    stem = f"paper-{group.code}".lower()
    taken = set(Account.objects.filter(username__startswith=stem).values_list("username", flat=True))
    return next(name for n in range(1, len(taken) + 2) if (name := f"{stem}-{n}") not in taken)


def _lock(group: RosterGroup) -> RosterGroup:
    return RosterGroup.objects.select_for_update().get(pk=group.pk)
