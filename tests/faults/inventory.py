"""Which acts there are, and which of them the sweep performs: read from the code, so that no list of acts has to be kept.

An act is a public function (or method) of a room that writes to the journal, itself or through private functions of its
own, or that opens a transaction. Performed is what an act of the catalogue names where it acts, through the helpers of
the drills; what only makes ready for an act is not performed by it.
"""

from __future__ import annotations

import ast
import dis
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tests.faults.city import ROOT
from wenming.journal.services import LookFirst

ROOMS = ("responsibilities", "territory", "observations", "documents", "cases")
NO_ACTS = {"tests", "migrations", "management", "demo", "models", "rules"}
# What writes an entry, as the rooms name it. record_move is public because every verb of a case calls it.
WRITES = {"journal.record", "journal.record_many", "record_move", "transaction.atomic"}
WRITERS = {"wenming.cases.services.moving.record_move"}


# Acts of which every line is run by another one that is swept, and is in its transaction.
PART_OF = {
    "wenming.cases.rule_changes.publishing.put_in_force": "publish_draft",
    "wenming.cases.services.moving.move": "dispatch",
    "wenming.documents.services.issue": "issue_notice",
    "wenming.documents.services.record_service": "serve_notice",
    "wenming.observations.batches.keep_batch": "preview_components",
    "wenming.observations.batches.keep_verdicts": "judge_components",
    "wenming.observations.patrols.services.raise_patrol": "raise_patrols",
    "wenming.observations.reading_batches.keep_portion": "read_rows",
    "wenming.observations.row_imports.RowImport.by_other_columns": "judge_places",
    "wenming.observations.row_imports.RowImport.go_on": "decide_rows_later",
    "wenming.observations.row_imports.RowImport.preview": "preview_components",
    "wenming.responsibilities.relimits.move_clocks": "publish_draft",
    "wenming.responsibilities.rosters.services.keep_draft": "draw_up_roster",
    "wenming.responsibilities.rosters.services.publish": "publish_roster",
    "wenming.territory.grids.drafts.keep_signature": "sign_for",
    "wenming.territory.public_places.services.note_verified": "verify_place",
    "wenming.territory.public_places.services.register_places": "import_rows",
    "wenming.territory.public_places.services.take_back_places": "take_back_rows",
    "wenming.territory.services.place": "register_place",
    "wenming.territory.services.place_many": "import_rows",
    "wenming.territory.services.publish_layer": "publish_grids",
}
# Acts that no sweep performs, each with the reason.
TOPICS = "a topic names reports and changes none of them, by one helper in one transaction; no drill finds topics yet"
SPOTS = "a black spot is one row with its record, by one helper in one transaction; no drill finds spots yet"
OLD_REPORTS = "rows of another system, by portions: a worker stopped between two goes on (observations/tests/test_imports.py)"
DRAFTED = "one edit of a draft, which holds for nobody before `publish_draft`, and that is swept"
NOT_SWEPT = {
    "wenming.cases.imported.replay_history": "one step of a reaction to an import of old reports; asked again, it writes nothing twice",
    "wenming.cases.learning.suggesting.ask_confidence": "one row and its entry; nothing hangs on it",
    "wenming.cases.learning.suggesting.learn_types": "what was learned can be learned again from the same cases",
    "wenming.cases.photo_checks.services.judge_photo_hint": "one row and its entry; no drill lays two photographs beside one another yet",
    "wenming.cases.rule_changes.editing.draft_end_of_line": DRAFTED,
    "wenming.cases.rule_changes.editing.draft_stage_limit": DRAFTED,
    "wenming.cases.search.rebuild": "an index that can be made again; it writes no entry",
    "wenming.cases.services.exporting.note_export": "one entry and nothing else: it is there or it is not",
    "wenming.cases.services.places.follow_look": "a reaction in the worker's transaction with its mark",
    "wenming.cases.services.rechecks.draw_rechecks": "drawn by the clock, once a quarter by a constraint; drawn again after a kill",
    "wenming.cases.services.rechecks.find_recheck": "one finding for each recheck, around `reopen_unsolved`, which is swept; no drill draws rechecks",
    "wenming.cases.spots.finding.find_spots": SPOTS,
    "wenming.cases.spots.services.delist_spot": SPOTS,
    "wenming.cases.spots.services.dismiss_spot": SPOTS,
    "wenming.cases.spots.services.register_spot": SPOTS,
    "wenming.cases.spots.services.treat_spot": SPOTS,
    "wenming.cases.spots.services.watch_spot": SPOTS,
    "wenming.cases.topics.finding.find_topics": TOPICS,
    "wenming.cases.topics.finding.found": TOPICS,
    "wenming.cases.topics.services.dismiss_topic": TOPICS,
    "wenming.cases.topics.services.merge_topics": TOPICS,
    "wenming.cases.topics.services.propose_topic": TOPICS,
    "wenming.cases.topics.services.rename_topic": TOPICS,
    "wenming.cases.topics.services.restore_topic": TOPICS,
    "wenming.cases.topics.services.split_topic": TOPICS,
    "wenming.cases.topics.services.withdraw_proposal": TOPICS,
    "wenming.observations.door.knock": "counts knocks at a door; it writes no entry and may forget one",
    "wenming.observations.handing_in.receive_once": "replayed and killed from outside (tests/faults/test_replay.py, killstorm.py)",
    "wenming.observations.imports.bring_in_rows": OLD_REPORTS,
    "wenming.observations.imports.confirm": OLD_REPORTS,
    "wenming.observations.imports.save_mapping": OLD_REPORTS,
    "wenming.observations.imports.undo": OLD_REPORTS,
    "wenming.observations.imports.withdraw_row": OLD_REPORTS,
    "wenming.responsibilities.regridding.sign_for_opening": "writes by `keep_signature` alone, as `sign_for` does",
    "wenming.territory.areas.enter_areas": "read from files at the first start, whole or not at all, before anybody works",
    "wenming.territory.grids.rehoming.posts_follow": "ends and assigns posts by the two acts that are swept, in one transaction",
}


