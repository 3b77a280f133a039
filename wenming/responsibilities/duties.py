"""The acts on a duty, without journal entries: for services whose own entry tells the whole act (a case's dispatch).

Everybody else uses `services`, which record. All functions lock the duty first and expect a transaction around them;
they take the duty or its key, since whatever the caller knows of it is read anew under the lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from wenming.engine.asking import Given, Question
from wenming.engine.writing import insert, update
from wenming.organisations.models import Account, Unit
from wenming.refusals import Refusal

from .calendars import calendar_version, schedule_for
from .models import Duty, DutyExtension, DutyMove, DutyPause
from .rules import clock
from .rules.clock import Limit
from .rules.duty import DutyAct, DutyState, StepRefusedByRule, step
from .rules.ladder import next_rung, warning_share

_LOCKED = Question(
    lambda: Duty.objects.select_for_update(of=("self",)).select_related("calendar", "schedule").filter(pk=Given("pk"))
)
_PAUSES = Question(lambda: DutyPause.objects.filter(duty=Given("duty")))
_WAITING = Question(lambda: DutyExtension.objects.filter(duty=Given("duty"), decided_at=None))
_GRANTED = Question(lambda: DutyExtension.objects.filter(duty=Given("duty"), granted=True).order_by("decided_at"))
# What each kind of change writes; two people who change different things of one duty both succeed.
_LADDER = ("next_rung", "next_rung_at")
_DEADLINE = ("due_at", "warn_at", "provisional", *_LADDER)
_ANSWER = ("state", "answered_at", "answered_on_time", "paused_at")


class DutyRefused(Refusal):
    """The duty is not in a state that allows this."""

    code = "duty.step-refused"


def impose(
    *, kind: str, subject: str, title: str, owner: Unit, limit: Limit, now: datetime, owed_to: Unit | None = None,
    supervisor: Unit | None = None,
) -> Duty:  # fmt: skip
    """Create a duty with its deadline on the owner's own hours and the calendar in force."""
    duty = Duty(
        kind=kind, subject=subject, title=title[:160], owner=owner, owed_to=owed_to, supervisor=supervisor,
        limit_amount=limit.amount, limit_unit=limit.unit, calendar=calendar_version(), schedule=schedule_for(owner, now),
        started_at=now,
    )  # fmt: skip
    _set_deadline(duty)
    _plan_rung(duty)
    insert(duty)
    return duty


def lock(duty: Duty | int) -> Duty:
    """The duty as it is now, held until the transaction ends."""
    return _LOCKED.get(pk=duty.pk if isinstance(duty, Duty) else duty)


def acknowledge(duty: Duty | int, *, now: datetime) -> Duty | None:
    """签收: the first sign that the unit has seen it. A second one changes nothing, and gives None."""
    duty = lock(duty)
    _step(duty, DutyAct.ACKNOWLEDGE)
    if duty.acknowledged_at is not None:
        return None
    duty.acknowledged_at = now
    update(duty, "acknowledged_at")
    return duty


def answer(duty: Duty | int, *, now: datetime) -> Duty:
    """The unit says it is done. Whether it was in time is decided here, once; the clock stands until the verdict."""
    duty = lock(duty)
    duty.state = _step(duty, DutyAct.ANSWER)
    now = _not_before(duty.started_at, now)
    duty.acknowledged_at = duty.acknowledged_at or now
    duty.answered_at = duty.paused_at = now
    duty.answered_on_time = now <= duty.due_at
    _stop_ladder(duty)
    update(duty, *_ANSWER, *_LADDER, "acknowledged_at")
    return duty


def send_back(duty: Duty | int, *, reason: str, by: Account | None, now: datetime) -> Duty:
    """返工: not solved. The clock goes on where it stood, since the wait for the verdict was not the unit's."""
    duty = lock(duty)
    duty.state = _step(duty, DutyAct.SEND_BACK)
    before = duty.due_at
    _end_pause(duty, "verification", now)
    duty.answered_at, duty.answered_on_time = None, None
    duty.rework_count += 1
    _set_deadline(duty)
    _plan_rung(duty)
    update(duty, *_ANSWER, *_DEADLINE, "rework_count")
    _note(duty, "send_back", by=by, now=now, reason=reason, before=before)
    return duty


