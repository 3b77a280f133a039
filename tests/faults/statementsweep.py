"""Fail or kill every statement and every commit of every act, on either engine: `python -m tests.faults.statementsweep`.

The same promises as `faultsweep`, which fails the system calls of SQLite's own files; here the process is killed before a
statement or around a commit, or the statement meets an error: of the disk on SQLite, the end of the connection on
PostgreSQL (--postgres: a server of the drill's own). What was not acknowledged is tried again, as people would.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psycopg

from tests.faults import stage
from tests.faults.city import (
    fill,
    make_empty_city,
    people_of_the_city,
    replace_folder,
    scratch_folder,
    set_up,
    small_city_in,
)
from tests.faults.faultsweep import KILL, Point, Report, Sweep, attempt

ERROR, LOST = "ERROR", "LOST"
# A commit can be killed on both sides; an answer that is lost after it is no reason to do the act a second time.
FAULTS = {"statement": (KILL, ERROR), "commit": (KILL, ERROR), "committed": (KILL, LOST)}
# Statements are many, and a kill and an error end alike: by turns, unless both are asked for.
BY_TURNS = frozenset({"statement"})
OURS = "city"


class Original:
    """A city as it was before any act, and a fresh copy of it as often as one is wanted."""

    def __init__(self, template: Path, folder: Path, database_url: str) -> None:
        self.template, self.folder, self.database_url = template, folder, database_url
        if database_url:
            self._run(f"ALTER DATABASE {OURS} RENAME TO original")

    def copy(self) -> None:
        replace_folder(self.folder, self.template)
        if self.database_url:
            self._run(f"DROP DATABASE IF EXISTS {OURS} WITH (FORCE)", f"CREATE DATABASE {OURS} TEMPLATE original")

    def _run(self, *statements: str) -> None:
        with psycopg.connect(self.database_url.removesuffix(OURS) + "postgres", autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[call-overload]


class StatementSweep(Sweep):
    """The sweep, with other faults: nobody looks on from outside, the child itself counts and dies."""

    def __init__(self, original: Original, report: Report, *, both: bool = False) -> None:
        super().__init__(original.template, original.folder, report)
        self.original, self.both = original, both
        self.numbers: dict[str, int] = {}

    def fresh(self) -> None:
        self.original.copy()

    def rehearse(self, name: str) -> list[Point]:
        if not self.numbers:
            self.fresh()
            self.numbers = stage.in_a_child(_numbers)
        told = self.undisturbed(name)
        calls = json.loads(next(word for word in told.words if word.startswith("{")))
        every = [(call, nth) for call in FAULTS for nth in range(1, calls.get(call, 0) + 1)]
        return [
            Point(name, call, nth, fault)
            for call, nth in every
            for fault in ((FAULTS[call][nth % 2],) if call in BY_TURNS and not self.both else FAULTS[call])
        ]

    def perform(self, name: str, point: Point | None) -> stage.Told:
        return stage.apart(self._play_with(name, point))

    def again(self, name: str) -> stage.Told:
        return stage.without_strace(self._play_with(name, None))

    def _play_with(self, name: str, point: Point | None) -> stage.Play:
        def play(wait_at_the_gate: Callable[[], None], say: stage.Say) -> None:
            from django.db import connection

            from tests.faults.acts import needs_the_darkroom
            from wenming.evidence.sandbox.host import darkroom

            city = people_of_the_city()
            _numbers_back(self.numbers)
            if needs_the_darkroom(name):
                darkroom().warm_up()
            wait_at_the_gate()
            faults = Faults(point)
            with faults:
                done = attempt(self.acts[name], city, say)
            if not done and not faults.was_lost:
                connection.close()
                _numbers_back(self.numbers)
                attempt(self.acts[name], city, say)
            connection.close()
            say(json.dumps(faults.met))

        return play


class Faults:
    """Counts what one process asks of its database, and lets one of it go wrong."""

    def __init__(self, point: Point | None) -> None:
        self.point, self.met, self.was_lost = point, Counter[str](), False

    def __enter__(self) -> Faults:
        from django.db import connection

        connection.ensure_connection()
        self._stack = ExitStack()
        self._stack.enter_context(connection.execute_wrapper(self._statement))
        self._commit = connection._commit
        connection._commit = self._committing  # type: ignore[method-assign]
        return self

    def __exit__(self, *_wrong: object) -> None:
        from django.db import connection

        connection._commit = self._commit  # type: ignore[method-assign]
        self._stack.close()

    def _statement(self, execute: Callable[..., Any], *statement_and_rest: Any) -> Any:
        self._meet("statement")
        return execute(*statement_and_rest)

    def _committing(self) -> None:
        self._meet("commit")
        self._commit()
        self._meet("committed")

    def _meet(self, call: str) -> None:
        from django.db import OperationalError, connection

        self.met[call] += 1
        if self.point is None or (call, self.met[call]) != (self.point.call, self.point.nth):
            return
        if self.point.fault == KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        self.was_lost = self.point.fault == LOST
        if connection.vendor == "postgresql":
            connection.connection.close()
        raise OperationalError("the drill's own")


def _numbers() -> dict[str, int]:
    """What every sequence of PostgreSQL gives next: a failed try draws from them, and that is no state of the city."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT sequencename, coalesce(last_value, start_value - 1) + 1 FROM pg_sequences")
        return dict(cursor.fetchall())


