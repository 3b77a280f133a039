"""Proving that a city is whole: the database's own checks, the journal's chain, what must agree with it, every file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db import connection

from wenming.cases.search import lost_words
from wenming.cases.verification import broken_stories
from wenming.evidence.verification import verify_blobs
from wenming.journal import selectors as journal
from wenming.observations.verification import broken_reports
from wenming.responsibilities.verification import wrong_deadlines


def damage(witnesses: Mapping[int, str] = {}) -> Iterator[str]:
    """Everything that is not as it was written, one sentence each; nothing when the city is whole (P6).

    witnesses: journal hashes that somebody outside holds, by number; each official notice prints one.
    """
    yield from damaged_tables()
    for broken in journal.verify(witnesses):
        yield f"日志：{broken.sentence}"
    yield from broken_stories()
    yield from lost_words()
    yield from broken_reports()
    yield from wrong_deadlines()
    for problem in verify_blobs():
        if problem.is_loss:
            yield f"文件{'不在' if problem.what == 'missing' else '被改动过'}：{problem.stored_name}"


def damaged_tables() -> Iterator[str]:
    """What the database itself finds wrong. PostgreSQL checks its pages when it reads them."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        yield from (f"数据库：{row[0]}" for row in cursor.fetchall() if row[0] != "ok")
        cursor.execute("PRAGMA foreign_key_check")
        yield from (f"数据库：{row[0]} 的一行指向不存在的 {row[2]}" for row in cursor.fetchall())
