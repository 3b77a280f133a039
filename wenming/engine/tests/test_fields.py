"""The fields that save room keep what they were given, and are asked like any other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Count, F, Max, Min
from django.db.models.functions import Coalesce
from django.test.utils import isolate_apps

from wenming.engine.coding import CodedField
from wenming.engine.hexadecimal import HexField
from wenming.engine.moments import Microseconds, MomentField, microseconds, moment_of

NOON = datetime(2026, 11, 16, 4, 0, 0, 123456, tzinfo=UTC)
CHINA = timezone(timedelta(hours=8))
MOMENTS = [
    pytest.param(NOON, id="with microseconds"),
    pytest.param(NOON.astimezone(CHINA), id="told in the city's time"),
    pytest.param(datetime(1949, 10, 1, 7, tzinfo=UTC), id="before 1970"),
    pytest.param(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), id="a microsecond before 1970"),
    pytest.param(datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), id="the last of all"),
]


@pytest.fixture
def thing(db: object) -> Any:
    """A table with one field of each kind, gone after the test."""
    with isolate_apps("wenming.engine"):

        class Thing(models.Model):
            at = MomentField(null=True)
            until = MomentField(null=True)
            digest = HexField(null=True)
            state = CodedField(codes={"": 0, "open": 1, "closed": 7}, default="", null=True)

            class Meta:
                app_label = "engine"
                constraints = [
                    models.CheckConstraint(condition=models.Q(until__gte=F("at")), name="ends_after_it_begins")
                ]
                indexes = [models.Index(fields=["at"], condition=~models.Q(state="closed"), name="not_closed")]

            def __str__(self) -> str:
                return str(self.pk)

        # Not `with connection.schema_editor()`: on SQLite that refuses to run inside a test's transaction.
        editor = connection.SchemaEditorClass(connection, atomic=False)
        editor.deferred_sql = []
        editor.create_model(Thing)
        for statement in editor.deferred_sql:
            editor.execute(statement)
        yield Thing
        editor.delete_model(Thing)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_moment_comes_back_to_the_microsecond(thing: Any, moment: datetime) -> None:
    thing.objects.create(at=moment)

    kept = thing.objects.get(at=moment)
    assert kept.at == moment and kept.at.tzinfo is not None
    assert thing.objects.values_list(Microseconds("at"), flat=True).get() == microseconds(moment)
    assert moment_of(microseconds(moment)) == moment


def test_moments_are_compared_ordered_and_counted_from(thing: Any) -> None:
    for hours in (3, 1, 2):
        thing.objects.create(at=NOON + timedelta(hours=hours))
    thing.objects.create(at=None)
    second = NOON + timedelta(hours=2)

    assert [t.at for t in thing.objects.filter(at__lt=second)] == [NOON + timedelta(hours=1)]
    assert thing.objects.filter(at__range=(NOON, second)).count() == thing.objects.filter(at__gte=second).count() == 2
    assert thing.objects.filter(at__in=[second, NOON]).get().at == second
    assert thing.objects.filter(at=None).get().at is None
    assert thing.objects.exclude(at=None).order_by("-at")[0].at == NOON + timedelta(hours=3)
    assert thing.objects.aggregate(first=Min("at"), last=Max("at")) == {
        "first": NOON + timedelta(hours=1), "last": NOON + timedelta(hours=3),
    }  # fmt: skip
    assert thing.objects.annotate(then=Coalesce("until", "at")).filter(then=second).get().then == second


def test_a_moment_is_one_change_like_any_other(thing: Any) -> None:
    row = thing.objects.create(at=NOON)
    thing.objects.filter(pk=row.pk).update(until=F("at"))
    assert thing.objects.get().until == NOON
    with pytest.raises(IntegrityError, match="ends_after_it_begins"), transaction.atomic():
        thing.objects.update(until=NOON - timedelta(microseconds=1))


def test_a_moment_is_moved_by_a_span(thing: Any) -> None:
    thing.objects.create(at=NOON)
    thing.objects.update(until=F("at") + timedelta(days=7, microseconds=1), at=F("at") - timedelta(hours=1))

    kept = thing.objects.get()
    assert (kept.at, kept.until) == (NOON - timedelta(hours=1), NOON + timedelta(days=7, microseconds=1))
    assert thing.objects.filter(until__gt=F("at") + timedelta(days=7)).count() == 1


@pytest.mark.parametrize("part", ["date", "year", "hour", "date__gt", "year__lte"])
def test_a_moment_is_not_taken_apart(thing: Any, part: str) -> None:
    with pytest.raises(FieldError):
        thing.objects.filter(**{f"at__{part}": 1}).exists()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="timestamptz is eight bytes as it is")
def test_a_moment_is_a_number_on_sqlite(thing: Any) -> None:
    thing.objects.create(at=NOON)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT typeof(at), datetime(at / 1000000, 'unixepoch') FROM {thing._meta.db_table}")
        assert cursor.fetchone() == ("integer", "2026-11-16 04:00:00")


def test_a_hash_is_bytes_inside_and_digits_outside(thing: Any) -> None:
    digits = "00ff" * 16
    thing.objects.create(digest=digits)
    thing.objects.create(digest=None)

    assert thing.objects.get(digest=digits).digest == digits
    assert thing.objects.filter(digest__in=[digits, "ab" * 32]).count() == 1
    assert thing.objects.get(digest=None).digest is None
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT length(digest) FROM {thing._meta.db_table} WHERE digest IS NOT NULL")
        assert cursor.fetchone() == (32,)


@pytest.mark.parametrize("wrong", ["xyz", "abc", "派"])
def test_what_is_no_hash_is_refused(thing: Any, wrong: str) -> None:
    with pytest.raises(ValueError), transaction.atomic():
        thing.objects.create(digest=wrong)


def test_a_word_is_a_number_inside_and_a_word_outside(thing: Any) -> None:
    for state in ("open", "closed", "open", "", None):
        thing.objects.create(state=state)

    assert sorted(str(t.state) for t in thing.objects.all()) == ["", "None", "closed", "open", "open"]
    assert thing.objects.filter(state="open").count() == thing.objects.filter(state__in=["closed", ""]).count() == 2
    assert thing.objects.exclude(state="open").exclude(state=None).count() == 2
    counted = thing.objects.exclude(state=None).values_list("state").annotate(n=Count("pk"))
    assert dict(counted) == {"open": 2, "closed": 1, "": 1}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {thing._meta.db_table} WHERE state = 7")
        assert cursor.fetchone() == (1,)


def test_a_word_that_is_not_in_the_list_is_refused(thing: Any) -> None:
    with pytest.raises(ValueError, match="'lost' is none of"), transaction.atomic():
        thing.objects.create(state="lost")
    with pytest.raises(ValueError, match="'lost' is none of"):
        thing.objects.filter(state="lost").exists()


@pytest.mark.parametrize("lookup", ["gt", "startswith", "contains", "range"])
def test_words_are_not_compared_by_their_numbers(thing: Any, lookup: str) -> None:
    with pytest.raises(FieldError):
        thing.objects.filter(**{f"state__{lookup}": "open"}).exists()


def test_a_number_from_elsewhere_is_shown_as_what_it_is(thing: Any) -> None:
    thing.objects.create(state="open")
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {thing._meta.db_table} SET state = 99")
    assert thing.objects.get().state == "?99"


def test_a_number_belongs_to_one_word() -> None:
    with pytest.raises(ValueError, match="same number"):
        CodedField(codes={"open": 1, "closed": 1})


def test_migrations_name_the_words() -> None:
    field = CodedField(codes={"open": 1}, null=True)
    _name, path, args, options = field.deconstruct()
    assert (path, args, options) == ("wenming.engine.coding.CodedField", [], {"codes": {"open": 1}, "null": True})
    assert isinstance(field.clone(), CodedField)