def _numbers_back(numbers: dict[str, int]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for name, following in numbers.items():
            cursor.execute("SELECT setval(%s, %s, false)", [f'"{name}"', following])


def sweep(original: Original, *, statements: int | None, seed: int, only: list[str], both: bool, say: stage.Say) -> Report:
    """Every point of these acts; statements: of each act so many of them, drawn by lot, and all its commits."""
    report, began, luck = Report(seed), time.monotonic(), random.Random(seed)
    swept = StatementSweep(original, report, both=both)
    for name in only:
        every = swept.rehearse(name)
        many = [point for point in every if point.call == "statement"]
        drawn = many if statements is None else luck.sample(many, min(len(many), statements))
        share = [point for point in every if point.call != "statement" or point in drawn]
        report.acts, report.points_there_are = report.acts + 1, report.points_there_are + len(every)
        for point in share:
            swept.try_point(point)
            report.count(point)
        say(f"{name}: {len(share)} of {len(every)} points, {len(report.wrong)} wrong so far, {time.monotonic() - began:.0f} s")
    report.seconds = round(time.monotonic() - began, 1)
    return report


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--statements", type=int, help="of each act so many, drawn by lot, beside its commits; without it all")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--act", action="append", default=[], help="only this act; may be repeated")
    parser.add_argument("--both", action="store_true", help="a kill and an error at every statement, not one by turns")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own")
    parser.add_argument("--city", type=Path, help="a migrated, empty SQLite city to copy instead of making one")
    options = parser.parse_args()
    if options.postgres:
        from tests.faults.own_postgres import again_on_its_own

        return again_on_its_own("statementsweep", durable=False)
    from tests.faults.acts import catalogue

    database_url = os.environ.get("DATABASE_URL", "")
    with scratch_folder("statementsweep") as name:
        template, folder = Path(name) / "template", Path(name) / "city"
        set_up(folder)
        names = options.act or list(catalogue())
        if database_url:
            make_empty_city(template, database_url)
            fill(template, names)
        else:
            small_city_in(template, options.city, names)
        say = lambda line: print(line, file=sys.stderr, flush=True)  # noqa: E731
        original = Original(template, folder, database_url)
        report = sweep(original, statements=options.statements, seed=options.seed, only=names, both=options.both, say=say)
    print(json.dumps(asdict(report), ensure_ascii=False, indent=1))
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
