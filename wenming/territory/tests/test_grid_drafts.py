"""Redrawing: edits of a draft, the audit, exceptions that are signed for, publication, and the way back."""

from datetime import timedelta

import pytest
import shapely
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from wenming.journal.models import Entry
from wenming.journal.worker import run_waiting
from wenming.organisations.models import Account, UnitKind
from wenming.organisations.services import found_unit, open_account
from wenming.refusals import BadInput
from wenming.territory.grids import drafts
from wenming.territory.grids.differences import differences, what_would_move
from wenming.territory.grids.drafts import DraftClosed, DraftOvertaken
from wenming.territory.models import DraftStep, GridLayer
from wenming.territory.rules.coordinates import Datum
from wenming.territory.services import NewCell, place

from .conftest import MONDAY, ORIGIN, SIDE, middle_of, square

WEST = "442000001001001"
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def officer(db) -> Account:
    unit = found_unit(code="CWB", name="创文办", short_name="创文办", kind=UnitKind.OFFICE, parent=None, on=MONDAY.date(), by=None, now=MONDAY)
    return open_account(username="officer", display_name="陈一", role="office", unit=unit, password="Wenming-2026!", by=None, now=MONDAY)


@pytest.fixture
def draft(layer, officer):
    return drafts.open_draft("block", name="秋季调整", by=officer, now=MONDAY)


def across(row=0.5):
    y = ORIGIN[1] + row * SIDE
    return shapely.LineString([(ORIGIN[0] - SIDE, y), (ORIGIN[0] + 3 * SIDE, y)])


def split(draft, by, seen=0):
    return drafts.split_grid(draft, WEST, across(), seen=seen, by=by, now=MONDAY)


def test_a_split_grid_gets_a_code_of_its_own_and_the_layer_stays_clean(draft, officer):
    split(draft, officer)
    cells = drafts.cells_of(draft)
    assert sorted(cells)[:2] == [WEST, "442000001001002"]
    assert drafts.audit_draft(draft).may_be_published
    assert [step.act for step in draft.steps.all()] == ["split"]
    assert GridLayer.objects.count() == 1, "nothing is in force yet"


def test_a_border_moves_for_both_neighbours(draft, officer):
    drafts.reshape_grid(draft, WEST, square(0, 0, 0.7), seen=0, by=officer, now=MONDAY)
    cells = drafts.cells_of(draft)
    east = cells["442000001002001"].geometry
    assert east.symmetric_difference(square(0.7, 0, 1.3)).area < 1e-12
    found = drafts.audit_draft(draft).audit.findings
    assert {(one.fault.value, one.codes) for one in found} == {("stray", ("442000001002001",))}, "it left its community"


def test_every_step_can_be_taken_back(draft, officer):
    before = {code: shapely.normalize(cell.geometry).wkt for code, cell in drafts.cells_of(draft).items()}
    split(draft, officer)
    drafts.merge_grids(draft, WEST, ["442000001001002"], seen=1, by=officer, now=MONDAY)
    drafts.undo_step(draft, seen=2, by=officer, now=MONDAY)
    assert "442000001001002" in drafts.cells_of(draft)
    drafts.undo_step(draft, seen=3, by=officer, now=MONDAY)
    assert {code: shapely.normalize(cell.geometry).wkt for code, cell in drafts.cells_of(draft).items()} == before
    with pytest.raises(BadInput, match="没有可以撤销"):
        drafts.undo_step(draft, seen=4, by=officer, now=MONDAY)


