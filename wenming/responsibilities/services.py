"""Acts on calendars, the matrix and duties that are whole in themselves, and so carry their own journal entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import DateField, F, Q, Value
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.engine.quicker import after_whoever_was_quicker
from wenming.journal import services as journal
from wenming.organisations.models import Account, Unit
from wenming.refusals import BadInput, NotAllowed, Refusal
from wenming.standards.models import ProblemType

from . import duties
from .models import (
    CalendarDay,
    CalendarVersion,
    Duty,
    DutyExtension,
    DutyMove,
    MatrixEntry,
    MatrixProposal,
    Notice,
    RoleHolding,
    WorkSchedule,
)
from .rules.clock import Limit
from .rules.matrix import Spot
from .selectors import who_answers


@transaction.atomic
def publish_calendar(
    days: Mapping[date, tuple[bool, str]], *, announced_years: Iterable[int], note: str, by: Account | None, now: datetime
) -> CalendarVersion:
    """Publish the working calendar anew, whole. Deadlines already given keep the version that gave them.

    days: {day: (is a workday, name of the holiday)} for every day that does not follow its weekday.
    """
    last = CalendarVersion.objects.select_for_update().order_by("-number").first()
    version = CalendarVersion.objects.create(
        number=(last.number if last else 0) + 1, published_at=now, published_by=by.username if by else "", note=note,
        announced_years=sorted(set(announced_years)),
    )  # fmt: skip
    CalendarDay.objects.bulk_create(
        CalendarDay(calendar=version, on=day, is_workday=works, name=name) for day, (works, name) in sorted(days.items())
    )
    journal.record("calendar.published", by=by, about=version, now=now, number=version.number, days=len(days), note=note)
    return version


@transaction.atomic
def set_hours(
    *, unit: Unit | None, spans: list[tuple[str, str]], mode: str, note: str, by: Account | None, now: datetime
) -> WorkSchedule:
    """Set the working hours of the city or of one unit from now on. spans: [("08:00", "12:00"), …] in order."""
    schedule = WorkSchedule(unit=unit, spans=[list(s) for s in spans], mode=mode, valid_from=now, note=note)
    try:
        schedule.as_rule()
    except ValueError as wrong:
        raise BadInput(_("工作时间要从早到晚、互不重叠，例如 08:00–12:00、14:00–18:00。请改好后再保存。")) from wrong
    schedule.save()
    journal.record("hours.set", by=by, about=schedule, now=now, unit=unit.code if unit else "", spans=schedule.spans)
    return schedule


@transaction.atomic
def add_matrix_entry(
    *, accountable: str, basis: str, on: date, by: Account | None, now: datetime, type_pattern: str = "*",
    kind: str = "", town_code: str = "*", supporting: Iterable[str] = (), order: int = 100,
) -> MatrixEntry:  # fmt: skip
    """Add a line to the matrix from a day on. Raises BadInput when it cites no basis or names an unknown unit."""
    _refuse_unknown_units([accountable, *supporting])
    if not basis.strip():
        raise BadInput(_("权责要写明依据，例如文件名和条款。请补上后再保存。"))

    def add() -> MatrixEntry:
        last = MatrixEntry.objects.order_by("-number").values_list("number", flat=True).first() or 0
        return MatrixEntry.objects.create(
            number=last + 1, order=order, type_pattern=type_pattern, kind=kind, town_code=town_code, accountable=accountable,
            supporting=list(supporting), basis=basis.strip(), valid_from=on,
        )  # fmt: skip

    entry = after_whoever_was_quicker(add)
    journal.record("matrix.entry-added", by=by, about=entry, now=now, accountable=accountable, pattern=type_pattern)
    return entry


@transaction.atomic
def end_matrix_entry(entry: MatrixEntry, *, on: date, by: Account | None, now: datetime) -> None:
    """Close a line by a day, one that has not begun yet before it does. It stays readable, since past answers cite it."""
    on = max(on, entry.valid_from)
    if not MatrixEntry.objects.filter(pk=entry.pk, valid_to=None).update(valid_to=on):
        raise Refusal(_("这一条已经停用了。刷新页面看最新情况。"))
    journal.record("matrix.entry-ended", by=by, about=entry, now=now, on=on.isoformat())


@transaction.atomic
def propose_matrix_entry(
    *, problem_type: ProblemType, town_code: str, unit: Unit, basis: str, because: str, about: str, by: Account,
    now: datetime,
) -> MatrixProposal:  # fmt: skip
    """Put a line before those who may change the matrix. Nothing changes by it. Raises BadInput without a basis."""
    if not basis.strip():
        raise BadInput(_("权责要写明依据，例如文件名和条款。请补上后再保存。"))
    proposal = MatrixProposal.objects.create(
        problem_type=problem_type, town_code=town_code or "*", unit=unit, basis=basis.strip()[:200],
        because=because.strip()[:1000], about=about, proposed_at=now, proposed_by=by,
    )  # fmt: skip
    journal.record("matrix.change-proposed", by=by, about=proposal, now=now, accountable=f"unit:{unit.code}",
                   pattern=problem_type.full_code, town=proposal.town_code, subject=about)  # fmt: skip
    return proposal


@transaction.atomic
def decide_matrix_proposal(
    proposal: MatrixProposal, *, accepted: bool, note: str, by: Account, now: datetime
) -> MatrixProposal:
    """Take a proposed line into the matrix, or not; an act of its own, by whoever may change the matrix.

    Raises BadInput when the line would not have its effect, because another line stands before it or beside it.
    """
    if not by.may("matrix.manage"):
        raise NotAllowed()
    if not accepted and not note.strip():
        raise BadInput(_("不采纳要写一句原因。请补上后再提交。"))
    proposal = MatrixProposal.objects.select_for_update(of=("self",)).select_related("unit", "problem_type").get(
        pk=proposal.pk
    )
    if proposal.decided_at is not None:
        raise Refusal(_("这个提议已经有人决定过了，刷新页面就能看到结果。"))
    proposal.decided_at, proposal.decided_by, proposal.accepted, proposal.note = now, by, accepted, note.strip()[:500]
    if accepted:
        proposal.entry = _learned(proposal, by, now)
    proposal.save(update_fields=["decided_at", "decided_by", "accepted", "note", "entry"])
    journal.record("matrix.change-decided", by=by, about=proposal, now=now, granted=accepted,
                   entry=proposal.entry.number if proposal.entry else None)  # fmt: skip
    return proposal


def proposed_line(proposal: MatrixProposal, on: date) -> dict[str, Any]:
    """The line that accepting it adds, as `add_matrix_entry` takes it: in the place of the one that answers now."""
    before = who_answers(proposal.problem_type, _spot(proposal), on)
    return {
        "type_pattern": proposal.problem_type.full_code, "kind": "", "town_code": proposal.town_code,
        "accountable": f"unit:{proposal.unit.code}", "basis": proposal.basis, "on": on,
        "order": before.rule.order if before.rule else 100, "supporting": before.rule.supporting if before.rule else (),
    }  # fmt: skip


def _spot(proposal: MatrixProposal) -> Spot:
    return Spot("" if proposal.town_code == "*" else proposal.town_code)


def _learned(proposal: MatrixProposal, by: Account, now: datetime) -> MatrixEntry:
    on = timezone.localdate(now)
    before = who_answers(proposal.problem_type, _spot(proposal), on)
    entry = add_matrix_entry(**proposed_line(proposal, on), by=by, now=now)
    if who_answers(proposal.problem_type, _spot(proposal), on).accountable != proposal.unit.code:
        named = {"line": before.rule.id if before.rule else "–"}
        raise BadInput(_("这样加进去不起作用：第 %(line)s 条同样具体。请先停用它，再采纳这个提议。") % named)
    return entry


@transaction.atomic
def give_role(role: str, *, to: Unit, town_code: str, on: date, by: Account | None, now: datetime) -> RoleHolding:
    """Say which unit plays a role of the trade in a town (`*`: the whole city) from a day on.

    Whoever held it, or was to hold it, holds it until that day and no longer.
    """

    def hand_over() -> RoleHolding:
        held = RoleHolding.objects.filter(Q(valid_to=None) | Q(valid_to__gt=on), role=role, town_code=town_code)
        held.update(valid_to=Greatest(Value(on, DateField()), F("valid_from")))
        return RoleHolding.objects.create(role=role, unit=to, town_code=town_code, valid_from=on)

    holding = after_whoever_was_quicker(hand_over)
    journal.record("role.given", by=by, about=to, now=now, role=role, town=town_code)
    return holding


@transaction.atomic
def impose_duty(
    *, kind: str, subject: str, title: str, owner: Unit, limit: Limit, by: Account | None, now: datetime,
    owed_to: Unit | None = None, supervisor: Unit | None = None,
) -> Duty:  # fmt: skip
    """Make a unit owe something by a time. Policy: 5.2, 11.4."""
    duty = duties.impose(
        kind=kind, subject=subject, title=title, owner=owner, limit=limit, now=now, owed_to=owed_to, supervisor=supervisor
    )
    journal.record("duty.imposed", by=by, about=duty, now=now, owner=owner.code, due_at=duty.due_at.isoformat())
    return duty


@transaction.atomic
def acknowledge_duty(duty: Duty, *, by: Account, now: datetime) -> Duty:
    """签收."""
    duty = duties.acknowledge(duty, now=now) or duty
    journal.record("duty.acknowledged", by=by, about=duty, now=now)
    return duty


@transaction.atomic
def answer_duty(duty: Duty, *, text: str, by: Account, now: datetime) -> Duty:
    """回复 a duty that is not a case's (a leader's order, a letter); whoever it is owed to judges the answer."""
    if not text.strip():
        raise BadInput(_("还没有写怎么办的。请写一句办理结果，再提交回复。"))
    duty = duties.answer(duty, now=now)
    DutyMove.objects.create(duty=duty, act="answer", at=now, by=by, reason=text.strip()[:500])
    journal.record("duty.answered", by=by, about=duty, now=now, on_time=duty.answered_on_time)
    return duty


@transaction.atomic
def remind_duty(duty: Duty, *, words: str, by: Account, now: datetime) -> DutyMove:
    """催办 by whoever sees to it, before the ladder does or beside it; the deadline stays. Once a day, while it is owed.

    words: what the owner reads beside the title; may be empty.
    """
    duty = duties.lock(duty)
    if duty.supervisor_id != by.unit_id:
        raise NotAllowed(_("这件不由您单位督促。"))
    if not duty.is_open:
        raise duties.DutyRefused(_("这件已经答复、挂账或者结束了，不用再催。刷新页面看看最新情况。"))
    today = timezone.localdate(now)
    told = duty.moves.filter(act="reminded", by__isnull=False).order_by("-at").values_list("at", flat=True).first()
    if told is not None and timezone.localdate(told) >= today:
        raise duties.DutyRefused(_("今天已经催过一次了，对方收到了通知。"))
    move = DutyMove.objects.create(
        duty=duty, act="reminded", at=now, by=by, reason=words.strip()[:200], due_before=duty.due_at, due_after=duty.due_at
    )
    journal.record("duty.reminded", by=by, about=duty, now=now, owner=duty.owner.code, words=move.reason)
    return move


@transaction.atomic
def discharge_duty(duty: Duty, *, by: Account | None, now: datetime) -> Duty:
    """What was owed has been done."""
    duty = duties.discharge(duty, now=now)
    journal.record("duty.discharged", by=by, about=duty, now=now, on_time=duty.answered_on_time)
    return duty


@transaction.atomic
def ask_extension(duty: Duty, *, limit: Limit, reason: str, by: Account, now: datetime) -> DutyExtension:
    """申请延期, before the deadline, with a reason."""
    if not reason.strip():
        raise BadInput(_("延期要写明原因。请补上后再提交。"))
    extension = duties.ask_extension(duty, limit=limit, reason=reason.strip(), by=by, now=now)
    journal.record("duty.extension-asked", by=by, about=duty, now=now, amount=limit.amount, unit=str(limit.unit))
    return extension


@transaction.atomic
def decide_extension(extension: DutyExtension, *, granted: bool, note: str, by: Account, now: datetime) -> Duty:
    """批准或不批准延期."""
    duty = duties.decide_extension(extension, granted=granted, note=note, by=by, now=now)
    action = "duty.extended" if granted else "duty.extension-refused"
    journal.record(action, by=by, about=duty, now=now, due_at=duty.due_at.isoformat())
    return duty


def escalate(now: datetime, *, at_most: int = 500) -> int:
    """Take every rung of the ladder that is due, each in its own transaction; how many were taken. Policy: 5.1, 5.2."""
    due = Duty.objects.filter(next_rung_at__lte=now).order_by("next_rung_at").values_list("pk", flat=True)
    return sum(_climb(pk, now) for pk in list(due[:at_most]))


@transaction.atomic
def _climb(pk: int, now: datetime) -> bool:
    duty = Duty.objects.get(pk=pk)
    rung = duties.climb(duty, now=now)
    if rung is None:
        return False
    journal.record("duty.escalated", by=None, about=duty, now=now, rung=rung, owner=duty.owner.code)
    return True


def tell(unit: Unit, *, text: str, subject: str, entry_seq: int, now: datetime) -> None:
    """Put a message into a unit's inbox, once per journal entry however often the reaction runs."""
    Notice.objects.get_or_create(
        unit=unit, entry_seq=entry_seq, defaults={"text": text[:200], "subject": subject, "at": now}
    )


def mark_read(unit: Unit, *, now: datetime, up_to: int | None = None) -> int:
    """The unit has seen its inbox; up_to: only as far as this journal entry, so that what came in since stays unread."""
    unread = Notice.objects.filter(unit=unit, read_at=None)
    if up_to is not None:
        unread = unread.filter(entry_seq__lte=up_to)
    return unread.update(read_at=now)


def _refuse_unknown_units(answers: Iterable[str]) -> None:
    for answer in answers:
        code = answer.removeprefix("unit:")
        if answer.startswith("unit:") and not Unit.objects.filter(code=code).exists():
            raise BadInput(_("没有编号为 %(code)s 的单位。请从单位列表里选。") % {"code": code})