@dataclass(frozen=True)
class Function:
    """One function as its file shows it. names: what its body and its decorators name."""

    module: str
    name: str
    names: frozenset[str]

    @property
    def is_public(self) -> bool:
        return not any(part.startswith("_") for part in self.name.split("."))


def acts_there_are() -> set[str]:
    """`wenming.room.module.function` of every act of the rooms."""
    every = {f"{one.module}.{one.name}" for room in ROOMS for one in _that_write(room) if one.is_public}
    return every - WRITERS


def _that_write(room: str) -> list[Function]:
    paths = [path for path in sorted((ROOT / "wenming" / room).rglob("*.py")) if not NO_ACTS & {*path.parts, path.stem}]
    every = [one for path in paths for one in _functions(path)]
    found = [one for one in every if one.names & WRITES]
    while True:
        private = {(one.module, one.name.rpartition(".")[2]) for one in found if not one.is_public}
        more = [one for one in every if one not in found and any((one.module, name) in private for name in one.names)]
        if not more:
            return found
        found += more


def _functions(path: Path) -> Iterator[Function]:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")

    def walk(body: list[ast.stmt], inside: str) -> Iterator[Function]:
        for node in body:
            if isinstance(node, ast.ClassDef):
                yield from walk(node.body, f"{inside}{node.name}.")
            elif isinstance(node, ast.FunctionDef):
                yield Function(module, inside + node.name, frozenset(_names(node)))

    return walk(ast.parse(path.read_text(encoding="utf-8")).body, "")


def _names(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
            if isinstance(node.value, ast.Name):
                yield f"{node.value.id}.{node.attr}"


# --- what the sweep performs -----------------------------------------------------------------------------------------


def performed_by(do: Any) -> set[str]:
    """What of the application this function of a drill names, or what the drills' own functions that it names do."""
    found: set[str] = set()
    seen: set[int] = set()
    waiting = [do]
    while waiting:
        one = waiting.pop()
        if isinstance(one, LookFirst):
            waiting += [one.look, one.write]
        function = getattr(one, "__func__", one)  # a method that a module passes on as a function of its own
        function = getattr(function, "__wrapped__", function)
        if not isinstance(function, FunctionType) or id(function) in seen:
            continue
        seen.add(id(function))
        if function.__module__.startswith("wenming."):
            found.add(f"{function.__module__}.{function.__qualname__}")
        else:
            waiting += _named_in(function.__code__, _around(function))
    return found


def _around(function: FunctionType) -> dict[str, Any]:
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    return {**function.__globals__, **{name: cell.cell_contents for name, cell in cells}}


def _named_in(code: CodeType, around: Mapping[str, Any]) -> Iterator[Any]:
    """Every object that the code names: by a name from around it, by one it imports itself, as an attribute of a module."""
    known, last, module = dict(around), None, None
    for step in dis.get_instructions(code):
        if step.opname == "IMPORT_NAME":
            last = module = import_module(step.argval)
        elif step.opname == "IMPORT_FROM":
            last = getattr(module, step.argval, None) or import_module(f"{module.__name__}.{step.argval}")  # type: ignore[union-attr]
        elif step.opname.startswith("STORE_"):
            known[step.argval] = last
            last = None
        elif step.opname.startswith("LOAD_") and step.opname in {"LOAD_ATTR", "LOAD_METHOD"}:
            last = getattr(last, step.argval, None) if isinstance(last, ModuleType) else None
        elif step.opname in {"LOAD_GLOBAL", "LOAD_DEREF", "LOAD_FAST", "LOAD_CLOSURE"}:
            last = known.get(step.argval)
        elif isinstance(step.argval, CodeType):
            yield from _named_in(step.argval, known)
            last = None
        elif step.opname not in {"PRECALL", "CACHE", "PUSH_NULL"}:
            last = None
        if last is not None:
            yield last
