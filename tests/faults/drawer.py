"""A worker that is killed while it draws up a roster; in a process of its own.

python -m tests.faults.drawer ask                  somebody asks for a draft
python -m tests.faults.drawer kill WHERE MINUTE    it is killed while drawing, or after the draft and before the commit
python -m tests.faults.drawer finish MINUTE        it works to the end
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tests.faults.city import people_of_the_city
from tests.faults.one_worker import Verb, in_minutes, killed, told, work_at

PEOPLE = ("dispatcher", "supervisor", "handler", "sweeper", "east_patrol")


def ask() -> dict[str, Any]:
    from wenming.responsibilities.rosters import services
    from wenming.responsibilities.rosters.drawings import ask_for_draft
    from wenming.responsibilities.rosters.terms import sample_patterns

    city, now, since = people_of_the_city(), in_minutes(0), date(2026, 1, 1)
    group = services.found_group(code="E-1", name="东区一组", post="patrol", unit=city.officer.unit, on=since, by=city.officer, now=now)
    services.set_terms(group, shifts=sample_patterns()["三班倒"], limits={}, basis="测试", by=city.officer, now=now)
    for who in PEOPLE:
        services.join_group(group, getattr(city, who), on=since, by=city.officer, now=now)
    first = now.date() + timedelta(days=2)
    ask_for_draft(group, first, first + timedelta(days=6), by=city.officer, now=now)
    return _found()


def kill(where: str, minute: int) -> dict[str, Any]:
    from wenming.responsibilities.rosters import drawings

    if where == "drawing":
        return killed(drawings, "draw", minute)
    return killed(drawings, "keep_draft", minute, after=True)


def finish(minute: int) -> dict[str, Any]:
    work_at(minute)
    return _found()


def _found() -> dict[str, Any]:
    from tests.faults.invariants import violations
    from wenming.journal.models import Entry, Reaction
    from wenming.responsibilities.models import RosterDraft, RosterDrawing

    return {
        "drafts": [len(draft.cells) for draft in RosterDraft.objects.all()],
        "state": RosterDrawing.objects.get().state,
        "told": Entry.objects.filter(action="roster.drawn-up").count(),
        "waiting": Reaction.objects.filter(done_at=None).count(),
        "wrong": violations(),
    }


VERBS: dict[str, Verb] = {
    "ask": ask,
    "kill": lambda where, minute: kill(where, int(minute)),
    "finish": lambda minute: finish(int(minute)),
    "look": _found,
}


if __name__ == "__main__":
    told(VERBS)