def test_two_people_drawing_at_once_do_not_overwrite_one_another(draft, officer):
    split(draft, officer)
    with pytest.raises(DraftOvertaken):
        drafts.rename_grid(draft, WEST, "新名", seen=0, by=officer, now=MONDAY)


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda d, by: drafts.merge_grids(d, WEST, ["442000001002001"], seen=0, by=by, now=MONDAY), id="of two communities"),
        pytest.param(lambda d, by: drafts.split_grid(d, "1" * 15, across(), seen=0, by=by, now=MONDAY), id="a grid that is not there"),
        pytest.param(lambda d, by: drafts.redraw(d, {WEST: across()}, seen=0, by=by, now=MONDAY), id="a line for an area"),
        pytest.param(lambda d, by: drafts.move_point(d, (0, 0), (1, 1), seen=0, by=by, now=MONDAY), id="a point nobody has"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_leaves_nothing_behind(draft, officer, act):
    with pytest.raises(BadInput):
        act(draft, officer)
    assert not DraftStep.objects.exists()


def test_one_metre_torn_open_keeps_a_draft_from_publication_until_it_is_signed_for(draft, officer):
    metre = SIDE / 1113
    torn = {WEST: square(0, 0, 1 - metre / SIDE)}
    drafts.redraw(draft, torn, seen=0, by=officer, now=MONDAY)
    (sliver,) = [one for one in drafts.audit_draft(draft).open if one.fault.value == "sliver"]
    assert sliver.area_m2 == pytest.approx(1113, rel=0.1)
    with pytest.raises(BadInput, match="不能公布"):
        drafts.publish_draft(draft, by=officer, now=MONDAY)
    with pytest.raises(BadInput, match="为什么"):
        drafts.sign_for(draft, sliver.key, why=" ", by=officer, now=MONDAY)
    for one in drafts.audit_draft(draft).open:
        drafts.sign_for(draft, one.key, why="河道中线待测绘", by=officer, now=MONDAY)
    layer = drafts.publish_draft(draft, by=officer, now=MONDAY)
    assert layer.version == 2
    assert [one.why for one in draft.signed.all()] == ["河道中线待测绘"]
    assert Entry.objects.get(action="territory.fault-signed").facts["why"] == "河道中线待测绘"
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        draft.signed.update(why="改写")


def test_publication_moves_what_lies_there_and_can_be_undone_with_history(draft, officer, layer):
    lon, lat = middle_of(0, 0)
    thing = place(longitude=lon, latitude=lat + 0.3 * SIDE, datum=Datum.CGCS2000, source="map", now=MONDAY)
    split(draft, officer)
    before, after = drafts.cells_of_layer(layer), drafts.cells_of(draft)
    changed = differences(before, after)
    assert {(one.code, one.what) for one in changed} == {("442000001001002", "added"), (WEST, "moved")}
    home = next(code for code, cell in after.items() if cell.geometry.contains(shapely.Point(*thing.point)))
    moving = what_would_move(before, after)
    assert moving.count == (1 if home != WEST else 0)

    drafts.publish_draft(draft, by=officer, now=TUESDAY)
    run_waiting(TUESDAY)
    thing.refresh_from_db()
    assert thing.grid.code == home
    with pytest.raises(DraftClosed):
        split(draft, officer, seen=1)

    restored = drafts.restore_layer(layer, by=officer, now=TUESDAY + timedelta(hours=1))
    run_waiting(TUESDAY + timedelta(hours=1))
    thing.refresh_from_db()
    assert (restored.version, thing.grid.code, thing.layer_version) == (3, WEST, 3)
    assert differences(before, drafts.cells_of_layer(restored)) == []
    with pytest.raises(BadInput, match="现行"):
        drafts.restore_layer(restored, by=officer, now=TUESDAY)


def test_a_draft_over_an_older_version_is_not_published(draft, officer):
    other = drafts.open_draft("block", name="另一份", by=officer, now=MONDAY)
    split(other, officer)
    drafts.publish_draft(other, by=officer, now=MONDAY)
    split(draft, officer)
    with pytest.raises(DraftOvertaken, match="新的一版"):
        drafts.publish_draft(draft, by=officer, now=MONDAY)
    drafts.discard_draft(draft, by=officer, now=MONDAY)
    with pytest.raises(DraftClosed):
        drafts.discard_draft(draft, by=officer, now=MONDAY)


def test_a_strip_is_drawn_over_the_blocks(layer, areas, officer):
    draft = drafts.open_draft("strip", name="道路", by=officer, now=MONDAY)
    drafts.add_grid(draft, areas["442000001001"], square(0, 0.4, 1, 0.1), name="西坊大道", seen=0, by=officer, now=MONDAY)
    assert list(drafts.cells_of(draft)) == ["442000001001601"]
    assert drafts.publish_draft(draft, by=officer, now=MONDAY).kind == "strip"


def test_what_is_drawn_while_a_draft_is_audited_is_not_published_unseen(draft, officer, monkeypatch):
    """The audit takes seconds and holds no lock: an edit that comes in meanwhile stops the publication, whole."""
    honest = drafts.publish_layer

    def slow(**kwargs):
        drafts.rename_grid(draft, WEST, "新名", seen=1, by=officer, now=MONDAY)
        return honest(**kwargs)

    split(draft, officer)
    monkeypatch.setattr(drafts, "publish_layer", slow)
    with pytest.raises(DraftOvertaken):
        drafts.publish_draft(draft, by=officer, now=MONDAY)

    draft.refresh_from_db()
    assert draft.is_open
    assert draft.steps_count == 2
    assert GridLayer.objects.count() == 1, "no layer that nobody decided on is left behind"


def test_of_two_drafts_published_at_once_the_second_is_refused(draft, officer, monkeypatch):
    other = drafts.open_draft("block", name="另一份", by=officer, now=MONDAY)
    honest = drafts.publish_layer

    def slow(**kwargs):
        monkeypatch.setattr(drafts, "publish_layer", honest)
        drafts.publish_draft(other, by=officer, now=MONDAY)
        return honest(**kwargs)

    split(draft, officer)
    monkeypatch.setattr(drafts, "publish_layer", slow)
    with pytest.raises(DraftOvertaken):
        drafts.publish_draft(draft, by=officer, now=MONDAY)

    assert [layer.note for layer in GridLayer.objects.order_by("version")][1:] == ["另一份"]


def outline_grows(areas):
    """The city gets ground in the east that no grid of any version has."""
    city = areas["442000"]
    city.set_geometry(square(0, 0, 2.1, 2))
    city.save()


def published(draft, officer, now=MONDAY):
    draft.refresh_from_db()
    return drafts.publish_draft(draft, by=officer, now=now)


def test_going_back_signs_for_nothing_that_nobody_signed_for(draft, officer, layer, areas):
    drafts.rename_grid(draft, WEST, "新名", seen=0, by=officer, now=MONDAY)
    published(draft, officer)
    outline_grows(areas)
    with pytest.raises(BadInput, match="没有签认过"):
        drafts.restore_layer(layer, by=officer, now=TUESDAY)
    again = drafts.draft_of_version(layer, by=officer, now=TUESDAY)
    assert {one.fault.value for one in drafts.audit_draft(again).open} == {"unowned"}
    assert GridLayer.objects.count() == 2


def test_going_back_to_a_version_keeps_what_was_signed_for_with_it(draft, officer):
    drafts.redraw(draft, {WEST: square(0, 0, 1, 0.999)}, seen=0, by=officer, now=MONDAY)
    for one in drafts.audit_draft(draft).open:
        drafts.sign_for(draft, one.key, why="河道中线待测绘", by=officer, now=MONDAY)
    signed = published(draft, officer)
    mended = drafts.open_draft("block", name="补好", by=officer, now=MONDAY)
    drafts.redraw(mended, {WEST: square(0, 0)}, seen=0, by=officer, now=MONDAY)
    published(mended, officer)
    assert drafts.restore_layer(signed, by=officer, now=TUESDAY).version == 4


def test_a_code_names_one_grid_of_all_three_kinds(layer, areas, officer):
    draft = drafts.open_draft("strip", name="道路", by=officer, now=MONDAY)
    road = NewCell(WEST, "路", areas["442000001001"], square(0, 0.4, 1, 0.1))
    drafts.replace_grids(draft, "import", [road], instead_of=[], seen=0, by=officer, now=MONDAY)
    assert [(one.fault.value, one.codes) for one in drafts.audit_draft(draft).open] == [("code_clash", (WEST,))]
    with pytest.raises(BadInput, match="不能公布"):
        published(draft, officer)


def test_a_code_that_was_once_in_force_is_never_given_to_other_ground(draft, officer):
    split(draft, officer)
    published(draft, officer)
    merged = drafts.open_draft("block", name="合并", by=officer, now=MONDAY)
    drafts.merge_grids(merged, WEST, ["442000001001002"], seen=0, by=officer, now=MONDAY)
    published(merged, officer)
    again = drafts.open_draft("block", name="又切", by=officer, now=MONDAY)
    drafts.split_grid(again, WEST, across(0.2), seen=0, by=officer, now=MONDAY)
    assert "442000001001002" not in drafts.cells_of(again), "its posts and rosters meant other ground"
    assert "442000001001003" in drafts.cells_of(again)


def test_a_whole_version_comes_in_by_as_many_statements_as_one_grid(draft, officer, cells):
    told = []
    for number, some in enumerate((cells[:1], cells)):
        new = [NewCell(cell.code, f"{cell.name} {number}", cell.community, cell.geometry) for cell in some]
        with CaptureQueriesContext(connection) as asked:
            drafts.replace_grids(draft, "import", new, instead_of=[], seen=number, by=officer, now=MONDAY, knit=False)
        told.append(len(asked))
    assert told[0] == told[1]
    assert {cell.name[-1] for cell in drafts.cells_of(draft).values()} == {"1"}


def test_a_shape_that_crosses_itself_is_listed_and_breaks_no_page(draft, officer, layer, areas):
    """A file may be taken as it is: then the audit says what is wrong, and everything else goes on."""
    bow = shapely.Polygon([(113.38, 22.52), (113.39, 22.53), (113.39, 22.52), (113.38, 22.53)])
    broken = NewCell(WEST, "蝴蝶结", areas["442000001001"], bow)
    drafts.replace_grids(draft, "import", [broken], instead_of=[], seen=0, by=officer, now=MONDAY)
    before, after = drafts.cells_of_layer(layer), drafts.cells_of(draft)
    assert "invalid" in {one.fault.value for one in drafts.audit_draft(draft).open}
    assert [one.code for one in differences(before, after)] == [WEST]
    assert what_would_move(before, after).count == 0
    drafts.rename_grid(draft, WEST, "新名", seen=1, by=officer, now=MONDAY)
    drafts.split_grid(draft, "442000001002001", across(), seen=2, by=officer, now=MONDAY)