def suspend(duty: Duty | int, *, reason: str, by: Account | None, now: datetime) -> Duty:
    """挂账: the clock stands, because what is missing is not in the unit's power."""
    duty = lock(duty)
    duty.state = _step(duty, DutyAct.SUSPEND)
    duty.paused_at = now
    _stop_ladder(duty)
    update(duty, "state", "paused_at", *_LADDER)
    _note(duty, "suspend", by=by, now=now, reason=reason, before=duty.due_at)
    return duty


def resume(duty: Duty | int, *, by: Account | None, now: datetime) -> Duty:
    """The clock goes on; the deadline moves by exactly the time it stood."""
    duty = lock(duty)
    duty.state = _step(duty, DutyAct.RESUME)
    before = duty.due_at
    _end_pause(duty, "suspended", now)
    _set_deadline(duty)
    _plan_rung(duty)
    update(duty, "state", "paused_at", *_DEADLINE)
    _note(duty, "resume", by=by, now=now, reason="", before=before)
    return duty


def discharge(duty: Duty | int, *, now: datetime) -> Duty:
    """What was owed is done, or accepted by whoever had to judge it."""
    duty = lock(duty)
    waiting = duty.state == DutyState.ANSWERED
    duty.state = _step(duty, DutyAct.ACCEPT if waiting else DutyAct.DISCHARGE)
    if duty.answered_at is None:
        duty.answered_at = _not_before(duty.started_at, now)
        duty.answered_on_time = duty.answered_at <= duty.due_at
    return _end(duty, now)


def withdraw(duty: Duty | int, *, now: datetime) -> Duty:
    """It is no longer owed by this unit (退回、撤回派遣). It counts in nobody's figures."""
    duty = lock(duty)
    duty.state = _step(duty, DutyAct.WITHDRAW)
    return _end(duty, now)


def reinstate(duty: Duty | int, *, reason: str, by: Account, now: datetime) -> Duty:
    """裁定: it was theirs after all. The clock goes on where it stood; the time since it was withdrawn is left out."""
    duty = lock(duty)
    duty.state = _step(duty, DutyAct.REINSTATE)
    assert duty.ended_at is not None
    before, duty.paused_at, duty.ended_at = duty.due_at, duty.ended_at, None
    _end_pause(duty, "dispute", now)
    _set_deadline(duty)
    _plan_rung(duty)
    update(duty, "state", "paused_at", "ended_at", *_DEADLINE)
    _note(duty, "reinstate", by=by, now=now, reason=reason[:500], before=before)
    return duty


def ask_extension(duty: Duty | int, *, limit: Limit, reason: str, by: Account, now: datetime) -> DutyExtension:
    """申请延期: only before the deadline, one request at a time."""
    duty = lock(duty)
    _step(duty, DutyAct.EXTEND)
    if now > duty.due_at:
        raise DutyRefused(_("已经过了时限，不能再申请延期。请尽快回复，并在回复里写明原因。"))
    if _WAITING.first(duty=duty.pk):
        raise DutyRefused(_("上一次延期申请还没有批，不用重复申请。"))
    extension = DutyExtension(
        duty=duty, amount=limit.amount, limit_unit=limit.unit, reason=reason, asked_at=now, asked_by=by
    )
    insert(extension)
    return extension


def decide_extension(extension: DutyExtension, *, granted: bool, note: str, by: Account, now: datetime) -> Duty:
    """Grant or refuse; a granted extension counts on from the old deadline, however late the decision came."""
    duty = lock(extension.duty_id)
    waiting = DutyExtension.objects.filter(pk=extension.pk, decided_at=None)
    if not waiting.update(decided_at=now, decided_by=by, granted=granted, decision_note=note):
        raise DutyRefused(_("这个延期申请已经批过了，刷新页面就能看到结果。"))
    before = duty.due_at
    if granted:
        duty.extension_count += 1
        _set_deadline(duty)
        _plan_rung(duty)
        update(duty, *_DEADLINE, "extension_count")
    _note(duty, "extend" if granted else "refuse_extension", by=by, now=now, reason=note, before=before)
    return duty


