"""The matrix over the whole city: every gap and conflict, and what a change of it would do before it is made (1.6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time

from django.core.cache import cache
from django.db.models import Max
from django.utils import timezone

from wenming.journal.models import Entry
from wenming.standards.models import Scheme
from wenming.standards.selectors import types_in
from wenming.territory.selectors import towns

from .models import Duty, MatrixEntry
from .models.duties import OPEN_STATES
from .rules import clock
from .rules.calendar import WorkCalendar
from .rules.matrix import Finding, MatrixRule, Matter, RoleHolder, audit
from .selectors import matrix_on, matter_of, role_holders_on

KEEP_SECONDS = 3600
MOST_DUTIES = 1000
CHANGING = ("matrix.entry-added", "matrix.entry-ended", "role.given", "scheme.adopted", "unit.founded")


def matrix_findings(on: date) -> list[Finding]:
    """Every gap and conflict over the types in force and all towns. Kept until the matrix changes."""
    key = f"matrix-findings:{on}:{_last_change()}"
    found: list[Finding] | None = cache.get(key)
    if found is None:
        found = _audit(matrix_on(on), on)
        cache.set(key, found, KEEP_SECONDS)
    return found


def findings_with(rule: MatrixRule, on: date) -> list[Finding]:
    """What would be found if this line were added."""
    return _audit([*matrix_on(on), rule], on)


def findings_without(entry: MatrixEntry, on: date) -> list[Finding]:
    """What would be found if this line were ended."""
    return _audit([rule for rule in matrix_on(on) if rule.id != entry.number], on)


def findings_with_holder(holder: RoleHolder, on: date) -> list[Finding]:
    """What would be found if this unit played this role."""
    others = [h for h in role_holders_on(on) if (h.role, h.town_code) != (holder.role, holder.town_code)]
    return _audit(matrix_on(on), on, [*others, holder])


def findings_under(scheme: Scheme, on: date) -> list[Finding]:
    """What would be found if the city worked by this scheme."""
    matters = [matter_of(each) for each in types_in(scheme)]
    return audit(matrix_on(on), role_holders_on(on), matters, towns().values_list("code", flat=True), on)


def deadlines_that_would_move(calendar: WorkCalendar, changed: Sequence[date]) -> tuple[int, int]:
    """(open duties that span a changed day, those of them whose deadline the new calendar would put elsewhere).

    They keep the version that gave them (P4); the figure tells whoever publishes how far the change would reach.
    """
    if not changed:
        return 0, 0
    first, last = (timezone.make_aware(datetime.combine(day, time())) for day in (min(changed), max(changed)))
    spanning = Duty.objects.filter(ended_at=None, state__in=OPEN_STATES, due_at__gte=first, started_at__lte=last)
    duties = list(spanning.select_related("schedule")[:MOST_DUTIES])
    return len(duties), sum(_due(duty, calendar) != _due(duty, duty.calendar.as_rule()) for duty in duties)


def _due(duty: Duty, calendar: WorkCalendar) -> datetime:
    # Without pauses and extensions on either side: they move both by the same.
    return clock.deadline(duty.started_at, duty.limit, calendar, duty.schedule.as_rule()).due_at


def _audit(rules: Iterable[MatrixRule], on: date, holders: Iterable[RoleHolder] | None = None) -> list[Finding]:
    held = role_holders_on(on) if holders is None else holders
    return audit(rules, held, matters_in_force(), towns().values_list("code", flat=True), on)


def matters_in_force() -> list[Matter]:
    """The problem types the city works by, as the matrix sees them; none before a scheme is adopted."""
    scheme = Scheme.objects.filter(is_current=True).first()
    return [matter_of(each) for each in types_in(scheme)] if scheme else []


def _last_change() -> int:
    return Entry.objects.filter(action__in=CHANGING).aggregate(last=Max("seq"))["last"] or 0
