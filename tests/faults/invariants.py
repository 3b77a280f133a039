"""What must hold in every city at every moment, whatever was killed: `violations()` is empty.

One sentence per broken promise, found by reading the whole database and the blobs. Drills ask it after every fault;
`python -m tests.faults.invariants` asks it about the city that WENMING_CITY names.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from django.db.models import Count, F, Max, Min, Q, Sum

Check = Callable[[], Iterator[str]]


def violations(checks: Iterable[Check] | None = None) -> list[str]:
    """Every promise that does not hold now, each with the name of the check that found it. checks: only these."""
    return [f"{check.__name__}: {sentence}" for check in checks or CHECKS for sentence in check()]


# --- P2: no half-transition ------------------------------------------------------------------------------------------


def moves_are_counted_without_a_gap() -> Iterator[str]:
    from wenming.cases.models import Case

    counted = Case.objects.annotate(n=Count("moves"), first=Min("moves__position"), last=Max("moves__position"))
    for case in counted.exclude(n=F("moves_count"), last=F("moves_count"), first=1):
        yield f"{case} counts {case.moves_count} moves and has {case.n}, {case.first} to {case.last}"


def moves_follow_the_table() -> Iterator[str]:
    """Each move starts where the one before it ended, and goes where the table of the case's life says."""
    from wenming.cases.models import Case, CaseMove
    from wenming.cases.rules.lifecycle import State, StepOutOfPlace, advance

    stands = {}
    for case, act, before, after in CaseMove.objects.order_by("case_id", "position").values_list(
        "case", "act", "from_state", "to_state"
    ):
        try:
            allowed = State.COLLECTED if act == "collect" else advance(State(before), act)
        except StepOutOfPlace:
            allowed = None
        if before != stands.get(case, "") or after != allowed:
            yield f"case {case}: {act} from {before or 'nowhere'} to {after}, after {stands.get(case, 'nowhere')}"
        stands[case] = after
    for pk, state in Case.objects.values_list("pk", "state"):
        if stands.get(pk) != state:
            yield f"case {pk} is {state}, its newest move says {stands.get(pk)}"


def an_open_case_has_its_duties_and_an_ended_one_none() -> Iterator[str]:
    """What is owed for a case is exactly its stage's duty and, while a unit holds it, the unit's own; and its open parts."""
    from wenming.cases.models import Case, Support
    from wenming.responsibilities.models import Duty

    owed: dict[str, set[int]] = {}
    for pk, subject in Duty.objects.filter(ended_at=None, subject__startswith="case:").values_list("pk", "subject"):
        owed.setdefault(subject, set()).add(pk)
    parts: dict[int, set[int]] = {}
    for case_pk, pk in Support.objects.filter(ended_at=None).values_list("case", "duty"):
        parts.setdefault(case_pk, set()).add(pk)
    for case in Case.objects.all():
        named = {pk for pk in (case.duty_id, case.handling_id) if pk}
        found, asked = owed.pop(case.key, set()), parts.get(case.pk, set())
        if not asked <= found or (asked and case.ended):
            yield f"{case} ({case.state}) has open parts with duties {sorted(asked)}, still owed are {sorted(found)}"
        found -= asked
        if found != named or case.ended == bool(named) or case.ended == bool(case.duty_id):
            yield f"{case} ({case.state}) names duties {sorted(named)}, still owed are {sorted(found)}"
    yield from (f"duties {sorted(pks)} are about {subject}, which is not there" for subject, pks in owed.items())


def handling_is_consistent() -> Iterator[str]:
    """A unit owes the solution exactly while the case is with it, and the case's clock repeats its stage's duty."""
    from wenming.cases.models import Case
    from wenming.cases.rules.lifecycle import State

    with_unit = {State.DISPATCHED, State.SUSPENDED, State.ANSWERED}
    for case in Case.objects.select_related("duty", "handling", "unit"):
        if (case.state in with_unit) != (case.handling is not None):
            yield f"{case} is {case.state} and its handling duty is {case.handling_id}"
        if case.handling and case.handling.owner_id != case.unit_id:
            yield f"{case} is held by {case.unit}, its duty is owed by unit {case.handling.owner_id}"
        if case.unit_path != (case.unit.path if case.unit else ""):
            yield f"{case} is held by {case.unit} and listed under {case.unit_path}"
        clock = (case.duty.due_at, case.duty.warn_at, case.duty.paused_at) if case.duty else (None, None, None)
        if (case.due_at, case.warn_at, case.paused_at) != clock:
            yield f"{case} shows another clock than its duty {case.duty_id}"


def records_have_their_entries() -> Iterator[str]:
    """As many rows as journal entries that speak of them: a row without its entry is half an act, and so is an entry."""
    from wenming.cases.models import Case, CaseMove, Rating
    from wenming.evidence.models import Exhibit
    from wenming.journal.models import Entry
    from wenming.observations.models import Report

    rows = {
        "case moves": (CaseMove.objects.count(), Q(action__startswith="case.", facts__contains='"move":')),
        "cases": (Case.objects.count(), Q(action="case.collect")),
        "ratings": (Rating.objects.count(), Q(action="case.rated")),
        "exhibits": (Exhibit.objects.count(), Q(action="evidence.attached")),
        "reports": (Report.objects.count(), Q(action__in=["report.received", "report.history-imported"])),
        "contacts": (Report.objects.exclude(identity=None).count(), Q(action="report.contact-left")),
    }
    for what, (count, entries) in rows.items():
        if count != (told := Entry.objects.filter(entries).count()):
            yield f"{count} {what}, {told} journal entries about them"


# --- P1 and P3: nothing lost, nothing twice --------------------------------------------------------------------------


