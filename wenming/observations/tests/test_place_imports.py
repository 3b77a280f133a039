"""A dirty census of public places: every row comes to an end, a kill leaves no doubles, a batch is taken back whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import shapely
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from bench.place_census import DIRT, Row, rows, workbook
from wenming.cases.tests.story import MONDAY
from wenming.journal.models import Entry
from wenming.journal.worker import run_waiting
from wenming.observations import place_imports, reading_batches
from wenming.observations.batches import BatchRefused
from wenming.observations.models import ImportBatch, ImportPiece
from wenming.observations.models.imports import BatchState, RowState
from wenming.refusals import NotAllowed
from wenming.territory.models import Area, Level, Place, PlaceEdition
from wenming.territory.public_places import services
from wenming.territory.public_places.services import correct_place, telling_of
from wenming.territory.rules.coordinates import Datum

BOX = (113.3, 22.4, 113.5, 22.6)
MANY = 300
INSIDE = (113.35, 22.45, 113.45, 22.55)


@pytest.fixture
def city(small_city: SimpleNamespace) -> SimpleNamespace:
    for code, level, name in (("442000", Level.CITY, "演示市"), ("442000002", Level.TOWN, "东区")):
        area = Area(code=code, level=level, name=name, short_name=name, kind="市", valid_from=date(2020, 1, 1))
        area.parent = Area.objects.filter(level=Level.CITY).first()
        area.set_geometry(shapely.box(*BOX))
        area.save()
    return small_city


@pytest.fixture
def census() -> list[Row]:
    return list(rows(MANY, 11, INSIDE, "东区"))


@pytest.fixture
def bring(city: SimpleNamespace) -> Callable[[list[Row]], ImportBatch]:
    def preview(made: list[Row]) -> ImportBatch:
        return place_imports.preview(workbook(made), "普查.xlsx", datum=Datum.CGCS2000, by=city.officer, now=MONDAY)

    return preview


def test_every_row_ends_as_its_dirt_allows_and_says_why(
    city: SimpleNamespace, census: list[Row], bring: Callable[[list[Row]], ImportBatch]
) -> None:
    batch = bring(census)

    kept = list(batch.rows.order_by("position"))
    assert len(kept) == MANY, "nothing is lost"
    wrong = [(row.dirt, one.state, one.reasons) for row, one in zip(census, kept, strict=True) if one.state not in DIRT[row.dirt][1]]
    assert wrong == []
    assert all(one.reasons for one in kept if one.state != RowState.READY)
    twice = [one for row, one in zip(census, kept, strict=True) if row.dirt == "told twice"]
    assert twice and all(one.understood["beside"] for one in twice), "whatever may be one place stands beside the other"
    assert Place.objects.count() == 0


@pytest.mark.parametrize("step", ["reading", "bringing in", "taking back"])
def test_killed_at_any_statement_it_goes_on_without_doubles(step: str, city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine stops before each single statement of each step, once for every one of them; another process goes on."""
    monkeypatch.setattr(place_imports, "ROWS_PER_TURN", 9)
    monkeypatch.setattr(reading_batches, "ROWS_PER_TURN", 9)
    batch = _waiting_for(step, city)
    with _tried_only():
        _work_to_the_end(dies_before=0)  # what a process asks only once has been asked
    reading_batches._under_way.clear()
    with _tried_only():
        whole = _work_to_the_end(dies_before=0)
        expected = _outcome(batch)
        assert list(batch.rows.values_list("position", flat=True).order_by("position")) == list(range(2, 27)), "no row is lost"
    assert whole > 20

    for statement in range(1, whole + 1):
        with _tried_only():
            with pytest.raises(KeyboardInterrupt):
                _work_to_the_end(dies_before=statement)
            assert _placed_rows(batch) == Place.objects.exclude(standing="withdrawn").count(), "row and place together, or neither"
            reading_batches._under_way.clear()
            # What the killed process had taken is due again after its minute.
            _work_to_the_end(dies_before=0, later=timedelta(minutes=2))
            assert _outcome(batch) == expected, f"killed before statement {statement}"


