"""What becomes of a place's list, duties and counts when something else has happened since. Policy: 2.1, 2.3."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
import shapely
from django.utils import timezone

from bench.place_census import rows, workbook
from wenming.cases.tests.story import FOUNDED, FOUNDED_AT, MONDAY
from wenming.journal.worker import run_waiting
from wenming.observations import place_imports
from wenming.observations.models import ImportBatch
from wenming.observations.models.imports import RowState
from wenming.observations.place_proposals import accept_proposal, join_proposal, propose_place
from wenming.observations.public_places import estimates_by_town, verify_place
from wenming.observations.services import Where
from wenming.organisations.models import UnitKind
from wenming.organisations.services import found_unit
from wenming.responsibilities.models import Duty
from wenming.responsibilities.places import services as owed
from wenming.standards.places.services import load_place_checklists
from wenming.territory.components.services import Drawn
from wenming.territory.models import Area, Level, Place
from wenming.territory.public_places.services import (
    NewPlace,
    PlaceTelling,
    PlaceWhere,
    close_place,
    correct_place,
    register_place,
    register_places,
    telling_of,
)
from wenming.territory.rules.coordinates import Datum

BOX = (113.3, 22.4, 113.5, 22.6)
INSIDE = (113.35, 22.45, 113.45, 22.55)
HERE = PlaceWhere(Drawn(shapely.Point(113.4, 22.5)))


@pytest.fixture
def city(small_city: SimpleNamespace) -> SimpleNamespace:
    for code, level, name in (("442000", Level.CITY, "演示市"), ("442000002", Level.TOWN, "东区")):
        area = Area(code=code, level=level, name=name, short_name=name, kind="市", valid_from=date(2020, 1, 1))
        area.parent = Area.objects.filter(level=Level.CITY).first()
        area.set_geometry(shapely.box(*BOX))
        area.save()
    load_place_checklists(by=None, now=FOUNDED_AT)
    small_city.hall = found_unit(
        code="HALL", name="河边市场服务公司", short_name="河边市场", kind=UnitKind.CONTRACTOR, parent=small_city.east, on=FOUNDED, by=None,
        now=FOUNDED_AT,
    )  # fmt: skip
    return small_city


@pytest.fixture
def batch(city: SimpleNamespace) -> ImportBatch:
    """Some clean rows, brought in."""
    clean = [row for row in rows(30, 5, INSIDE, "东区") if row.dirt == "clean"]
    made = place_imports.preview(workbook(clean), "普查.xlsx", datum=Datum.CGCS2000, by=city.officer, now=MONDAY)
    place_imports.decide(made, accept=True, rows=None, by=city.officer, now=MONDAY)
    place_imports.confirm(made, by=city.officer, now=MONDAY)
    run_waiting()
    made.refresh_from_db()
    return made


def looked(place: Place, condition: str, on: date | None = None) -> None:
    verify_place(
        place, answers={}, condition=condition, seen_on=on or timezone.localdate(), seen_by="field", by=None, now=timezone.now()
    )


def market(city: SimpleNamespace, name: str = "河边市场", manager: object = None) -> Place:
    told = PlaceTelling("market", name, manager=manager)  # type: ignore[arg-type]
    return register_place(told, HERE, on=FOUNDED, by=city.officer, now=timezone.now())


# --- a list that is taken back ---------------------------------------------------------------------------------------


def test_what_somebody_has_used_since_stays_when_the_list_is_taken_back(city: SimpleNamespace, batch: ImportBatch) -> None:
    seen, promised, untouched = list(Place.objects.order_by("number")[:3])
    looked(seen, seen.condition)
    owed.post_pact(promised, text="爱护公物", posted_on=timezone.localdate(), by=city.officer, now=timezone.now())

    place_imports.undo(batch, by=city.officer, now=timezone.now())
    run_waiting()

    standing = dict(Place.objects.values_list("number", "standing"))
    assert (standing[seen.number], standing[promised.number], standing[untouched.number]) == ("open", "open", "withdrawn")
    assert batch.rows.get(place=seen).state == batch.rows.get(place=promised).state == RowState.KEPT


def test_a_number_of_ones_own_and_a_given_one_do_not_meet_in_one_list(city: SimpleNamespace) -> None:
    rows_told = [("market", ""), ("market", "11-000001"), ("park", ""), ("market", "")]
    told = [NewPlace(PlaceTelling(kind, "甲"), HERE, FOUNDED, number) for kind, number in rows_told]

    made = register_places(told, by=city.officer, now=MONDAY, about=city.officer, source="普查")

    assert [one.number for one in made] == ["11-000002", "11-000001", "04-000001", "11-000003"]


# --- looking again ---------------------------------------------------------------------------------------------------


def test_what_has_closed_is_not_to_be_looked_at_again(city: SimpleNamespace) -> None:
    place = market(city, manager=city.hall)
    assert owed.raise_due_verifications(timezone.now()) == 1
    close_place(place, reason="拆迁", on=timezone.localdate(), by=city.officer, now=timezone.now())

    assert owed.raise_due_verifications(timezone.now()) == 0
    assert Duty.objects.get().state == "withdrawn", "nobody can do it any more, so nobody is late with it"


def test_another_managing_body_owes_the_look_instead_of_the_one_before(city: SimpleNamespace) -> None:
    place = market(city, manager=city.hall)
    owed.raise_due_verifications(timezone.now())
    told = telling_of(place)
    correct_place(
        place, PlaceTelling(told.kind, told.name, manager=city.sanitation), reason="移交", on=timezone.localdate(), by=city.officer,
        now=timezone.now(),
    )  # fmt: skip

    assert owed.raise_due_verifications(timezone.now()) == 1 and owed.raise_due_verifications(timezone.now()) == 0
    assert dict(Duty.objects.values_list("owner__code", "state")) == {city.hall.code: "withdrawn", city.sanitation.code: "open"}


def test_one_body_that_has_its_fill_does_not_stand_before_the_others(city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a census everything is due at once, and the first thousands may all be one town's."""
    monkeypatch.setattr(owed, "MOST_PER_OWNER", 2)
    monkeypatch.setattr(owed, "MOST_PER_TURN", 3)
    for n in range(60):
        market(city, f"东区第 {n} 市场")
    last = market(city, "最后一家", manager=city.hall)

    assert owed.raise_due_verifications(timezone.now()) == 3
    assert Duty.objects.filter(subject=f"place:{last.number}").exists()


