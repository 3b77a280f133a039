"""A question that is kept asks the same as Django would, and never keeps an answer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from wenming.engine.asking import Given, Question
from wenming.journal.models import Entry
from wenming.organisations.models import Account, Unit

AT = datetime(2026, 11, 16, 1, 2, 3, 456789, tzinfo=UTC)
BY_CODE = Question(lambda: Unit.objects.select_for_update().filter(code=Given("code")))
BY_NAME = Question(lambda: Account.objects.select_related("unit", "person").filter(username=Given("name")))
SINCE = Question(lambda: Entry.objects.filter(at__gte=Given("since", Entry._meta.get_field("at"))).order_by("-seq"))


@pytest.fixture
def centre(db: object) -> Unit:
    return Unit.objects.create(
        code="ZX", name="指挥中心", short_name="中心", kind="command_centre", path="/ZX/", valid_from=date(2026, 1, 1)
    )


def test_it_finds_the_row_as_it_is_now(centre: Unit) -> None:
    with transaction.atomic():
        assert BY_CODE.get(code="ZX").name == "指挥中心"
    Unit.objects.update(name="城市运行中心")
    with transaction.atomic():
        found = BY_CODE.get(code="ZX")

    assert (found, found.name, found.valid_from) == (centre, "城市运行中心", date(2026, 1, 1))
    assert not found._state.adding


def test_nothing_found_is_none_or_refused(centre: Unit) -> None:
    with transaction.atomic():
        assert BY_CODE.first(code="nobody's") is None
        with pytest.raises(Unit.DoesNotExist):
            BY_CODE.get(code="nobody's")


def test_what_it_refers_to_comes_along_and_what_is_missing_stays_missing(centre: Unit) -> None:
    Account.objects.create(username="a", display_name="甲", role="dispatcher", unit=centre, opened_at=AT)
    with CaptureQueriesContext(connection) as asked:
        account = BY_NAME.get(name="a")
        assert (account.unit.name, account.person) == ("指挥中心", None)

    assert len(asked) == 1


def test_moments_and_facts_come_back_as_django_would_give_them(db: object) -> None:
    for seq in (1, 2, 3):
        at = AT + timedelta(days=seq)
        Entry.objects.create(
            seq=seq, at=at, recorded_at=at, action="test.act", facts={"n": [seq]}, algorithm=1, hash=f"{seq:064x}"
        )

    found = SINCE.all(since=AT + timedelta(days=2))

    assert [(each.seq, each.at, each.facts) for each in found] == [
        (3, AT + timedelta(days=3), {"n": [3]}),
        (2, AT + timedelta(days=2), {"n": [2]}),
    ]
    assert found == list(Entry.objects.filter(at__gte=AT + timedelta(days=2)).order_by("-seq"))