def test_a_statement_that_fails_costs_no_row_in_the_process_that_goes_on(city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection ends at each single statement of the reading, once for every one of them; the same worker tries again."""
    monkeypatch.setattr(reading_batches, "ROWS_PER_TURN", 9)
    batch = _waiting_for("reading", city)
    with _tried_only():
        whole = _work_to_the_end(dies_before=0)
        expected = _outcome(batch)

    for statement in range(1, whole + 1):
        reading_batches._under_way.clear()
        with _tried_only():
            with suppress(OperationalError):  # what the worker asks outside of its reactions it does not survive
                _work_to_the_end(dies_before=statement, of=OperationalError("the connection is gone"))
            for minutes in (2, 10, 60):
                _work_to_the_end(dies_before=0, later=timedelta(minutes=minutes))
            assert _outcome(batch) == expected, f"failed at statement {statement}"


def _waiting_for(step: str, city: SimpleNamespace) -> ImportBatch:
    """A dirty batch of three portions, of which this step is the next."""
    content = workbook(list(rows(25, 11, INSIDE, "东区")))
    if step == "reading":
        return place_imports.hand_in(content, "普查.xlsx", datum=Datum.CGCS2000, by=city.officer, now=MONDAY)
    batch = place_imports.preview(content, "普查.xlsx", datum=Datum.CGCS2000, by=city.officer, now=MONDAY)
    place_imports.decide(batch, accept=True, rows=None, by=city.officer, now=MONDAY)
    place_imports.confirm(batch, by=city.officer, now=MONDAY)
    if step == "taking back":
        _work_to_the_end(dies_before=0)
        batch.refresh_from_db()
        place_imports.undo(batch, by=city.officer, now=MONDAY)
    return batch


def _work_to_the_end(*, dies_before: int, later: timedelta = timedelta(), of: BaseException | None = None) -> int:
    """Let the worker do all it has to do, or die (of: of what) before the so-many-th statement; how many there were."""
    said = 0

    def execute(run: Any, *statement: Any) -> Any:
        nonlocal said
        said += 1
        if said == dies_before:
            raise of or KeyboardInterrupt
        return run(*statement)

    with connection.execute_wrapper(execute):
        while run_waiting(timezone.now() + later):
            pass
    return said


@contextmanager
def _tried_only() -> Iterator[None]:
    """Whatever happens inside has not happened afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _placed_rows(batch: ImportBatch) -> int:
    return batch.rows.filter(state=RowState.DONE).count()


def _outcome(batch: ImportBatch) -> Any:
    """Everything that a batch leaves behind, but for what is drawn by lot."""
    named = [number for entry in Entry.objects.filter(action="places.brought-in") for number in entry.facts["places"]]
    assert len(named) == len(set(named)), "told once"
    return (
        [(one.position, one.state, one.reasons, bool(one.place_id)) for one in batch.rows.order_by("position")],
        list(Place.objects.order_by("number").values_list("number", "name", "standing", "editions_count", "origin")),
        list(PlaceEdition.objects.order_by("place__number", "position").values_list("place__number", "position", "act")),
        sorted(named), ImportPiece.objects.count(), ImportBatch.objects.get(pk=batch.pk).state,
    )  # fmt: skip


def test_the_same_file_again_finds_every_row_and_undo_leaves_what_changed_since(
    city: SimpleNamespace, bring: Callable[[list[Row]], ImportBatch]
) -> None:
    clean = [row for row in rows(60, 5, INSIDE, "东区") if row.dirt == "clean"]
    batch = bring(clean)
    place_imports.decide(batch, accept=True, rows=None, by=city.officer, now=MONDAY)
    place_imports.confirm(batch, by=city.officer, now=MONDAY)
    run_waiting()
    assert Place.objects.count() == len(clean)
    again = bring(clean)
    assert set(again.rows.values_list("state", flat=True)) == {RowState.KNOWN}

    kept = Place.objects.select_related("placement__town", "manager").order_by("number")[0]
    correct_place(
        kept, services.PlaceTelling(**{**vars(telling_of(kept)), "name": "改过的名字"}), reason="核实", on=timezone.localdate(),
        by=city.officer, now=timezone.now(),
    )  # fmt: skip
    batch.refresh_from_db()
    place_imports.undo(batch, by=city.officer, now=timezone.now())
    run_waiting()
    assert Counter(Place.objects.values_list("standing", flat=True)) == {"withdrawn": len(clean) - 1, "open": 1}
    assert batch.rows.get(place=kept).state == RowState.KEPT


def test_only_those_who_keep_the_register_import(city: SimpleNamespace, census: list[Row]) -> None:
    with pytest.raises(NotAllowed):
        place_imports.preview(workbook(census[:3]), "普查.xlsx", datum=Datum.CGCS2000, by=city.handler, now=MONDAY)


def test_the_same_numbers_come_in_again_after_they_were_taken_back(city: SimpleNamespace, bring: Callable[[list[Row]], ImportBatch]) -> None:
    """Import, take back, import again: each place is the one it was, with its plate, and goes on counting its editions."""
    clean = [row for row in rows(30, 5, INSIDE, "东区") if row.dirt == "clean"]
    codes = []
    for _time in range(2):
        batch = bring(clean)
        place_imports.decide(batch, accept=True, rows=None, by=city.officer, now=MONDAY)
        place_imports.confirm(batch, by=city.officer, now=MONDAY)
        run_waiting()
        codes.append(dict(Place.objects.filter(standing="open").values_list("number", "short_code")))
        batch.refresh_from_db()
        place_imports.undo(batch, by=city.officer, now=MONDAY)
        run_waiting()

    assert codes[0] == codes[1] and len(codes[0]) == len(clean)
    assert set(Place.objects.values_list("standing", "editions_count")) == {("withdrawn", 4)}
    assert set(batch.rows.values_list("state", flat=True)) == {RowState.UNDONE}


def test_what_one_row_is_refused_for_does_not_stop_the_others(city: SimpleNamespace, bring: Callable[[list[Row]], ImportBatch]) -> None:
    clean = [row for row in rows(40, 5, INSIDE, "东区") if row.dirt == "clean"]
    batch = bring(clean)
    place_imports.decide(batch, accept=True, rows=None, by=city.officer, now=MONDAY)
    place_imports.confirm(batch, by=city.officer, now=MONDAY)
    taken = clean[7].cells[0]
    told = services.PlaceTelling("park", "别人刚刚登记的")
    where = services.PlaceWhere(services.Drawn(shapely.Point(113.4, 22.5)))
    services.register_place(told, where, on=timezone.localdate(), by=city.officer, now=timezone.now(), number=taken)
    run_waiting()

    assert Counter(batch.rows.values_list("state", flat=True)) == {RowState.DONE: len(clean) - 1, RowState.REFUSED: 1}
    assert taken in batch.rows.get(state=RowState.REFUSED).reasons[-1]


def test_columns_chosen_anew_are_judged_in_the_worker(city: SimpleNamespace, census: list[Row]) -> None:
    batch = place_imports.hand_in(workbook(census), "普查.xlsx", datum=Datum.CGCS2000, by=city.officer, now=MONDAY)
    assert batch.is_being_read and (batch.rows_read, batch.rows_total) == (0, MANY)
    run_waiting()
    batch.refresh_from_db()
    assert (batch.state, batch.rows_read) == (BatchState.PREVIEWED, MANY) and not batch.is_being_read
    assert batch.rows.filter(understood__has_key="note").count() == 0

    place_imports.judge_again(batch, {**batch.mapping.columns, "note": {"column": "场所名称"}}, by=city.officer, now=MONDAY)
    assert batch.is_being_read
    with pytest.raises(BatchRefused):
        place_imports.confirm(batch, by=city.officer, now=MONDAY)  # half by old columns
    run_waiting()
    batch.refresh_from_db()
    assert batch.state == BatchState.PREVIEWED and batch.rows.count() == MANY
    assert batch.rows.filter(understood__has_key="note").count() > MANY // 2