def test_those_nobody_ever_looked_at_come_first(city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owed, "MOST_PER_TURN", 1)
    known, unknown = market(city, "甲", city.hall), market(city, "乙", city.hall)
    Place.objects.filter(pk=known.pk).update(due_on=date(2026, 1, 1))

    owed.raise_due_verifications(timezone.now())

    assert Duty.objects.get().subject == f"place:{unknown.number}"


def test_a_look_that_comes_in_too_late_does_not_count_as_looking_in_time(city: SimpleNamespace) -> None:
    place = market(city, manager=city.hall)
    owed.raise_due_verifications(timezone.now())

    looked(place, "good", timezone.localdate() - timedelta(days=300))
    assert Duty.objects.get().ended_at is None, "its next look was due long ago"
    looked(place, "good")
    assert Duty.objects.get().state == "discharged"


# --- how many are missing --------------------------------------------------------------------------------------------


def test_a_place_found_on_the_street_that_the_census_has_is_in_both_lists(city: SimpleNamespace, batch: ImportBatch) -> None:
    """The overlap of the two lists is what the estimate is made of: left out, it says that half of the city is missing."""
    in_census = list(Place.objects.filter(placement__town__isnull=False).order_by("number")[:8])
    for place in in_census:
        found = propose_place(
            kind=place.kind, name=place.name, where=Where(*place.placement.point), seen_on=MONDAY.date(), by=city.east_patrol, now=MONDAY
        )
        join_proposal(found, place, by=city.officer, now=MONDAY)
    new = propose_place(kind="park", name="新公园", where=Where(113.36, 22.46), seen_on=MONDAY.date(), by=city.east_patrol, now=MONDAY)
    accept_proposal(new, by=city.officer, now=MONDAY)

    one = estimates_by_town()["442000002"].census_other

    assert (one.second, one.both) == (9, 8)
