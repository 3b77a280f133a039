"""Are duplicates found? `python3 run.py bench duplicates --boston FOLDER [--cases N] [--pairs N]`.

The folder holds requests.parquet and duplicates_train.csv.gz (service_request_id, duplicate_of, component): pairs that
a city's staff marked by hand. The requests become cases of a throw-away city; each marked case is then asked for its
look-alikes by the product's own function. The weights are learned on four fifths of the groups of pairs and judged on
the fifth that was left out; the shipped weights are printed for comparison, and learned anew from all pairs with --learn.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import django
import numpy as np
import pyarrow.parquet

FOLDS = 5
PORTION = 5_000
COLUMNS = (
    "service_request_id", "service_name", "status", "requested_datetime", "updated_datetime", "lat", "long", "address",
    "description",
)  # fmt: skip
MOST_METRES, MOST_HOURS = 200, 60 * 24


@dataclass(frozen=True)
class Pair:
    """What staff marked: this one is the same as that one; pairs of one group never part between learning and judging."""

    one: str
    other: str
    group: str

    @property
    def fold(self) -> int:
        return hashlib.sha256(self.group.encode()).digest()[0] % FOLDS


@dataclass(frozen=True)
class Asked:
    """One marked case, what was found around it, where in the list the marked other stands (None: not found), and where in
    the product's own answer."""

    pair: Pair
    table: Any
    marked: int | None
    answered: int
    seconds: float
    processor_s: float


def main() -> None:
    options = _options()
    django.setup()
    pairs = marked_pairs(options.boston / "duplicates_train.csv.gz")
    keys = _bring_in(
        options.boston / "requests.parquet", options.cases, {each for p in pairs for each in (p.one, p.other)}
    )
    step = max(1, len(pairs) // options.pairs) if options.pairs else 1
    print(f"{len(keys):,} cases are in", flush=True)
    asked = [_ask(pair, keys) for pair in pairs[::step]]
    _tell(asked, len(keys))
    if options.learn:
        _tell_learned(asked)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py bench duplicates")
    parser.add_argument(
        "--boston", type=Path, required=True, help="folder with requests.parquet and duplicates_train.csv.gz"
    )
    parser.add_argument("--cases", type=int, help="so many of the requests beside the marked ones (default: all)")
    parser.add_argument("--pairs", type=int, help="so many of the marked pairs (default: all)")
    parser.add_argument("--learn", action="store_true", help="print weights learned from all pairs")
    return parser.parse_args()


def marked_pairs(file: Path) -> list[Pair]:
    """The pairs, without those that can only be staff's typing errors: kilometres or months apart."""
    with gzip.open(file, "rt") as rows:
        return [
            Pair(row["service_request_id"], row["duplicate_of"], row["component"]) for row in csv.DictReader(rows)
            if float(row["distance_m"] or "inf") <= MOST_METRES and abs(float(row["hours_apart"])) <= MOST_HOURS
        ]  # fmt: skip


# --- the requests as cases -------------------------------------------------------------------------------------------


def _bring_in(file: Path, most: int | None, wanted: set[str]) -> dict[str, int]:
    """{the request's number: its case}. Rows go in as they would stand after their life, without its records."""
    from django.db import transaction

    from wenming.engine.inserting import insert_all

    table = pyarrow.parquet.read_table(file, columns=list(COLUMNS))
    rows = [
        row for i, row in enumerate(_rows(table)) if most is None or row["service_request_id"] in wanted or i < most
    ]
    makers = _Makers([str(row["service_name"]) for row in rows])
    keys: dict[str, int] = {}
    for start in range(0, len(rows), PORTION):
        with transaction.atomic():
            made = [makers.make(row) for row in rows[start : start + PORTION]]
            for kind in zip(*made, strict=True):
                insert_all(kind)
        for row, (_place, _report, case, _link) in zip(rows[start : start + PORTION], made, strict=True):
            keys[row["service_request_id"]] = case.pk
    _analyse()
    return keys


def _rows(table: Any) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=PORTION):
        yield from batch.to_pylist()