def every_report_has_its_case() -> Iterator[str]:
    """At most one always (a constraint), exactly one once the worker has been there."""
    from wenming.journal.models import Reaction
    from wenming.observations.models import Report

    done = Reaction.objects.filter(name__in=["open-a-case", "replay-history"]).exclude(done_at=None)
    opened = {about.split(":", 1)[1] for about in done.values_list("entry__about", flat=True)}
    for pk in Report.objects.filter(case_report=None).values_list("pk", flat=True):
        if str(pk) in opened:
            yield f"the worker has been at report {pk} and there is no case"


def reporters_and_photos_add_up() -> Iterator[str]:
    """Every reporter of a case is counted once, those of cases merged into it too; photographs likewise."""
    from wenming.cases.models import Case
    from wenming.cases.rules.lifecycle import State
    from wenming.journal.models import Entry

    merged = Q(merged_cases__state=State.MERGED)
    merged_in = {
        pk: (people or 0, photos or 0)
        for pk, people, photos in Case.objects.annotate(
            people=Sum("merged_cases__reporters", filter=merged), shown=Sum("merged_cases__photos", filter=merged)
        ).values_list("pk", "people", "shown")
    }
    answered: Counter[str] = Counter()
    for case, facts in Entry.objects.filter(action__in=["case.answer", "case.answer-support"]).values_list("about", "facts"):
        answered[case] += facts["photos"]
    own = Case.objects.annotate(own=Count("case_reports"), shown=Sum("case_reports__report__photo_count"))
    for case in own:
        people, photos = merged_in[case.pk]
        if case.reporters != case.own + people:
            yield f"{case} counts {case.reporters} reporters, {case.own} of its own and {people} of merged cases"
        if case.photos != (case.shown or 0) + answered[case.key] + photos:
            yield f"{case} counts {case.photos} photographs, has {case.shown} + {answered[case.key]} + {photos}"


def photographs_are_there() -> Iterator[str]:
    """Each row about a file stands on that file, whole; each report shows as many photographs as it says."""
    from wenming.evidence.models import Exhibit
    from wenming.evidence.verification import verify_blobs
    from wenming.observations.models import Report

    yield from (str(problem) for problem in verify_blobs() if problem.is_loss)
    shown = Counter(Exhibit.objects.filter(subject_type="report").values_list("subject_id", flat=True))
    for pk, count in Report.objects.values_list("pk", "photo_count"):
        if shown.pop(str(pk), 0) != count:
            yield f"report {pk} says {count} photographs and shows another number"
    yield from (f"exhibits of report {pk}, which is not there" for pk in shown)


def every_entry_wakes_its_reactions() -> Iterator[str]:
    """Exactly those that wiring.py names; written with the entry, so a crash cannot part them. A demo's past wakes none."""
    from wenming import wiring
    from wenming.journal.models import Entry, Reaction

    woken: dict[int, set[str]] = {}
    for entry, name in Reaction.objects.values_list("entry", "name"):
        woken.setdefault(entry, set()).add(name)
    lived = Entry.objects.filter(action__in=wiring.REACTIONS).exclude(origin="demo")
    for seq, action in lived.values_list("seq", "action"):
        if woken.pop(seq, set()) != set(wiring.REACTIONS[action]):
            yield f"entry {seq} ({action}) woke other reactions than it should"
    yield from (f"entry {seq} woke {names}, and nothing should follow from it" for seq, names in woken.items())


def units_were_told_once() -> Iterator[str]:
    """A reaction that told somebody left one notice for each; no notice without an entry (at most one is a constraint)."""
    from wenming.journal.models import Entry, Reaction
    from wenming.responsibilities.models import Notice

    told = Counter(Notice.objects.values_list("entry_seq", flat=True))
    known = set(Entry.objects.filter(seq__in=told).values_list("seq", flat=True))
    yield from (f"a notice speaks of entry {seq}, which is not there" for seq in set(told) - known)
    for seq, done, facts in Reaction.objects.filter(name="tell-the-unit").values_list(
        "entry", "done_at", "entry__facts"
    ):
        expected = 1 if done and facts.get("unit") else 0
        if told[seq] != expected:
            yield f"entry {seq} told {told[seq]} units, not {expected}"


# --- P4 and P6 -------------------------------------------------------------------------------------------------------


def deadlines_recompute() -> Iterator[str]:
    from wenming.responsibilities.duties import recomputed_due_at
    from wenming.responsibilities.models import Duty

    for duty in Duty.objects.select_related("calendar", "schedule"):
        if (again := recomputed_due_at(duty)) != duty.due_at:
            yield f"duty {duty.pk} is due {duty.due_at}, computed again {again}"


def history_is_as_it_was_written() -> Iterator[str]:
    from wenming.journal.selectors import verify

    yield from (broken.sentence for broken in verify())


CHECKS: tuple[Check, ...] = (
    moves_are_counted_without_a_gap,
    moves_follow_the_table,
    an_open_case_has_its_duties_and_an_ended_one_none,
    handling_is_consistent,
    records_have_their_entries,
    every_report_has_its_case,
    reporters_and_photos_add_up,
    photographs_are_there,
    every_entry_wakes_its_reactions,
    units_were_told_once,
    deadlines_recompute,
    history_is_as_it_was_written,
)
NOT_IN_THE_ROWS: tuple[Check, ...] = (photographs_are_there, history_is_as_it_was_written)


if __name__ == "__main__":
    from tests.faults.city import set_up

    set_up()
    found = violations()
    print("\n".join(found) or f"{len(CHECKS)} invariants hold")
    sys.exit(1 if found else 0)
