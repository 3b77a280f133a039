"""Rosters as the rooms below ask for them: who covers which minute, and which nobody does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from wenming.cases.tests.story import at
from wenming.organisations.models import Account
from wenming.responsibilities.models import (
    RosterAmendment,
    RosterEdition,
    RosterGroup,
    RosterRemoval,
    RosterShift,
    RosterTerms,
)
from wenming.responsibilities.rosters.selectors import cover_between, moment_at, uncovered_between
from wenming.responsibilities.rosters.terms import sample_patterns, shifts_of
from wenming.responsibilities.rules import roster as rules

MONDAY = date(2026, 11, 16)
THREE = sample_patterns()["三班倒"]


@pytest.fixture
def group(small_city: SimpleNamespace) -> RosterGroup:
    return RosterGroup.objects.create(
        code="E-1", name="东区一组", town_code="442000002", grid_codes=["442000002001001"], post="patrol", unit=small_city.east,
        valid_from=date(2026, 1, 1),
    )


@pytest.fixture
def publish(group: RosterGroup) -> Callable[..., RosterEdition]:
    """`publish({"A": account})` puts that account into the shift on each day of the week."""

    def make(people: dict[str, Account], *, pattern: list[dict[str, object]] = THREE, days: int = 7, **terms: object) -> RosterEdition:
        number = group.editions.count() + 1
        held = RosterTerms.objects.create(
            group=group, number=number, shifts=pattern, limits=terms, basis="测试", set_at=at("11-01 09:00"), set_by=None
        )
        edition = RosterEdition.objects.create(
            group=group, number=number, starts_on=MONDAY, ends_on=MONDAY + timedelta(days=days - 1), terms=held, method="hand",
            published_at=at("11-10 09:00"), published_by=None,
        )
        for day in (MONDAY + timedelta(days=n) for n in range(days)):
            for shift in shifts_of(pattern):
                if shift.code in people:
                    RosterShift.objects.create(
                        edition=edition, account=people[shift.code], on=day, shift_code=shift.code,
                        starts_at=moment_at(rules.at(day, shift.starts)), ends_at=moment_at(rules.at(day, shift.ends)),
                    )
        return edition

    return make


def spans(gaps: list[object]) -> list[tuple[str, str, str]]:
    def told(moment: datetime) -> str:
        return timezone.localtime(moment).strftime("%d %H:%M")

    return [(told(g.starts_at), told(g.ends_at), g.reason) for g in gaps]  # type: ignore[attr-defined]


def everybody(city: SimpleNamespace) -> dict[str, Account]:
    return {"N": city.east_patrol, "M": city.east_handler, "A": city.supervisor}


def test_a_whole_week_is_covered(small_city, publish) -> None:
    publish(everybody(small_city))

    covers = cover_between(at("11-16 00:00"), at("11-23 00:00"))

    assert uncovered_between(at("11-16 00:00"), at("11-23 00:00")) == []
    assert len(covers) == 21
    assert (covers[0].account, covers[0].town_code, covers[0].grid_codes) == ("east_patrol", "442000002", ("442000002001001",))


def test_before_and_after_the_edition_there_is_no_roster(small_city, publish) -> None:
    publish(everybody(small_city))

    gaps = uncovered_between(at("11-15 22:30"), at("11-23 00:10"))

    assert spans(gaps) == [("15 22:30", "16 00:00", "no-roster"), ("23 00:00", "23 00:10", "no-roster")]


def test_a_shift_that_nobody_took_is_listed_each_day(small_city, publish) -> None:
    publish({"N": small_city.east_patrol, "M": small_city.east_handler}, days=2)

    assert spans(uncovered_between(at("11-16 00:00"), at("11-18 00:00"))) == [
        ("16 16:00", "17 00:00", "not-filled"), ("17 16:00", "18 00:00", "not-filled"),
    ]  # fmt: skip


def test_minutes_for_which_no_shift_is_planned_are_listed(small_city, publish) -> None:
    day = [{"code": "D", "name": "白班", "starts": "08:00", "minutes": 719}]
    publish({"D": small_city.east_patrol}, pattern=day, days=1)

    assert spans(uncovered_between(at("11-16 00:00"), at("11-17 00:00"))) == [
        ("16 00:00", "16 08:00", "no-shift"), ("16 19:59", "17 00:00", "no-shift"),
    ]  # fmt: skip


def test_hours_that_need_nobody_are_no_gap(small_city, publish) -> None:
    day = [{"code": "D", "name": "白班", "starts": "08:00", "minutes": 720}]
    publish({"D": small_city.east_patrol}, pattern=day, days=1, always=False)

    assert uncovered_between(at("11-16 00:00"), at("11-17 00:00")) == []


def test_a_night_that_runs_over_midnight_covers_the_day_after_the_edition(small_city, publish) -> None:
    two = sample_patterns()["两班倒"]
    publish({"D": small_city.east_patrol, "N": small_city.east_handler}, pattern=two, days=1)

    assert spans(uncovered_between(at("11-16 08:00"), at("11-17 09:00"))) == [("17 08:00", "17 09:00", "no-roster")]


def test_the_newest_edition_of_a_day_holds(small_city, publish) -> None:
    publish(everybody(small_city))
    publish({**everybody(small_city), "M": small_city.handler}, days=2)

    morning = {c.starts_at.day: c.account for c in cover_between(at("11-16 00:00"), at("11-19 00:00")) if c.shift_code == "M"}

    assert morning == {16: "handler", 17: "handler", 18: "east_handler"}


def test_a_shift_taken_out_opens_its_minutes(small_city, publish) -> None:
    edition = publish(everybody(small_city))
    change = RosterAmendment.objects.create(edition=edition, kind="leave", reason="请假", at=at("11-12 09:00"), by=small_city.officer)
    RosterRemoval.objects.create(shift=edition.shifts.get(on=MONDAY, shift_code="M"), amendment=change)

    assert spans(uncovered_between(at("11-16 00:00"), at("11-23 00:00"))) == [("16 08:00", "16 16:00", "not-filled")]


def test_a_skill_that_nobody_has_is_listed_with_its_name(small_city, publish, group) -> None:
    skilled = [{**THREE[0], "skills": {"执法证": 1}}, *THREE[1:]]
    publish(everybody(small_city), pattern=skilled, days=1)

    (gap,) = uncovered_between(at("11-16 00:00"), at("11-17 00:00"))

    assert (gap.reason, gap.skill, gap.need, gap.have, gap.minutes) == ("lacks-skill", "执法证", 1, 0, 480)


def test_a_published_edition_is_never_rewritten(small_city, publish) -> None:
    publish(everybody(small_city))

    for change in (RosterShift.objects.all()._raw_delete, lambda _engine: RosterShift.objects.update(shift_code="X")):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change("default")


def test_three_statements_however_many_groups(small_city, publish, django_assert_num_queries) -> None:
    publish(everybody(small_city))
    with django_assert_num_queries(3):
        cover_between(at("11-16 00:00"), at("11-23 00:00"))
