"""What leaders do: order, and judge the answer. An order is a duty like any other, so nothing of it is overlooked."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.organisations.models import Account, Unit, UnitKind
from wenming.refusals import BadInput, NotAllowed
from wenming.responsibilities import duties
from wenming.responsibilities.models import Duty
from wenming.responsibilities.rules.clock import Limit
from wenming.responsibilities.services import impose_duty

from .models import LeaderOrder

ORDER = "leader.order"


@transaction.atomic
def give_order(*, by: Account, to: Unit, about: str, text: str, limit: Limit, now: datetime) -> LeaderOrder:
    """批示: a leader's word on something becomes the unit's duty, due within the limit. Policy: 5.2, 11.4.

    about: the exception's sentence as the leader read it, "" for an order of the leader's own motion.
    Raises BadInput when it says nothing or the unit cannot owe anything.
    """
    if not by.may("leaders.order"):
        raise NotAllowed()
    if not text.strip():
        raise BadInput(_("批示还没有写内容。请写一句要求，再交办。"))
    if not to.handles_cases or to.valid_to is not None:
        raise BadInput(_("%(unit)s不承办事项。请选部门、镇街、村居或承包单位。") % {"unit": to.name})
    number = _next_number(now)
    duty = impose_duty(
        kind=ORDER, subject=f"{LeaderOrder._meta.model_name}:{number}", title=text.strip()[:160], owner=to, limit=limit,
        by=by, now=now, owed_to=by.unit, supervisor=_civility_office(),
    )  # fmt: skip
    order = LeaderOrder.objects.create(
        number=number, by=by, to=to, about=about.strip()[:200], text=text.strip(), duty=duty, at=now
    )
    journal.record("order.given", by=by, about=order, now=now, unit=to.code, due_at=duty.due_at.isoformat())
    return order


@transaction.atomic
def accept_order(order: LeaderOrder, *, by: Account, now: datetime) -> Duty:
    """销号: what was ordered has been done, in the judgement of the leader or of the office in the leader's name."""
    _refuse_strangers(by)
    duty = duties.discharge(order.duty, now=now)
    journal.record("order.accepted", by=by, about=order, now=now, on_time=duty.answered_on_time)
    return duty


@transaction.atomic
def send_order_back(order: LeaderOrder, *, reason: str, by: Account, now: datetime) -> Duty:
    """退回重办: the answer does not do; the clock goes on where it stood."""
    _refuse_strangers(by)
    if not reason.strip():
        raise BadInput(_("退回重办要写明还差什么。请补上后再退回。"))
    duty = duties.send_back(order.duty, reason=reason.strip()[:500], by=by, now=now)
    journal.record("order.sent-back", by=by, about=order, now=now, due_at=duty.due_at.isoformat())
    return duty


def _refuse_strangers(by: Account) -> None:
    if not by.may("leaders.judge"):
        raise NotAllowed()


def _next_number(now: datetime) -> str:
    """2026-0012. Two orders given together queue on the newest one; the unique constraint is the last word."""
    year = timezone.localdate(now).year
    last = LeaderOrder.objects.select_for_update().filter(number__startswith=f"{year}-").order_by("-number").first()
    return f"{year}-{int(last.number.partition('-')[2]) + 1 if last else 1:04d}"


def _civility_office() -> Unit | None:
    return Unit.objects.filter(kind=UnitKind.OFFICE, valid_to=None).order_by("path").first()
