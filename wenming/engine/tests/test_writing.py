"""One row written the fast way is the row that Django would have written."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from wenming.engine.writing import insert, update
from wenming.organisations.models import Unit


def unit(code: str, **also: object) -> Unit:
    known = {
        "name": "城管",
        "short_name": "城管",
        "kind": "department",
        "path": f"/{code}/",
        "valid_from": date(2026, 1, 1),
    }
    return Unit(code=code, **{**known, **also})


def test_a_new_row_learns_its_key(db: object) -> None:
    parent, child = unit("A"), unit("B")
    insert(parent)
    child.parent = parent
    insert(child)

    assert Unit.objects.get(code="B").parent == parent
    assert child.pk == Unit.objects.get(code="B").pk
    assert not child._state.adding


def test_what_it_refers_to_must_have_been_saved(db: object) -> None:
    with pytest.raises(ValueError, match="unsaved"):
        insert(unit("B", parent=unit("A")))


def test_only_the_named_fields_are_written(db: object) -> None:
    row = unit("A")
    insert(row)
    Unit.objects.update(short_name="别人刚改的")
    row.name, row.short_name, row.valid_to = "城市管理局", "没有要写", date(2027, 1, 1)
    update(row, "name", "valid_to")

    found = Unit.objects.get()
    assert (found.name, found.short_name, found.valid_to) == ("城市管理局", "别人刚改的", date(2027, 1, 1))


def test_a_row_that_is_gone_is_not_written_in_silence(db: object) -> None:
    row = unit("A")
    insert(row)
    Unit.objects.all().delete()

    with pytest.raises(DatabaseError):
        update(row, "name")


def test_constraints_hold(db: object) -> None:
    insert(unit("A"))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(unit("A"))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(unit(""))