def climb(duty: Duty | int, *, now: datetime) -> str | None:
    """Take the next rung of the escalation ladder if its moment has come; the rung's name, or None."""
    duty = lock(duty)
    if not duty.is_open or duty.next_rung_at is None or duty.next_rung_at > now:
        return None
    duty.rung = duty.next_rung
    _note(duty, duty.rung, by=None, now=now, reason="", before=duty.due_at)
    _plan_rung(duty)
    update(duty, "rung", *_LADDER)
    return duty.rung


def recomputed_due_at(duty: Duty) -> datetime:
    """The deadline again, from the stored limit, calendar, hours, pauses and extensions (P4)."""
    return _deadline(duty, _pauses(duty)).due_at


def _deadline(duty: Duty, pauses: Sequence[clock.Pause]) -> clock.Deadline:
    calendar, schedule = duty.calendar.as_rule(), duty.schedule.as_rule()
    return clock.deadline(duty.started_at, duty.limit, calendar, schedule, pauses, _extensions(duty))


def _set_deadline(duty: Duty) -> None:
    pauses = _pauses(duty)
    found = _deadline(duty, pauses)
    duty.due_at, duty.provisional = found.due_at, found.provisional
    calendar, schedule = duty.calendar.as_rule(), duty.schedule.as_rule()
    duty.warn_at = clock.warn_at(duty.started_at, duty.due_at, duty.limit, calendar, schedule, pauses, warning_share())


def _pauses(duty: Duty) -> list[clock.Pause]:
    """The pauses that moved the deadline. One that lasted until the end moved nothing: there was no clock to go on."""
    return [clock.Pause(p.start, p.end) for p in _PAUSES.all(duty=duty.pk) if p.cause != "ended"] if duty.pk else []


def _extensions(duty: Duty) -> list[Limit]:
    # Only where one was granted is there anything to ask for.
    return [e.limit for e in _GRANTED.all(duty=duty.pk)] if duty.pk and duty.extension_count else []


def _plan_rung(duty: Duty) -> None:
    calendar, schedule = duty.calendar.as_rule(), duty.schedule.as_rule()
    following = next_rung(duty.rung, duty.started_at, duty.due_at, duty.warn_at, calendar, schedule)
    duty.next_rung, duty.next_rung_at = (following[0].name, following[1]) if following else ("", None)


def _end(duty: Duty, now: datetime) -> Duty:
    duty.ended_at = now
    if duty.paused_at:
        _end_pause(duty, "ended", now)
    _stop_ladder(duty)
    update(duty, *_ANSWER, *_LADDER, "ended_at")
    return duty


def _stop_ladder(duty: Duty) -> None:
    duty.next_rung, duty.next_rung_at = "", None


def _end_pause(duty: Duty, cause: str, now: datetime) -> None:
    assert duty.paused_at is not None
    end = _not_before(duty.paused_at, now)
    insert(DutyPause(duty=duty, start=duty.paused_at, end=end, cause=cause))
    duty.paused_at = None


def _not_before(earlier: datetime, now: datetime) -> datetime:
    """The later of the two: a server whose clock was set back must not keep anybody from going on.

    A pause that seems to have ended before it began lasted no time: the deadline stays, which neither gives the unit
    hours nor takes any. Refusing would stop the whole city's work until the clock has caught up again.
    """
    return max(earlier, now)


def _step(duty: Duty, act: DutyAct) -> DutyState:
    try:
        return step(DutyState(duty.state), act)
    except StepRefusedByRule as refused:
        raise DutyRefused(_("这件事现在不能这样办：它已经答复、结束或暂停了。刷新页面看看最新情况。")) from refused


def _note(duty: Duty, act: str, *, by: Account | None, now: datetime, reason: str, before: datetime) -> None:
    insert(DutyMove(duty=duty, act=act, at=now, by=by, reason=reason, due_before=before, due_after=duty.due_at))
