"""What follows from journal entries in this room. Each may run more than once."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from wenming.journal.models import Entry
from wenming.organisations.models import Unit, UnitKind

from .models import Duty
from .rules.ladder import DEFAULT_LADDER
from .services import tell


def tell_who_must_know(entry: Entry, now: datetime) -> None:
    """A rung of the ladder tells its audiences: the owner first, at last the leading group."""
    duty = Duty.objects.select_related("owner", "supervisor").get(pk=entry.about.split(":", 1)[1])
    rung = next(r for r in DEFAULT_LADDER if r.name == entry.facts["rung"])
    for unit in {unit.pk: unit for name in rung.tells for unit in _audience(name, duty)}.values():
        tell(unit, text=f"{rung.label}：{duty.title}（{duty.owner}）", subject=duty.subject, entry_seq=entry.seq, now=now)


def tell_of_reminding(entry: Entry, now: datetime) -> None:
    """Whoever owes it reads who reminds them of it, and in which words."""
    duty = Duty.objects.select_related("owner", "supervisor").get(pk=entry.about.split(":", 1)[1])
    words = f"：{entry.facts['words']}" if entry.facts["words"] else ""
    text = f"{duty.supervisor}催办{words}（{duty.title}，{timezone.localtime(duty.due_at):%m-%d %H:%M} 到期）"
    tell(duty.owner, text=text, subject=duty.subject, entry_seq=entry.seq, now=now)


def tell_the_owner(entry: Entry, now: datetime) -> None:
    """Whoever owes something new reads it."""
    duty = Duty.objects.select_related("owner").get(pk=entry.about.split(":", 1)[1])
    tell(duty.owner, text=f"新的责任事项：{duty.title}", subject=duty.subject, entry_seq=entry.seq, now=now)


def tell_of_another_limit(entry: Entry, now: datetime) -> None:
    """Whoever owes it reads that the clock now runs under another limit."""
    duty = Duty.objects.select_related("owner").get(pk=entry.about.split(":", 1)[1])
    text = f"时限按新规定改为 {timezone.localtime(duty.due_at):%m-%d %H:%M}：{duty.title}"
    tell(duty.owner, text=text, subject=duty.subject, entry_seq=entry.seq, now=now)


def _audience(name: str, duty: Duty) -> list[Unit]:
    if name == "owner":
        return [duty.owner]
    if name == "supervisor":
        return [duty.supervisor] if duty.supervisor else []
    kind = UnitKind.COMMAND_CENTRE if name == "dispatcher" else UnitKind.LEADING_GROUP
    return list(Unit.objects.filter(kind=kind, valid_to=None))