def _analyse() -> None:
    """What the database's own upkeep would have learned by then about rows that came in all at once."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


class _Makers:
    """Placement, report, case and link of one request; kinds are as many as the file has services."""

    def __init__(self, services: Sequence[str]) -> None:
        from wenming.cases.models import Case, CaseReport
        from wenming.observations.models import Report
        from wenming.standards.models import ProblemType
        from wenming.territory.models import Placement

        types = ProblemType.objects.filter(scheme__is_current=True).order_by("pk")
        self.kind = dict(zip(dict.fromkeys(services), types, strict=False))
        self.models = (Placement, Report, Case, CaseReport)
        newest = [model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0 for model in self.models]
        self.next = max(newest)

    def make(self, row: dict[str, Any]) -> tuple[Any, Any, Any, Any]:
        placement_of, report_of, case_of, link_of = self.models
        self.next += 1
        at, number = row["requested_datetime"], self.next
        closed = max(row["updated_datetime"], at + timedelta(minutes=1)) if row["status"] == "closed" else None
        placement = placement_of(
            pk=number,
            longitude=row["long"],
            latitude=row["lat"],
            address=row["address"] or "",
            source="gps",
            created_at=at,
        )
        report = report_of(
            pk=number, receipt=f"b{number}", client_id=f"b{number}", channel="open311", text=(row["description"] or "")[:5000],
            problem_type=self.kind[row["service_name"]], placement=placement, seen_at=at, received_at=at, content_hash=f"{number:064x}",
        )  # fmt: skip
        case = case_of(
            pk=number, number=f"b{number}", title="-", channel="open311", problem_type=report.problem_type,
            placement=placement, opened_at=at, moved_at=closed or at, closed_at=closed, state="closed" if closed else "collected",
        )  # fmt: skip
        return placement, report, case, link_of(pk=number, case=case, report=report, added_at=at)


# --- asking ----------------------------------------------------------------------------------------------------------


def _ask(pair: Pair, keys: dict[str, int]) -> Asked:
    from wenming.cases.look_alikes import compared, look_alikes
    from wenming.cases.models import Case
    from wenming.cases.rules.likeness import features

    case = Case.objects.select_related("placement", "problem_type").get(pk=keys[pair.one])
    began, worked = time.perf_counter(), time.process_time()
    hints = look_alikes(case, among=Case.objects.all())
    seconds, processor_s = time.perf_counter() - began, time.process_time() - worked
    around = compared(case, among=Case.objects.all())
    places = {other.pk: index for index, other in enumerate(around.cases)}
    answered = next((place for place, hint in enumerate(hints) if hint.case.pk == keys[pair.other]), NOWHERE)
    marked = places.get(keys[pair.other])
    return Asked(pair, features(around.one, around.candidates), marked, answered, seconds, processor_s)


def _tell(asked: Sequence[Asked], cases: int) -> None:
    """The table of figures."""
    from wenming.cases.rules.likeness import WEIGHTS, fit

    unseen = [place for fold in range(FOLDS) for place in _judged(asked, fold, fit(_choices(asked, without=fold)))]
    shipped = [_place(each, WEIGHTS) for each in asked]
    nearest = [_place_by_distance(each) for each in asked]
    print(f"{len(asked):,} marked pairs, {cases:,} cases, candidates at most 200 m and 60 days away")
    print(f"median of {np.median([len(each.table) for each in asked]):.0f} candidates\n")
    print("| order | recall@1 | recall@5 | goal |\n|---|---|---|---|")
    for name, places, goal in (
        ("learned, judged on unseen groups of pairs", unseen, "≥ 0.68 and ≥ 0.96"),
        ("shipped weights (learned from all of these pairs)", shipped, ""),
        ("– as the product answers with them", [each.answered for each in asked], ""),
        ("the nearest first", nearest, ""),
    ):
        print(f"| {name} | {_recall(places, 1)} | {_recall(places, 5)} | {goal} |")
    print("\n| one question, goal ≤ 20 ms | median | p95 |\n|---|---|---|")
    for name, seconds in (("wall", [e.seconds for e in asked]), ("processor", [e.processor_s for e in asked])):
        print(f"| {name} | {np.median(seconds) * 1e3:.1f} ms | {np.percentile(seconds, 95) * 1e3:.1f} ms |", flush=True)


def _judged(asked: Sequence[Asked], fold: int, weights: Sequence[float]) -> list[int]:
    return [_place(each, weights) for each in asked if each.pair.fold == fold]


def _choices(asked: Sequence[Asked], *, without: int | None = None) -> list[tuple[Any, int]]:
    return [(each.table, each.marked) for each in asked if each.pair.fold != without and each.marked is not None]


NOWHERE = 10**9


def _place(each: Asked, weights: Sequence[float]) -> int:
    """How many stand before the marked one; a tie counts against it, as the reader cannot know."""
    return NOWHERE if each.marked is None else _before(each.table @ np.asarray(weights), each.marked)


def _place_by_distance(each: Asked) -> int:
    return NOWHERE if each.marked is None else _before(-each.table[:, 0], each.marked)


def _before(points: Any, marked: int) -> int:
    return int((points >= points[marked]).sum()) - 1


def _recall(places: Sequence[int], at: int) -> str:
    """The share found among the first, with a 95 % interval by resampling."""
    found = np.array(places) < at
    drawn = np.random.default_rng(0).choice(found, size=(1000, len(found))).mean(axis=1)
    return f"{found.mean():.3f} ({np.percentile(drawn, 2.5):.3f}–{np.percentile(drawn, 97.5):.3f})"


def _tell_learned(asked: Sequence[Asked]) -> None:
    from wenming.cases.rules.likeness import FEATURES, fit

    print("\nweights learned from all pairs:")
    for name, weight in zip(FEATURES, fit(_choices(asked)), strict=True):
        print(f"    {weight:.3f},  # {name}")


if __name__ == "__main__":
    main()
