"""交接班 and the calendar address. No clocking-in: whether somebody came is nowhere written. Policy: 7.4."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.journal.models import Entry
from wenming.organisations.models import Account
from wenming.refusals import NotAllowed

from ..models import Handover, HandoverTaking, RosterFeed, RosterGroup, RosterShift
from .selectors import groups_of, shifts_in_force
from .services import RosterRefused

# The next shift may take over some time before it begins, and the last one hand over after it ended.
AROUND = timedelta(hours=2)
LONGEST = timedelta(hours=24)


def shifts_at(moment: datetime, group: RosterGroup | None = None) -> list[RosterShift]:
    """The shifts that run at that moment."""
    found = RosterShift.objects.filter(starts_at__lte=moment, starts_at__gt=moment - LONGEST, ends_at__gt=moment)
    return shifts_in_force(found.filter(edition__group=group) if group else found)


def own_shift(user: Account, moment: datetime) -> RosterShift | None:
    """The shift this person is in now, else the one that begins or ended within two hours."""
    found = shifts_in_force(
        RosterShift.objects.filter(
            account=user, starts_at__lte=moment + AROUND, starts_at__gt=moment - LONGEST, ends_at__gt=moment - AROUND
        )
    )
    running = [row for row in found if row.starts_at <= moment < row.ends_at]
    return next(iter(running or sorted(found, key=lambda row: abs(row.starts_at - moment))), None)


def first_record(account: Account, shift: RosterShift, now: datetime) -> datetime | None:
    """When the first record of this shift was made in the field, for the team's own handover; asked, never stored."""
    made = Entry.objects.filter(
        by=account.username, origin="field", at__gte=shift.starts_at, at__lt=min(now, shift.ends_at)
    ).exclude(action__startswith="roster.")
    return made.order_by("at").values_list("at", flat=True).first()


@transaction.atomic
def hand_over(
    shift: RosterShift, *, notes: str, matters: Sequence[dict[str, str]], client_id: str, by: Account, now: datetime,
    given_at: datetime | None = None,
) -> Handover:  # fmt: skip
    """交班: the notes and the open matters as they stood. The same client_id gives the same handover, however often sent.

    given_at: when it was done, for what a phone kept until it had network; now without it.
    """
    RosterGroup.objects.select_for_update().get(pk=shift.edition.group_id)
    known = Handover.objects.filter(client_id=client_id).first()
    if known is not None and known.given_by_id == by.pk:
        return known
    if known is not None or shift.account_id != by.pk:
        raise NotAllowed(_("只能交自己的班。"))
    given_at = min(given_at or now, now)
    if not shift.starts_at <= given_at <= shift.ends_at + AROUND:
        raise RosterRefused(_("这一班从开班到下班后两小时可以交。现在交的不是这一班，请打开“我的班”重新交。"))
    made = Handover.objects.create(
        group=shift.edition.group, client_id=client_id, given_by=by, given_at=given_at, shift_starts_at=shift.starts_at,
        shift_ends_at=shift.ends_at, notes=notes.strip()[:1000], matters=list(matters),
    )  # fmt: skip
    journal.record(
        "roster.handed-over", by=by, about=made, now=now, group=made.group.code, matters=[one["number"] for one in matters],
        given_at=given_at.isoformat(),
    )  # fmt: skip
    return made


@transaction.atomic
def take_over(handover: Handover, *, by: Account, now: datetime, said: str = "", taken_at: datetime | None = None) -> HandoverTaking:
    """接班: somebody of the same group, not whoever gave it. Only once. taken_at: when it was done, for a phone without network."""
    RosterGroup.objects.select_for_update().get(pk=handover.group_id)
    if by.pk == handover.given_by_id or not groups_of(by, timezone.localdate(now)).filter(pk=handover.group_id).exists():
        raise NotAllowed(_("要由同一组的另一位来接班。"))
    if HandoverTaking.objects.filter(handover=handover).exists():
        raise RosterRefused(_("已经有人接班了。刷新页面看最新情况。"))
    at = max(min(taken_at or now, now), handover.given_at)
    taking = HandoverTaking.objects.create(handover=handover, by=by, at=at, said=said[:200])
    journal.record("roster.taken-over", by=by, about=handover, now=now, group=handover.group.code)
    return taking


def waiting_handovers(user: Account, now: datetime) -> list[Handover]:
    """What was handed over in this person's groups in the last day and waits to be taken; and what they took or gave."""
    groups = groups_of(user, timezone.localdate(now)).order_by()
    rows = Handover.objects.filter(group__in=groups.values("pk"), given_at__gt=now - LONGEST).select_related("group", "given_by", "taking__by")
    return list(rows.order_by("-given_at"))


# --- the calendar address --------------------------------------------------------------------------------------------


@transaction.atomic
def open_feed(account: Account, *, now: datetime) -> str:
    """A new address for this person's calendar; the one before opens nothing any more. The token is told only here."""
    token = secrets.token_urlsafe(32)
    RosterFeed.objects.select_for_update().filter(account=account, ended_at=None).update(ended_at=now)
    feed = RosterFeed.objects.create(account=account, token_hash=_hash(token), opened_at=now)
    journal.record("roster.feed-opened", by=account, about=feed, now=now)
    return token


@transaction.atomic
def end_feed(account: Account, *, now: datetime) -> None:
    """The address opens nothing any more."""
    for feed in RosterFeed.objects.select_for_update().filter(account=account, ended_at=None):
        feed.ended_at = now
        feed.save(update_fields=["ended_at"])
        journal.record("roster.feed-ended", by=account, about=feed, now=now)


def owner_of_feed(token: str) -> Account | None:
    """Whose calendar the address is; None where it was ended, never was, or the account is switched off."""
    feed = RosterFeed.objects.select_related("account").filter(token_hash=_hash(token), ended_at=None).first()
    return feed.account if feed and feed.account.is_active else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
