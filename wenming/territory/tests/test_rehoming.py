"""A redrawn layer moves what it moved: by the worker, in turns, and to the same end however often it is killed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from wenming.journal.models import Entry, Reaction
from wenming.journal.worker import run_waiting
from wenming.territory import reactions, services
from wenming.territory.models import Placement, PlacementHoming
from wenming.territory.rules.coordinates import Datum
from wenming.territory.services import NewCell, place, publish_layer

from .conftest import MONDAY, middle_of, square

TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def redrawn(cells):
    shapes = [square(0, 0, 0.4), square(0.4, 0, 1.6), square(0, 1, 0.4), square(0.4, 1, 1.6)]
    return [NewCell(cell.code, cell.name, cell.community, shape) for cell, shape in zip(cells, shapes, strict=True)]


@pytest.fixture
def five_places(layer, monkeypatch):
    """Five in the cell that will be moved, two to a portion."""
    monkeypatch.setattr(services, "ROWS_PER_TRANSACTION", 2)
    lon, lat = middle_of(0, 0)
    run_waiting(MONDAY + timedelta(minutes=1))  # what the first layer asked for: nobody was there yet
    return [place(longitude=lon, latitude=lat, datum=Datum.CGCS2000, source="gps", now=MONDAY) for _one in range(5)]


def published(redrawn):
    newer = publish_layer(kind="block", cells=redrawn, by=None, now=TUESDAY)
    return newer, Entry.objects.filter(action="territory.layer-published").latest("seq")


def rehomed() -> list[int]:
    return [entry.facts["changed"] for entry in Entry.objects.filter(action="territory.rehomed").order_by("seq")]


def test_the_worker_moves_them_and_records_it_once(five_places, redrawn):
    layer, _entry = published(redrawn)

    run_waiting(TUESDAY)

    assert {p.community.name for p in Placement.objects.filter(layer=layer)} == {"西桥社区"}
    assert Placement.objects.filter(layer=layer).count() == 5
    assert rehomed() == [5]
    assert not Reaction.objects.filter(done_at=None).exists()


def test_killed_between_two_turns_it_goes_on_and_counts_them_all(five_places, redrawn):
    layer, entry = published(redrawn)
    reactions.rehome(entry, TUESDAY)
    assert Placement.objects.filter(layer=layer).count() == 2, "a worker did one turn and was killed"

    run_waiting(TUESDAY)
    reactions.rehome(entry, TUESDAY)  # and once more, as at-least-once may

    assert rehomed() == [5]
    assert PlacementHoming.objects.filter(layer=layer).count() == 5


def test_only_the_layer_in_force_homes_anybody(five_places, redrawn, cells):
    older, entry = published(redrawn)
    newest = publish_layer(kind="block", cells=cells, by=None, now=TUESDAY)

    reactions.rehome(entry, TUESDAY)
    assert not Placement.objects.filter(layer=older).exists()

    run_waiting(TUESDAY)
    assert Placement.objects.filter(layer=newest).count() == 5
    assert rehomed() == [0], "back where they were: nobody changed units"


def test_strips_move_nobody(five_places, cells):
    publish_layer(kind="strip", cells=cells[:1], by=None, now=TUESDAY)

    run_waiting(TUESDAY)

    assert rehomed() == []
    assert {p.layer.kind for p in Placement.objects.all()} == {"block"}
