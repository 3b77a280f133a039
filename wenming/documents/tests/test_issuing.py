"""Issuing: numbers without gaps, paper that never changes, a proof of service that cannot be back-dated."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction

from wenming.documents import services
from wenming.documents.letters import Letter
from wenming.documents.models import Document, NumberRegister, ProofOfService, Way
from wenming.documents.services import AlreadyServed, issue, record_service
from wenming.engine.append_only import _protect, lift, tables_of
from wenming.evidence.models import Exhibit, Original
from wenming.evidence.serving import open_original
from wenming.journal.models import Entry, Head, Reaction
from wenming.journal.selectors import head
from wenming.refusals import BadInput

from .conftest import MONDAY


def issued(letter: Letter, **facts: Any) -> Document:
    given: dict[str, Any] = {"mark": "石岐门前", "subject": "premises:M000001", "by": None, "now": MONDAY, **facts}
    return issue(letter, and_then=lambda document: document, **given)


@pytest.mark.django_db
def test_numbers_count_from_one_within_a_mark_and_a_year(letter: Letter) -> None:
    numbers = [issued(letter).number, issued(letter).number, issued(letter, mark="东区门前").number]
    numbers.append(issued(letter, now=MONDAY + timedelta(days=60)).number)

    assert numbers == ["石岐门前〔2026〕1号", "石岐门前〔2026〕2号", "东区门前〔2026〕1号", "石岐门前〔2027〕1号"]


@pytest.mark.django_db
def test_the_paper_is_kept_under_its_hash_and_bears_the_journals_head(letter: Letter) -> None:
    issued(letter)
    before = head()
    document = issued(letter)
    with open_original(document.paper).file as file:
        paper = file.read()

    assert paper.startswith(b"%PDF") and document.sha256 == hashlib.sha256(paper).hexdigest()
    assert (document.witness_seq, document.witness_hash) == before
    entry = Entry.objects.get(action="document.issued", about=f"document:{document.number}")
    assert entry.facts["sha256"] == document.sha256


@pytest.mark.django_db
def test_what_the_caller_refuses_takes_no_number(letter: Letter) -> None:
    def refuse(_document: Document) -> None:
        raise BadInput("不行")

    with pytest.raises(BadInput):
        issue(letter, mark="石岐门前", subject="x", by=None, now=MONDAY, and_then=refuse)

    assert not Document.objects.exists()
    assert issued(letter).serial == 1


@pytest.mark.django_db
def test_whoever_was_overtaken_gets_the_next_number_with_its_own_paper(letter: Letter, monkeypatch: pytest.MonkeyPatch) -> None:
    really, turns = services._set, iter([True])

    def overtaken(*given: Any) -> Any:
        made = really(*given)
        if next(turns, None):
            issued(letter)
        return made

    monkeypatch.setattr(services, "_set", overtaken)

    assert issued(letter).serial == 2
    assert list(Document.objects.values_list("serial", flat=True)) == [1, 2]


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Rows that are really there, for people who press at the same moment; afterwards they are taken out again."""
    tables = tables_of(Exhibit, Original, Document, Entry)
    with django_db_blocker.unblock():
        yield
        editor = connection.SchemaEditorClass(connection, atomic=False)
        lift(editor, tables)
        try:
            for model in (Document, NumberRegister, Exhibit, Original, Reaction, Entry, Head):
                model.objects.all().delete()
        finally:
            _protect(editor, tables)


def test_many_at_once_leave_no_gap_and_no_double(letter: Letter, committed: None) -> None:
    refused: list[BaseException] = []

    def press() -> None:
        try:
            issued(letter)
        except BaseException as crash:
            refused.append(crash)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press) for _each in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not refused
    assert sorted(Document.objects.values_list("serial", flat=True)) == [1, 2, 3, 4, 5]
    assert NumberRegister.objects.get().last_serial == 5


@pytest.mark.django_db
@pytest.mark.parametrize("table", [Document, ProofOfService])
def test_the_database_refuses_to_rewrite_what_was_issued_and_served(letter: Letter, table: Any) -> None:
    document = issued(letter)
    record_service(document, way=Way.HANDED, served_at=MONDAY, receiver="店主", by=None, now=MONDAY)
    for sql in (f"UPDATE {table._meta.db_table} SET id = id", f"DELETE FROM {table._meta.db_table}"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        pytest.param({"served_at": MONDAY - timedelta(minutes=1)}, "早于印发", id="before it was issued"),
        pytest.param({"served_at": MONDAY + timedelta(hours=2)}, "现在之后", id="in the future"),
        pytest.param({"receiver": " "}, "签收人", id="by nobody"),
        pytest.param({"way": Way.LEFT}, "见证人", id="left without a witness"),
        pytest.param(
            {"way": Way.PUBLIC, "served_at": MONDAY + timedelta(days=29), "now": MONDAY + timedelta(days=60)}, "满 30 日",
            id="made public for less than thirty days",
        ),
        pytest.param({"way": "shouted"}, "送达方式", id="in no way the law knows"),
    ],
)
def test_it_refuses_a_service_that_was_none(letter: Letter, wrong: dict[str, Any], words: str) -> None:
    given = {"way": Way.HANDED, "served_at": MONDAY, "receiver": "店主", "by": None, "now": MONDAY + timedelta(hours=1), **wrong}

    with pytest.raises(BadInput, match=words):
        record_service(issued(letter), **given)


@pytest.mark.django_db
def test_what_was_made_public_for_thirty_days_is_served(letter: Letter) -> None:
    after = MONDAY + timedelta(days=30)
    served = record_service(issued(letter), way=Way.PUBLIC, served_at=after, receiver="公告栏", by=None, now=after)
    assert served.served_at == after


@pytest.mark.django_db
def test_a_document_is_served_once(letter: Letter) -> None:
    document = issued(letter)
    record_service(document, way=Way.HANDED, served_at=MONDAY, receiver="店主", by=None, now=MONDAY)

    with pytest.raises(AlreadyServed):
        record_service(document, way=Way.POST, served_at=MONDAY, receiver="店主", by=None, now=MONDAY)
