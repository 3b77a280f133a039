"""A small city in a folder of its own, for drills that kill, copy and reopen it; and its whole state as one hash."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
# What is drawn by lot or read from the clock, and so differs between two runs that did the same: only whether it is
# there counts. A reaction's failed attempts are no part of the city's state either.
DRAWN = frozenset({
    "recorded_at", "hash", "receipt", "public_id", "token", "done_at", "sealed",
    "reporteridentity.reference", "report.identity_id",
    "reaction.due_at", "reaction.attempts", "reaction.last_error",
    "receiver.sealed_secret", "delivery.key", "apikey.prefix", "apikey.key_hash",
    "rosterfeed.token_hash", "premises.plate_code", "place.short_code",
    "account.password",
})  # fmt: skip


def set_up(folder: Path | None = None) -> None:
    """Start Django on the city in `folder` (else the one WENMING_CITY names), outside any test."""
    import django

    if folder is not None:
        os.environ["WENMING_CITY"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "wenming.settings"
    django.setup()


def scratch_folder(name: str) -> tempfile.TemporaryDirectory[str]:
    """A folder that is gone at the end; in memory where there is such a place, since no drill waits for a real disk."""
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(prefix=f"wenming-{name}-", dir=memory if os.access(memory, os.W_OK) else None)


def make_empty_city(folder: Path, database_url: str = "") -> None:
    """A migrated city without a single row of its own."""
    environment = {**os.environ, "WENMING_CITY": str(folder), "DATABASE_URL": database_url, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "wenming", "prepare", "--no-demo"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)


def small_city_in(folder: Path, empty: Path | None = None, only: Collection[str] = ()) -> None:
    """The story's small city, every act's matter waiting, made in a process of its own. empty: a migrated city to copy.

    only: of the acts on the ground, those that are wanted; the others' rows are left out.
    """
    if empty is None:
        make_empty_city(folder)
    else:
        replace_folder(folder, empty)
    fill(folder, only)


def fill(folder: Path, only: Collection[str] = ()) -> None:
    """Let the migrated city in `folder` (and in DATABASE_URL, where that is set) become the small city of all acts."""
    environment = {**os.environ, "WENMING_CITY": str(folder), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-m", "tests.faults.city", *only], env=environment, cwd=ROOT, check=True)
    # Nobody is served a page from here, and the folder is copied for every fault.
    shutil.rmtree(folder / "static", ignore_errors=True)


def replace_folder(folder: Path, by: Path) -> None:
    """Make `folder` what `by` is, to the last file."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(by, folder)


def people_of_the_city() -> SimpleNamespace:
    """Accounts by username and what the story's acts need, read from the database of a small city."""
    from wenming.organisations.models import Account, Unit
    from wenming.standards.models import EstablishRule, ProblemType

    people = {account.username: account for account in Account.objects.select_related("unit")}
    units = {unit.code.lower(): unit for unit in Unit.objects.all()}
    overflow = ProblemType.objects.get(code="0192", scheme__code="TEST")
    manhole = ProblemType.objects.get(code="0101", scheme__code="TEST")
    rule = EstablishRule.objects.get(problem_type=overflow)
    return SimpleNamespace(**people, units=SimpleNamespace(**units), overflow=overflow, manhole=manhole, rule=rule)


def census() -> dict[str, str]:
    """{table: hash of all its rows}, what is drawn by lot left out: equal exactly when two cities are in the same state."""
    from django.apps import apps

    # An index of texts is no record: it cannot be read back, and can be made again from what can.
    ours = [each for each in apps.get_models() if each.__module__.startswith("wenming.") and each._meta.managed]
    return {model._meta.label_lower: _hash(_rows(model._meta)) for model in ours}


def differences(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Which tables differ."""
    return sorted(table for table in one.keys() | other.keys() if one.get(table) != other.get(table))


def _rows(table: Any) -> Iterator[str]:
    from django.db import connection

    columns = [field.column for field in table.concrete_fields]
    drawn = [column in DRAWN or f"{table.model_name}.{column}" in DRAWN for column in columns]
    with connection.cursor() as cursor:
        names = ", ".join(map(connection.ops.quote_name, columns))
        cursor.execute(f"SELECT {names} FROM {table.db_table} ORDER BY {connection.ops.quote_name(table.pk.column)}")
        for row in cursor.fetchall():
            shown = [_whether(value) if by_lot else value for value, by_lot in zip(row, drawn, strict=True)]
            yield json.dumps(shown, default=str, ensure_ascii=False)


def _whether(value: object) -> bool:
    return value not in (None, "")


def _hash(rows: Iterator[str]) -> str:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(row.encode() + b"\n")
    return digest.hexdigest()[:16]


def _fill() -> None:
    set_up()
    from tests.faults.acts import prepare_all
    from wenming.cases.tests.story import found_small_city

    found_small_city()
    prepare_all(people_of_the_city(), only=sys.argv[1:])


if __name__ == "__main__":
    _fill()
