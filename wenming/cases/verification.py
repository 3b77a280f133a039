"""Do the records of cases still say what the journal says? Read-only; triggers keep edits out, this finds them (P6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wenming.journal.models import Entry

from .models import Case, CaseMove, Rating, RecheckDraw, Verification
from .rechecks import closed_in
from .rules.lifecycle import State
from .rules.rechecks import Quarter, drawn, population_hash, seed_of

AT_A_TIME = 500
Said = tuple[str, datetime, str, str, str, str]
"""Of one move: action, when, by whom, state before and after, the unit's code."""


@dataclass(frozen=True)
class Told:
    """One move as the journal tells it."""

    said: Said
    facts: dict[str, Any]

    @property
    def after(self) -> str:
        return self.said[4]


def broken_stories() -> Iterator[str]:
    """Every case whose moves or state differ from the journal's entries about it, one sentence each.

    The journal holds no free text, so a reason that was reworded is not found here.
    """
    for cases in _batches():
        told = _told({case.key: case.pk for case in cases})
        kept = _kept(cases)
        for case in cases:
            yield from _differences(case, kept.get(case.pk, {}), told.get(case.pk, {}))
        yield from _changed_verdicts(cases, told)
    yield from _changed_ratings()
    for draw in RecheckDraw.objects.order_by("pk"):
        yield from doubts_about(draw)
    opened, there = Entry.objects.filter(action="case.collect").count(), Case.objects.count()
    if opened != there:
        yield f"日志里收到过 {opened} 件案件，数据库里有 {there} 件"


def doubts_about(draw: RecheckDraw) -> list[str]:
    """Why a draw does not follow from the journal and from what was closed; empty when it can be drawn again.

    A case reopened since the draw is no longer closed: then only the seed and the lot itself are compared.
    """
    quarter, lot = (
        Quarter.of(draw.first_day),
        list(draw.rechecks.order_by("position").values_list("case__number", flat=True)),
    )
    doubts = []
    if seed_of(draw.head_hash, draw.town_code, quarter) != draw.seed:
        doubts.append(f"{draw} 的种子不是由日志第 {draw.head_seq} 条算出来的")
    numbers = list(closed_in(quarter).filter(town_code=draw.town_code).values_list("number", flat=True))
    same = population_hash(numbers) == draw.population_hash
    if lot != drawn(numbers if same else lot, draw.seed):
        doubts.append(f"{draw} 抽到的不是种子定下的那些")
    return doubts


def _differences(case: Case, kept: dict[int, Said], told: dict[int, Told]) -> Iterator[str]:
    for position in sorted(kept.keys() | told.keys()):
        if position not in told:
            yield f"案件 {case} 第 {position} 步，日志里没有"
        elif position not in kept:
            yield f"案件 {case} 第 {position} 步日志里有，案件里没有"
        elif kept[position] != told[position].said:
            yield f"案件 {case} 第 {position} 步与日志不一致"
    if not told:
        return
    newest = told[max(told)]
    if case.state != newest.after:
        yield f"案件 {case} 现在是 {case.state}，日志里最后一步之后是 {newest.after}"
    if case.closed_at != _closed_at(told):
        yield f"案件 {case} 的结案时间与日志不一致"
    if case.due_at != (case.duty.due_at if case.duty else None):
        yield f"案件 {case} 显示的时限与它的责任事项不一致"


def _closed_at(told: dict[int, Told]) -> datetime | None:
    """When it was closed last, unless it was reopened since. An appeal about a closed case leaves it closed."""
    found = None
    for _position, move in sorted(told.items()):
        action, at, _by, before, after, _unit = move.said
        if after == State.CLOSED != before:
            found = at
        elif action in {"case.reopen", "case.reopen-unsolved"}:
            found = None
    return found


def _changed_verdicts(cases: Sequence[Case], told: dict[int, dict[int, Told]]) -> Iterator[str]:
    """Verifications that say something else, or name somebody else, than the move that speaks of them."""
    for row in Verification.objects.filter(case__in=cases).select_related("by", "case"):
        spoken = [move for move in told.get(row.case_id, {}).values() if move.facts.get("verification") == row.pk]
        if [(*move.said[1:3], _holds(move)) for move in spoken] != [(row.at, row.by.username, row.holds)]:
            yield f"案件 {row.case} 的核查结果与日志不一致"


def _holds(move: Told) -> bool:
    """What the verifier found, as the act says it: 核实 states it, 核查通过, 复查到位 and 返工 are it."""
    return bool(move.facts.get("holds", move.said[0] in {"case.pass-verification", "case.reinspect"}))


def _changed_ratings() -> Iterator[str]:
    told = Entry.objects.filter(action="case.rated").values_list("about", "at", "facts")
    heard = Counter((about, at, facts["score"]) for about, at, facts in told)
    rows = Rating.objects.values_list("case__number", "at", "score")
    kept = Counter((f"case:{number}", at, score) for number, at, score in rows)
    for about, at, score in (heard - kept) + (kept - heard):
        yield f"{about.removeprefix('case:')} 在 {at:%Y-%m-%d %H:%M} 的评价 {score} 分与日志不一致"


def _kept(cases: Sequence[Case]) -> dict[int, dict[int, Said]]:
    """What the moves say, in the words in which the journal was told of them."""
    columns = ("case", "position", "act", "at", "by__username", "from_state", "to_state", "unit__code")
    stories: dict[int, dict[int, Said]] = {}
    rows = CaseMove.objects.filter(case__in=cases).values_list(*columns)
    for case, position, act, at, by, before, after, unit in rows:
        said = (CaseMove(act=act).action, at, by or "", before, after, unit or "")
        stories.setdefault(case, {})[position] = said
    return stories


def _told(cases: dict[str, int]) -> dict[int, dict[int, Told]]:
    """What the journal says of moves; {the journal's name of a case: its key}."""
    stories: dict[int, dict[int, Told]] = {}
    entries = Entry.objects.filter(about__in=cases, action__startswith="case.").order_by("seq")
    for about, action, at, by, facts in entries.values_list("about", "action", "at", "by", "facts"):
        if "move" in facts:
            # An act that left the state as it was says only where it is; the first of all came from nowhere.
            after = facts.get("after", "")
            before = facts.get("before", "" if action == "case.collect" else after)
            said = (action, at, by, before, after, facts.get("unit", ""))
            stories.setdefault(cases[about], {})[facts["move"]] = Told(said, facts)
    return stories


def _batches() -> Iterator[list[Case]]:
    last = 0
    while cases := list(Case.objects.filter(pk__gt=last).order_by("pk").select_related("duty")[:AT_A_TIME]):
        yield cases
        last = cases[-1].pk
