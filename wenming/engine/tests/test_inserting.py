"""Rows inserted the fast way are the rows that Django would have inserted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction
from django.forms.models import model_to_dict

from wenming.engine.inserting import insert_all, insert_keyed
from wenming.engine.writing import update_all
from wenming.journal.models import Entry, Reaction
from wenming.territory.models import Placement, Source

AT = datetime(2026, 11, 16, 1, 2, 3, 456789, tzinfo=UTC)


def entry(seq: int) -> Entry:
    return Entry(
        seq=seq, at=AT, recorded_at=AT, action="test.act", facts={"why": "因为", "n": [1, None]}, algorithm=1,
        hash=f"{seq:064x}",
    )  # fmt: skip


@pytest.mark.django_db
def test_rows_with_and_without_a_key_of_their_own_go_in() -> None:
    with transaction.atomic():
        insert_all([entry(n) for n in range(1, 1203)])
        insert_all([Reaction(entry=entry(n), name="tell", due_at=AT) for n in (1, 2)])

    assert Entry.objects.count() == 1202
    assert model_to_dict(Entry.objects.get(seq=7)) == model_to_dict(entry(7))
    assert sorted(Reaction.objects.values_list("entry_id", flat=True)) == [1, 2]


@pytest.mark.django_db
def test_constraints_hold_and_nothing_at_all_is_nothing() -> None:
    insert_all([])
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_all([entry(1), entry(1)])
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_rows_learn_keys_that_nobody_else_is_given() -> None:
    before = Placement.objects.create(address="零", source=Source.NONE, created_at=AT)
    several = [Placement(address=f"第 {n} 处", source=Source.NONE, created_at=AT) for n in range(1100)]
    with transaction.atomic():
        insert_keyed([])
        insert_keyed(several)
    after = Placement.objects.create(address="末", source=Source.NONE, created_at=AT)

    kept = dict(Placement.objects.values_list("pk", "address"))
    assert all(kept[one.pk] == one.address for one in several) and len(kept) == 1102
    assert before.pk < min(one.pk for one in several) and max(one.pk for one in several) < after.pk

    for one in several:
        one.address, one.longitude = one.address + "改", None
    update_all([], "address")
    update_all(several, "address", "longitude")
    assert Placement.objects.get(pk=several[1099].pk).address == "第 1099 处改"
    assert Placement.objects.get(pk=before.pk).address == "零"
