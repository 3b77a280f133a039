"""Kill whoever brings a file in, at any row, until it is in: `python -m tests.faults.importkills [--rows N] [--postgres]`.

A census of public places, a register of components, a layer of grids and a list of shops along a street come into one
city, and all but the grids are taken back again. A child does what the worker (or a person who presses again) does; it
is ended by SIGKILL before a statement
drawn by lot, and the next one goes on. When nothing is left to do, every row has come in exactly once.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import shapely

from tests.faults import stage
from tests.faults.acts import MONDAY
from tests.faults.city import make_empty_city, people_of_the_city, scratch_folder, set_up

# Portions so small that kills strike before, in and between them; what a portion is stays as it is.
ROWS_PER_TURN = 20
FIRST_SPREAD = 40
MAY_LOOK_FOR = timedelta(minutes=1)
_lives = [0]
LON, LAT, SIDE = 113.40, 22.52, 0.01


@dataclass(frozen=True)
class Job:
    """Something long. go_on: what a worker or a person does who finds it unfinished; left: how much there is still to do.

    wrong: what must not be so at the end, a sentence each.
    """

    name: str
    ready: Callable[[], object]
    go_on: Callable[[], object]
    left: Callable[[], int]
    wrong: Callable[[], Iterator[str]]


@dataclass
class Report:
    seed: int
    engine: str = ""
    rows: int = 0
    kills: dict[str, int] = field(default_factory=dict)
    seconds: float = 0
    wrong: list[str] = field(default_factory=list)


def run(*, rows: int, kills: int, seed: int) -> Report:
    """kills: of each job so many at least, as long as there is something left to be killed at."""
    luck, report, began = random.Random(seed), Report(seed, rows=rows), time.monotonic()
    stage.in_a_child(_found)
    report.engine = stage.in_a_child(_engine)
    for job in _jobs(rows):
        stage.in_a_child(job.ready)
        report.kills[job.name] = _until_it_is_done(job, kills, luck)
        report.wrong += [f"{job.name}: {sentence}" for sentence in stage.in_a_child(lambda job=job: [*job.wrong(), *_broken()])]
    report.seconds = round(time.monotonic() - began, 1)
    return report


def _until_it_is_done(job: Job, kills: int, luck: random.Random) -> int:
    """Kill before a statement drawn by lot, so early that a child rarely ends by itself, until nothing is left."""
    struck, spread, left = 0, FIRST_SPREAD, stage.in_a_child(job.left)
    while left:
        struck += _lives_until(job, luck.randint(1, spread) if struck < kills else None)
        before, left = left, stage.in_a_child(job.left)
        # A portion longer than the lives of its workers would never end.
        spread = spread * 2 if left == before else max(FIRST_SPREAD, spread * 3 // 4)
    return struck


def _lives_until(job: Job, statement: int | None) -> bool:
    """Go on with the job in a child that is killed before its n-th statement; whether it was."""
    _lives[0] += 1
    pid = os.fork()
    if pid == 0:
        try:
            _go_on(job, statement)
        finally:
            os._exit(0)
    _pid, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def _go_on(job: Job, statement: int | None) -> None:
    from django.db import connection

    said = 0

    def count(execute: Callable[..., Any], *statement_and_rest: Any) -> Any:
        nonlocal said
        said += 1
        if said == statement:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(*statement_and_rest)

    connection.ensure_connection()
    with connection.execute_wrapper(count):
        job.go_on()


# --- the jobs --------------------------------------------------------------------------------------------------------


def _jobs(rows: int) -> list[Job]:
    return [
        Job("places read", lambda: _places(rows), _work, _waiting_rows, lambda: _read_once(rows)),
        Job("places", lambda: _confirm(_imports("places"), "places.csv"), _work, _waiting_rows, _doubles_of_places),
        Job("components", lambda: _components(rows), _work, _waiting_rows, _doubles_of_components),
        Job("grids", lambda: _open_draft(rows), lambda: _bring_grids(rows), _grids_left, _doubles_of_grids),
        Job("premises", lambda: _premises(rows), _work, _waiting_rows, _doubles_of_premises),
        Job("premises taken back", lambda: _take_back("premises"), _work, _waiting_rows, _premises_not_back),
        Job("components taken back", lambda: _take_back("components"), _work, _waiting_rows, lambda: _not_back("components")),
        Job("places taken back", lambda: _take_back("places"), _work, _waiting_rows, lambda: _not_back("places")),
    ]


def _found() -> None:
    """The small city with ground to stand on."""
    from tests.faults.acts_beside import AREA_CODE
    from tests.faults.acts_territory import found_ground
    from wenming.cases.tests.story import found_small_city
    from wenming.territory.models import Area, Level

    found_small_city()
    Area.objects.create(
        code=AREA_CODE, level=Level.TOWN, name="东区街道", short_name="东区", kind="街道", valid_from=MONDAY.date() - timedelta(days=900)
    )
    found_ground(people_of_the_city())
    _work()


def _engine() -> str:
    from django.db import connection

    return str(connection.vendor)


def _places(rows: int) -> None:
    from wenming.observations import place_imports as imports
    from wenming.territory.rules.coordinates import Datum

    head = ("编号", "场所类别", "场所名称", "管理主体", "经度", "纬度")
    # Far enough apart that nobody is asked whether two are one; every fourth without a position of its own number.
    lines = [
        ("" if n % 4 == 3 else f"G-{n:05d}", "农贸市场", f"第{n}号市场", "", *_spot(n, rows)) for n in range(rows)
    ]  # fmt: skip
    imports.hand_in(_csv(head, lines), "places.csv", datum=Datum.CGCS2000, by=people_of_the_city().officer, now=MONDAY)


def _components(rows: int) -> None:
    from wenming.observations import component_imports as imports
    from wenming.standards.models import Scheme
    from wenming.territory.rules.coordinates import Datum

    kind = people_of_the_city().manhole.name
    head = ("标识码", "小类", "权属单位", "状态", "经度", "纬度", "位置")
    lines = [(f"442000010100{n:04d}", kind, "环卫处", "完好", *_spot(n, rows), "民权路") for n in range(1, rows + 1)]
    by, scheme = people_of_the_city().officer, Scheme.objects.get(is_current=True)
    imports.preview(_csv(head, lines), "components.csv", datum=Datum.CGCS2000, scheme=scheme, by=by, now=MONDAY)
    _confirm(imports, "components.csv")


def _premises(rows: int) -> None:
    """One shop beside the other along both sides of the street; every fourth has no piece of the edge."""
    from wenming.observations import premises_imports as imports
    from wenming.territory.models import ManagedStreet
    from wenming.territory.rules.coordinates import Datum

    head = ("店铺名称", "道路", "方位", "起点", "止点", "经度", "纬度")
    street = ManagedStreet.objects.get(code="DQ-001")
    wide = 2 * street.length_cm // (rows + 4)
    lines = []
    for n in range(rows):
        side, since = ("左", "右")[n % 2], n // 2 * wide
        lon = round(LON + 0.001 + n // 2 * 2 * 0.0038 / (rows + 4), 7)
        lat = round(LAT + 0.005 + (0.0001 if side == "左" else -0.0001), 7)
        edge = ("", "", "", "") if n % 4 == 3 else (street.name, side, since / 100, (since + wide) / 100)
        lines.append((f"第{n}号店", *edge, lon, lat))
    by = people_of_the_city().officer
    imports.preview(_csv(head, lines), "premises.csv", datum=Datum.CGCS2000, depth_m=3, boundary="墙基到路缘石", by=by, now=MONDAY)
    _confirm(imports, "premises.csv")


def _csv(head: tuple[str, ...], lines: list[tuple[Any, ...]]) -> bytes:
    return "\n".join(",".join(map(str, line)) for line in (head, *lines)).encode()


def _imports(kind: str) -> Any:
    from wenming.observations import component_imports, place_imports, premises_imports

    return {"places": place_imports, "components": component_imports, "premises": premises_imports}[kind]


def _confirm(imports: Any, name: str) -> None:
    from wenming.observations.models import ImportBatch

    by, batch = people_of_the_city().officer, ImportBatch.objects.get(file_name=name)
    imports.decide(batch, accept=True, rows=None, by=by, now=MONDAY)
    imports.confirm(batch, by=by, now=MONDAY)


def _spot(n: int, rows: int) -> tuple[float, float]:
    across = int(rows**0.5) + 2
    step = SIDE * 0.9 / across
    return round(LON + 0.0005 + (n % across) * step, 7), round(LAT + 0.0005 + (n // across) * step, 7)


def _work() -> None:
    """What the worker does, in small portions. Each comes by when the minute is over that the one before had taken to look."""
    from django.utils import timezone

    from wenming.journal.worker import run_waiting
    from wenming.observations import component_imports, place_imports, premises_imports, reading_batches

    for each in (component_imports, place_imports, premises_imports, reading_batches):
        each.ROWS_PER_TURN = ROWS_PER_TURN  # type: ignore[attr-defined]
    while run_waiting(timezone.now() + 2 * _lives[0] * MAY_LOOK_FOR):
        pass


def _waiting_rows() -> int:
    """Rows that have not come to their end, and reactions that somebody has still to carry out."""
    from wenming.journal.models import Reaction
    from wenming.observations.models import ImportBatch, ImportRow

    unfinished = ImportRow.objects.filter(batch__state="running", state__in=["ready", "warned"])
    undone = ImportRow.objects.filter(batch__state="undone", state="done")
    return (unfinished | undone).count() + Reaction.objects.filter(done_at=None).count() + ImportBatch.objects.filter(state="running").count()


def _read_once(rows: int) -> Iterator[str]:
    from wenming.observations.models import ImportBatch, ImportPiece

    batch = ImportBatch.objects.get(file_name="places.csv")
    positions = Counter(batch.rows.values_list("position", flat=True))
    if batch.state != "previewed" or sorted(positions) != list(range(2, rows + 2)):
        yield f"{len(positions)} of {rows} rows were read, the batch is {batch.state}"
    yield from _more_than_one("row", positions.elements())
    if ImportPiece.objects.exists():
        yield "the file was not put away"


def _doubles_of_places() -> Iterator[str]:
    from wenming.territory.models import Place, PlaceEdition

    yield from _unlike("places", Place.objects.count(), "places.csv")
    yield from _more_than_one("number", Place.objects.values_list("number", flat=True))
    yield from _more_than_one("edition", PlaceEdition.objects.values_list("place", flat=True))


def _doubles_of_components() -> Iterator[str]:
    from wenming.territory.models import Component, ComponentEdition

    yield from _unlike("components", Component.objects.count(), "components.csv")
    yield from _more_than_one("edition", ComponentEdition.objects.values_list("component", flat=True))


def _doubles_of_premises() -> Iterator[str]:
    from wenming.territory.models import EdgeStretch, Premises

    yield from _unlike("premises", Premises.objects.count(), "premises.csv")
    yield from _more_than_one("number", Premises.objects.values_list("number", flat=True))
    yield from _more_than_one("name", Premises.objects.values_list("name", flat=True))
    yield from _more_than_one("stretch of", EdgeStretch.objects.values_list("premises", flat=True))
    if not EdgeStretch.objects.filter(valid_to=None).exists():
        yield "no piece of the edge came in"


def _premises_not_back() -> Iterator[str]:
    from django.db.models import F

    from wenming.journal.models import Entry
    from wenming.observations.models import ImportBatch
    from wenming.territory.models import EdgeStretch, Premises

    states = Counter(ImportBatch.objects.get(file_name="premises.csv").rows.values_list("state", flat=True))
    if set(states) != {"undone"}:
        yield f"rows ended as {dict(states)}"
    if standing := Premises.objects.exclude(closed_on=F("opened_on")).count():
        yield f"{standing} premises stand still"
    if held := EdgeStretch.objects.exclude(valid_to=F("valid_from")).count():
        yield f"{held} pieces of the edge are held still"
    yield from _more_than_one("taking back of", Entry.objects.filter(action="frontage.premises-taken-back").values_list("about", flat=True))


def _unlike(what: str, there: int, name: str) -> Iterator[str]:
    from wenming.observations.models import ImportBatch

    batch = ImportBatch.objects.get(file_name=name)
    states = Counter(batch.rows.values_list("state", flat=True))
    if set(states) != {"done"} or batch.state != "done":
        yield f"rows ended as {dict(states)}, the batch as {batch.state}"
    if there != states["done"]:
        yield f"{there} {what} of {states['done']} rows"


def _more_than_one(what: str, values: Any) -> Iterator[str]:
    yield from (f"{what} {value} is there {many} times" for value, many in Counter(values).items() if many > 1)


def _open_draft(_rows: int) -> None:
    from wenming.territory.grids.drafts import open_draft

    open_draft("block", name="killed", by=people_of_the_city().officer, now=MONDAY)


def _bring_grids(rows: int) -> None:
    """Whoever finds the file not taken in takes it in; finds the draft not published, publishes it; then the worker rehomes."""
    from wenming.territory.grids import drafts
    from wenming.territory.models import Area, GridDraft
    from wenming.territory.services import NewCell

    draft, by = GridDraft.objects.get(name="killed"), people_of_the_city().officer
    if not draft.steps_count:
        cells = []
        for home in Area.objects.filter(level="community").order_by("code"):
            west, south, east, north = home.geometry.bounds
            many, high = max(1, min(rows, 500)), (north - south) / max(1, min(rows, 500))
            for n in range(many):
                edges = [round(south + k * high, 7) for k in (n, n + 1)]
                cells.append(NewCell(f"{home.code}{n + 1:03d}", f"第{n + 1}网格", home, shapely.box(west, edges[0], east, edges[1])))
        was = list(drafts.cells_of(draft))
        draft = drafts.replace_grids(draft, "import", cells, instead_of=was, seen=0, by=by, now=MONDAY).draft
    if draft.is_open:
        drafts.publish_draft(draft, by=by, now=MONDAY)
    _work()


def _grids_left() -> int:
    from wenming.journal.models import Reaction
    from wenming.territory.models import GridDraft

    draft = GridDraft.objects.get(name="killed")
    return (not draft.steps_count) + draft.is_open + Reaction.objects.filter(done_at=None).count()


def _doubles_of_grids() -> Iterator[str]:
    from wenming.territory.homes import base_layer
    from wenming.territory.models import Grid, GridLayer, Placement, PlacementHoming

    layer = base_layer()
    unpublished = Grid.objects.filter(layer__published_at=None).count()
    if unpublished or GridLayer.objects.filter(kind="block").count() != 2:
        yield f"{GridLayer.objects.filter(kind='block').count()} layers, {unpublished} grids of a layer that nobody published"
    if adrift := Placement.objects.filter(longitude__isnull=False).exclude(layer=layer).count():
        yield f"{adrift} positions are not homed by the new layer"
    homings = PlacementHoming.objects.filter(layer=layer).values_list("placement", flat=True)
    yield from _more_than_one("homing of", homings)


def _take_back(kind: str) -> None:
    from wenming.observations.models import ImportBatch

    _imports(kind).undo(ImportBatch.objects.get(file_name=f"{kind}.csv"), by=people_of_the_city().officer, now=MONDAY + timedelta(days=1))


def _not_back(kind: str) -> Iterator[str]:
    from wenming.observations.models import ImportBatch
    from wenming.territory.models import Component, ComponentEdition, Place, PlaceEdition

    states = Counter(ImportBatch.objects.get(file_name=f"{kind}.csv").rows.values_list("state", flat=True))
    if set(states) != {"undone"}:
        yield f"rows ended as {dict(states)}"
    things, editions = (Place, PlaceEdition) if kind == "places" else (Component, ComponentEdition)
    if standing := things.objects.exclude(standing="withdrawn").count():
        yield f"{standing} {kind} stand still"
    told = Counter(editions.objects.values_list("place" if kind == "places" else "component", flat=True))
    yield from (f"one of the {kind} has {many} editions" for many in told.values() if many != 2)


def _broken() -> list[str]:
    from tests.faults import invariants

    return invariants.violations()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--kills", type=int, default=100, help="of each job at most so many")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own")
    parser.add_argument("--city", type=Path, help="a migrated, empty city to fill instead of making one")
    options = parser.parse_args()
    if options.postgres:
        from tests.faults.own_postgres import again_on_its_own

        return again_on_its_own("importkills")
    with scratch_folder("importkills") as name:
        folder = options.city or Path(name) / "city"
        if not options.city:
            make_empty_city(folder, os.environ.get("DATABASE_URL", ""))
        set_up(folder)
        report = run(rows=options.rows, kills=options.kills, seed=options.seed)
    print(json.dumps(asdict(report), ensure_ascii=False, indent=1))
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
