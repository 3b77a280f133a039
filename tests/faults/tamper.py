"""Edit history behind the application's back: `python -m tests.faults.tamper [--edits N] [--seed S]`.

The intruder has the database and lifts the triggers first. Each seeded edit is made in a transaction that is rolled
back, and inside it `verify` is asked what it finds, with one journal hash that somebody outside holds (a notice printed
two thirds of the way). SEALED must be found always; OPEN says, by count and not by hope, what is not sealed.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.faults.city import people_of_the_city, scratch_folder, set_up, small_city_in
from wenming.engine.hexadecimal import HexField


@dataclass
class Tampering:
    """How many edits of each kind were made and found. missed: the edits of SEALED that nobody found."""

    seed: int
    edits: int = 0
    found: int = 0
    missed: list[str] = field(default_factory=list)
    false_alarms: list[str] = field(default_factory=list)
    sealed: dict[str, str] = field(default_factory=dict)
    open: dict[str, str] = field(default_factory=dict)
    seconds: float = 0


# Enough that every table has its rows; more would only make the drill longer.
MOST_ACTS = 140
# What an edit may touch, as `model.column`; `!` names an act on whole rows.
SEALED = (
    "journal.Entry.at", "journal.Entry.recorded_at", "journal.Entry.action", "journal.Entry.by", "journal.Entry.origin",
    "journal.Entry.about", "journal.Entry.facts", "journal.Entry.algorithm", "journal.Entry.hash", "journal.Head.seq",
    "journal.Head.hash", "!remove an entry", "!exchange two entries", "!cut the end", "!cut the end and the head with it",
    "!write all anew from an entry on, every hash right",
    "cases.CaseMove.act", "cases.CaseMove.from_state", "cases.CaseMove.to_state", "cases.CaseMove.at", "cases.CaseMove.by",
    "cases.CaseMove.unit", "cases.CaseMove.position", "!remove a move", "cases.Case.state",
    "cases.Case.due_at", "cases.Case.closed_at", "cases.Verification.holds", "cases.Verification.at", "cases.Rating.score",
    "observations.Report.text", "observations.Report.seen_at", "observations.Report.client_id",
    "observations.Report.content_hash", "responsibilities.Duty.due_at", "responsibilities.Duty.started_at",
    "responsibilities.Duty.limit_amount", "responsibilities.Duty.answered_on_time",
)  # fmt: skip
OPEN = (
    "cases.CaseMove.reason", "cases.CaseMove.by_unit", "cases.Case.title",
    "cases.Verification.note", "observations.Report.wish",
    "observations.Report.received_at", "responsibilities.Duty.state", "responsibilities.Duty.answered_at",
    "responsibilities.Duty.owner",
)  # fmt: skip


class NothingToEdit(Exception):
    """The city has no row that such an edit could change, or a constraint refused it."""


def drill(*, edits: int, seed: int, names: list[str]) -> Tampering:
    """So many edits, spread evenly over SEALED and OPEN, on the city that Django serves and in which these acts were performed."""
    from wenming.journal.models import Entry
    from wenming.operations.verification import damage

    report, began, luck = Tampering(seed), time.monotonic(), random.Random(seed)
    _live_a_little(names)
    _lift_the_triggers()
    witnessed = Entry.objects.order_by("seq")[Entry.objects.count() * 2 // 3]
    witnesses = {witnessed.seq: witnessed.hash}
    report.false_alarms = list(damage(witnesses))
    kinds = [*SEALED, *OPEN]
    for number in range(edits):
        kind = kinds[number % len(kinds)]
        found = _try(kind, luck, witnesses, upto=witnessed.seq)
        _count(report, kind, found)
    report.seconds = round(time.monotonic() - began, 1)
    return report


def _try(kind: str, luck: random.Random, witnesses: dict[int, str], *, upto: int) -> bool | None:
    """Whether the edit was found; None when it could not be made."""
    from django.db import DatabaseError, transaction

    from wenming.operations.verification import damage

    try:
        with transaction.atomic():
            _edit(kind, luck, upto)
            found = bool(list(damage(witnesses)))
            transaction.set_rollback(True)
            return found
    except (DatabaseError, NothingToEdit):
        return None


def _edit(kind: str, luck: random.Random, upto: int) -> None:
    if kind in WHOLE_ROWS:
        WHOLE_ROWS[kind](luck, upto)
        return
    from django.apps import apps

    label, _dot, column = kind.rpartition(".")
    model = apps.get_model(label)
    model_field = model._meta.get_field(column)
    rows = list(model._base_manager.values_list("pk", model_field.attname))
    luck.shuffle(rows)
    for pk, value in rows:
        if (other := _other(value, model_field, luck)) != value:
            model._base_manager.filter(pk=pk).update(**{model_field.attname: other})
            return
    raise NothingToEdit(kind)


def _other(value: Any, model_field: Any, luck: random.Random) -> Any:
    """A plausible other value of the same type; the same one when there is none."""
    if model_field.is_relation:
        return luck.choice(list(model_field.related_model._base_manager.values_list("pk", flat=True)))
    if choices := [key for key, _name in model_field.flatchoices]:
        return luck.choice(choices)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + luck.randint(1, 3)
    if isinstance(value, datetime):
        return value - timedelta(minutes=luck.randint(1, 9))
    if isinstance(value, dict):
        return {**value, "改": 1}
    if isinstance(model_field, HexField):
        return value[:-1] + ("0" if value[-1] != "0" else "1")
    return (
        value
        if value is None
        else f"{value}改"[-model_field.max_length or None :]
        if model_field.max_length
        else f"{value}改"
    )


def _remove_an_entry(luck: random.Random, upto: int) -> None:
    from wenming.journal.models import Entry, Reaction

    seq = luck.choice(list(Entry.objects.values_list("seq", flat=True)))
    Reaction.objects.filter(entry=seq).delete()
    Entry.objects.filter(seq=seq).delete()


def _exchange_two_entries(luck: random.Random, upto: int) -> None:
    from wenming.journal.models import Entry

    one, other = luck.sample(list(Entry.objects.all()), 2)
    columns = ("at", "recorded_at", "action", "by", "origin", "about", "facts", "hash")
    values = [{name: getattr(entry, name) for name in columns} for entry in (one, other)]
    Entry.objects.filter(pk=one.pk).update(**values[1])
    Entry.objects.filter(pk=other.pk).update(**values[0])


def _cut_the_end(luck: random.Random, upto: int) -> None:
    from wenming.journal.models import Entry, Reaction

    last = luck.randrange(1, Entry.objects.count())
    Reaction.objects.filter(entry__gt=last).delete()
    Entry.objects.filter(seq__gt=last).delete()


def _cut_the_end_and_the_head_with_it(luck: random.Random, upto: int) -> None:
    from wenming.journal.models import Entry, Head

    _cut_the_end(luck, upto)
    newest = Entry.objects.order_by("-seq")[0]
    Head.objects.update(seq=newest.seq, hash=newest.hash)


def _write_all_anew(luck: random.Random, upto: int) -> None:
    """The whole rest of the chain is right again; only a hash printed outside says that it was another one."""
    from wenming.journal.models import Entry, Head
    from wenming.journal.rules.chain import GENESIS, Link, seal

    begin = luck.randrange(1, upto + 1)
    previous = Entry.objects.filter(seq=begin - 1).values_list("hash", flat=True).first() or GENESIS
    for entry in Entry.objects.filter(seq__gte=begin).order_by("seq"):
        facts = {**entry.facts, "改": 1} if entry.seq == begin else entry.facts
        link = Link(entry.seq, entry.at, entry.recorded_at, entry.action, entry.by, entry.origin, entry.about, facts)
        previous = seal(link, previous)
        Entry.objects.filter(seq=entry.seq).update(facts=facts, hash=previous)
    Head.objects.update(hash=previous)


def _remove_a_move(luck: random.Random, upto: int) -> None:
    from wenming.cases.models import CaseMove

    CaseMove.objects.filter(pk=luck.choice(list(CaseMove.objects.values_list("pk", flat=True)))).delete()


WHOLE_ROWS: dict[str, Callable[[random.Random, int], None]] = {
    "!remove an entry": _remove_an_entry,
    "!exchange two entries": _exchange_two_entries,
    "!cut the end": _cut_the_end,
    "!cut the end and the head with it": _cut_the_end_and_the_head_with_it,
    "!write all anew from an entry on, every hash right": _write_all_anew,
    "!remove a move": _remove_a_move,
}


def _count(report: Tampering, kind: str, found: bool | None) -> None:
    if found is None:
        return
    report.edits += 1
    report.found += found
    table = report.sealed if kind in SEALED else report.open
    before, of = map(int, table.get(kind, "0 of 0").split(" of "))
    table[kind] = f"{before + found} of {of + 1}"
    if kind in SEALED and not found:
        report.missed.append(kind)


def _live_a_little(names: list[str]) -> None:
    """Each of these acts once, so that there is a row of each kind; and the day ends with a matter, as days do.

    An end that is cut off together with the head is told by the steps of cases that it took along. Where only drafts, keys
    or receivers stood there, nothing but a hash printed or kept outside tells (docs/reliability.md).
    """
    from tests.faults.acts import MONDAY, catalogue, perform, receive
    from wenming.cases.services import collect

    city, acts = people_of_the_city(), catalogue()
    for name in names:
        perform(acts[name], city)
    collect(receive("the last of the day", MONDAY).report, now=MONDAY)


def _lift_the_triggers() -> None:
    from django.db import connection

    from wenming.cases.models import CaseMove, Rating, Verification
    from wenming.engine.append_only import lift, tables_of
    from wenming.journal.models import Entry

    lift(connection.SchemaEditorClass(connection, atomic=False), tables_of(Entry, CaseMove, Verification, Rating))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edits", type=int, default=300)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--city", type=Path, help="a migrated, empty city to copy instead of making one")
    options = parser.parse_args()
    from tests.faults.acts import some_of_them

    with scratch_folder("tamper") as name:
        set_up(Path(name) / "city")
        names = some_of_them(MOST_ACTS, random.Random(options.seed))
        small_city_in(Path(name) / "city", options.city, names)
        report = drill(edits=options.edits, seed=options.seed, names=names)
    print(json.dumps(asdict(report), ensure_ascii=False, indent=1))
    return 1 if report.missed or report.false_alarms else 0


if __name__ == "__main__":
    sys.exit(main())
