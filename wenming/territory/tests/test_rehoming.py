"""A redrawn layer moves what it moved: by the worker, in turns, and to the same end however often it is killed."""

from __future__ import annotations

from datetime import timedelta

import pytest
import shapely
from django.db import IntegrityError, transaction

from wenming.journal.models import Entry, Reaction
from wenming.journal.worker import AGAIN, run_waiting
from wenming.organisations.models import PostKind, UnitKind
from wenming.organisations.services import add_post, found_unit
from wenming.territory import reactions, services
from wenming.territory.grids import rehoming
from wenming.territory.grids.drafts import restore_layer
from wenming.territory.grids.people import assign_post
from wenming.territory.grids.rehoming import moved_by, moved_rows
from wenming.territory.models import GridPost, OverlayHoming, Placement, PlacementHoming
from wenming.territory.rules.coordinates import Datum
from wenming.territory.services import NewCell, place, publish_layer

from .conftest import MONDAY, ORIGIN, SIDE, middle_of, square

TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def redrawn(cells):
    shapes = [square(0, 0, 0.4), square(0.4, 0, 1.6), square(0, 1, 0.4), square(0.4, 1, 1.6)]
    return [NewCell(cell.code, cell.name, cell.community, shape) for cell, shape in zip(cells, shapes, strict=True)]


@pytest.fixture
def five_places(layer, monkeypatch):
    """Five in the cell that will be moved, two to a portion."""
    for module in (services, rehoming):
        monkeypatch.setattr(module, "ROWS_PER_TRANSACTION", 2)
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


def test_a_strip_moves_nobodys_block_and_what_it_lays_into_a_strip_is_written_down(five_places, cells):
    publish_layer(kind="strip", cells=cells[:1], by=None, now=TUESDAY)

    run_waiting(TUESDAY)

    assert rehomed() == [5]
    assert {p.layer.kind for p in Placement.objects.all()} == {"block"}
    assert not PlacementHoming.objects.exists()
    assert {(one.before, one.after.code) for one in OverlayHoming.objects.all()} == {(None, cells[0].code)}


def test_a_redrawn_strip_writes_down_only_what_it_moved_and_stays_written(five_places, cells):
    one = cells[0]
    first = publish_layer(kind="strip", cells=[one], by=None, now=TUESDAY)
    run_waiting(TUESDAY)
    later = TUESDAY + timedelta(hours=1)
    wider = [NewCell(one.code, one.name, one.community, square(0, 0, 0.4)), NewCell(one.code[:12] + "602", "", one.community, square(0.4, 0, 0.6))]
    lon, lat = middle_of(0, 0)
    stays = place(longitude=lon - 0.3 * SIDE, latitude=lat, datum=Datum.CGCS2000, source="gps", now=TUESDAY)
    second = publish_layer(kind="strip", cells=wider, by=None, now=later)
    entry = Entry.objects.filter(action="territory.layer-published").latest("seq")
    assert reactions.rehome_over(entry, later) is AGAIN, "killed after the first two"
    run_waiting(later)
    reactions.rehome_over(entry, later)  # and once more, as at-least-once may

    assert {(o.before.code, o.after.code) for o in second.overlay_homings.all()} == {(one.code, wider[1].code)}
    assert second.overlay_homings.count() == 5
    assert not stays.overlay_homings.exists()
    assert [row[1:] for row in moved_rows(second)] == [(one.code, wider[1].code)] * 5
    assert moved_by(second).count == 5
    assert moved_by(first).count == 5
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        second.overlay_homings.update(after=None)

    restored = restore_layer(first, by=None, now=later + timedelta(hours=1))
    run_waiting(later + timedelta(hours=1))
    assert [row[1:] for row in moved_rows(restored)] == [(wider[1].code, one.code)] * 5, "and back, with history"


def test_a_place_just_outside_by_its_own_error_stays_where_it_was_taken_in(layer, redrawn):
    _lon, lat = middle_of(0, 0)
    edge = place(longitude=ORIGIN[0] - 0.0002, latitude=lat, datum=Datum.CGCS2000, source="gps", accuracy_m=60, now=MONDAY)
    assert edge.grid.code.startswith("442000001001")
    newer, _entry = published(redrawn)
    run_waiting(TUESDAY)
    edge.refresh_from_db()
    assert (edge.grid.code[:12], edge.layer) == ("442000001001", newer)


def test_the_posts_of_a_grid_that_is_no_more_go_with_its_ground(layer, cells, areas):
    unit = found_unit(code="WEST", name="西街道", short_name="西", parent=None, kind=UnitKind.TOWN, on=MONDAY.date(), by=None, now=MONDAY)
    chief, member = (add_post(unit, kind=PostKind.INSPECTOR, title=title, by=None, now=MONDAY) for title in ("甲", "乙"))
    gone, heir = cells[1], cells[0]
    assign_post(chief, covers=gone.code, role="chief", on=MONDAY.date(), by=None, now=MONDAY)
    assign_post(member, covers=gone.code, role="member", on=MONDAY.date(), by=None, now=MONDAY)
    both = shapely.union(heir.geometry, gone.geometry)
    left = [NewCell(heir.code, heir.name, heir.community, both), *cells[2:]]
    publish_layer(kind="block", cells=left, by=None, now=TUESDAY)
    run_waiting(TUESDAY)
    served = {(one.post.title, one.covers, one.valid_to) for one in GridPost.objects.all()}
    assert {(title, covers) for title, covers, ended in served if ended is None} == {("甲", heir.code), ("乙", heir.code)}
    assert {covers for _title, covers, ended in served if ended is not None} == {gone.code}, "the days before stay readable"


def test_posts_follow_though_the_next_version_was_published_before_the_worker_came_by(layer, cells):
    unit = found_unit(code="WEST", name="西街道", short_name="西", parent=None, kind=UnitKind.TOWN, on=MONDAY.date(), by=None, now=MONDAY)
    chief = add_post(unit, kind=PostKind.INSPECTOR, title="甲", by=None, now=MONDAY)
    heir, gone = cells[0], cells[1]
    assign_post(chief, covers=gone.code, role="chief", on=MONDAY.date(), by=None, now=MONDAY)
    both = NewCell(heir.code, heir.name, heir.community, shapely.union(heir.geometry, gone.geometry))
    for name in ("并了", "又改了名"):
        publish_layer(kind="block", cells=[NewCell(both.code, name, both.community, both.geometry), *cells[2:]], by=None, now=TUESDAY)
    run_waiting(TUESDAY)
    assert {one.covers for one in GridPost.objects.filter(valid_to=None)} == {heir.code}
