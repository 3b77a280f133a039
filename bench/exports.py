"""Lists as files: how fast, and whether ten times the rows need more memory."""

from __future__ import annotations

import importlib
import json
import os
import resource
import time
from collections.abc import Callable, Iterable
from typing import Any, cast

from django.db import connection
from django.utils import timezone

from wenming.cases.models import Case
from wenming.cases.selectors import cases_visible_to
from wenming.desks.office.exports import FIELDS, case_list_file, has_parquet
from wenming.organisations.models import Account

from .figures import Goal, number, tell
from .inside import Effort

FEW, MANY = 10_000, 100_000
FLAT = Goal(1.15)
KINDS = ("csv", "xlsx", "geojson", "parquet")


def measure(effort: Effort) -> None:
    user = Account.objects.filter(role="dispatcher").earliest("pk")
    there = Case.objects.count()
    few, many = (there // 10, there) if effort.quick or there < MANY else (FEW, MANY)
    # Each in a process of its own: the peak of one would hide that of the next.
    bare = _apart(lambda: _drain(_bare(many)))
    tell("bare loop over the same rows", f"{number(many / bare['seconds'])} rows/s", f"peak {bare['peak_mb']:.0f} MB")
    for kind in KINDS:
        if kind == "parquet" and not has_parquet():
            continue
        if kind == "parquet":
            importlib.import_module("pyarrow.parquet")
        found = {rows: _apart(lambda kind=kind, rows=rows: _drain(_file(user, kind, rows))) for rows in (few, many)}
        told = found[many]
        slower = told["seconds"] / bare["seconds"]
        against = f"bare loop {bare['seconds']:.2f} s"
        words = f"{number(many / told['seconds'])} rows/s, {told['bytes'] / 1e6:.0f} MB, first bytes {told['first'] * 1e3:.0f} ms"
        tell(f"{kind}, {many:,} rows", words, against, f"{slower:.2f}")
        ratio = told["peak_mb"] / found[few]["peak_mb"]
        name, less = f"– peak memory, {many:,} against {few:,} rows", f"{found[few]['peak_mb']:.0f} MB"
        tell(name, f"{told['peak_mb']:.0f} MB", less, f"{ratio:.2f}", FLAT, ratio)
    if there > MANY:
        for kind in KINDS[: 4 if has_parquet() else 3]:
            told = _apart(lambda kind=kind: _drain(_file(user, kind, there)))
            words = f"{told['seconds']:.0f} s, {number(there / told['seconds'])} rows/s, {told['bytes'] / 1e6:.0f} MB"
            tell(f"{kind}, {there:,} rows", words, f"peak {told['peak_mb']:.0f} MB")


def _file(user: Account, kind: str, rows: int) -> Iterable[bytes]:
    """The newest cases, as the list of all states exports them."""
    cases = cases_visible_to(user).order_by("-opened_at", "-pk")[:rows]
    file: Any = case_list_file(cases, kind=kind, by=user, now=timezone.now())
    return cast("Iterable[bytes]", file.streaming_content)


def _bare(rows: int) -> Iterable[bytes]:
    """The same query read row by row without doing anything with it."""
    asked, given = Case.objects.order_by("-opened_at", "-pk").values_list(*FIELDS)[:rows].query.sql_with_params()
    connection.ensure_connection()
    # A cursor of the server where there are such: else the driver fetches everything first.
    cursor = connection.chunked_cursor() if connection.vendor != "sqlite" else connection.cursor()
    cursor.execute(asked, given)
    while some := cursor.fetchmany(1000):
        for _row in some:
            pass
        yield b"."


def _drain(pieces: Iterable[bytes]) -> dict[str, float]:
    began, first, size = time.perf_counter(), 0.0, 0
    for piece in pieces:
        first = first or time.perf_counter() - began
        size += len(piece)
    return {"seconds": time.perf_counter() - began, "first": first, "bytes": size}


def _without_the_databases_own_memory() -> None:
    """SQLite keeps up to 64 MB of pages and maps 256 MB of its file: bounded, filled by any reading, and not asked here."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA mmap_size=0")
            cursor.execute("PRAGMA cache_size=-2048")


def _apart(run: Callable[[], dict[str, float]]) -> dict[str, float]:
    """What `run` says, and the peak of the process that did it alone."""
    connection.close()
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        _without_the_databases_own_memory()
        told = run()
        told["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        os.write(writes, json.dumps(told).encode())
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads) as answer:
        told = json.loads(answer.read())
    os.waitpid(child, 0)
    return cast("dict[str, float]", told)
