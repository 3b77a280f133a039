"""One person's own shifts as an iCalendar (RFC 5545), for the calendar of their phone; nothing of anybody else's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.organisations.models import Account
from wenming.responsibilities.models import RosterShift
from wenming.responsibilities.rosters.selectors import shifts_in_force

from .shift_page import name_of

LINE_OCTETS = 75
SINCE, LONG = timedelta(days=14), timedelta(days=104)


def calendar_of(user: Account, now: datetime) -> str:
    """The whole file, each line folded and ended as the standard wants.

    UID follows from group, day and person, of which there is one shift: a roster published anew moves an entry and
    does not double it; SEQUENCE is the edition's number.
    """
    return "".join(f"{_folded(line)}\r\n" for line in _lines(user, now))


def _lines(user: Account, now: datetime) -> Iterator[str]:
    yield from (
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Wenming//Roster//ZH", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_escaped(_('我的班'))}", "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H",
    )  # fmt: skip
    since = timezone.localtime(now).date() - SINCE
    for row in shifts_in_force(RosterShift.objects.filter(account=user, on__gte=since, on__lte=since + LONG)):
        group = row.edition.group
        yield from (
            "BEGIN:VEVENT", f"UID:{group.code}-{row.on:%Y%m%d}-{user.pk}@wenming", f"DTSTAMP:{_utc(row.edition.published_at)}",
            f"SEQUENCE:{row.edition.number}", f"DTSTART:{_utc(row.starts_at)}", f"DTEND:{_utc(row.ends_at)}",
            f"SUMMARY:{_escaped(f'{name_of(row)} {group.name}')}", "END:VEVENT",
        )  # fmt: skip
    yield "END:VCALENDAR"


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
    return "\\n".join(plain.splitlines())


def _folded(line: str) -> str:
    """At most 75 octets, no character cut in two; what follows begins with a space, which counts (RFC 5545, 3.1)."""
    parts, room = [""], LINE_OCTETS
    for character in line:
        size = len(character.encode())
        if size > room:
            parts.append("")
            room = LINE_OCTETS - 1
        parts[-1] += character
        room -= size
    return "\r\n ".join(parts)
