"""Fail or kill every system call of every act, one at a time: `python -m tests.faults.faultsweep [--sample N] [--seed S]`.

For each act a child performs it on a copy of one city under strace, and the n-th write, sync or read of it is answered
with SIGKILL or with an error of the disk. Afterwards a fresh process opens the city: every invariant holds, the whole
database is exactly as before the act or exactly as after it, and as after it when the act was acknowledged. A failed
act is tried again as people would, by the same process after an error, by the next one after a kill, and must then
come to exactly the same state as if nothing had happened.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.faults import stage
from tests.faults.city import (
    census,
    differences,
    people_of_the_city,
    replace_folder,
    scratch_folder,
    set_up,
    small_city_in,
)

# Which error of the disk each call is answered with, besides the kill.
ERRORS = {
    "pwrite64": "ENOSPC", "write": "ENOSPC", "ftruncate": "ENOSPC", "openat": "ENOSPC", "mkdir": "ENOSPC",
    "rename": "EIO", "fdatasync": "EIO", "fsync": "EIO", "pread64": "EIO", "unlink": "EIO",
}  # fmt: skip
KILL = "KILL"
# What follows the acknowledgement is SQLite's checkpoint when the last connection closes: the same after every act, so
# it is swept after these alone.
SWEPT_TO_THE_CLOSE = frozenset({"receive", "dispatch"})

# Done again, these change nothing. Anything else that turns out to be done although nobody was told so is left alone:
# people look before they act a second time, and a second act would be one.
ASKED_ANY_NUMBER_OF_TIMES = frozenset({"receive", "receive_with_photo", "collect", "react", "acknowledge"})


@dataclass(frozen=True)
class Point:
    """One fault: the n-th call of this name, during this act."""

    act: str
    call: str
    nth: int
    fault: str

    def options(self) -> list[str]:
        how = "signal=KILL" if self.fault == KILL else f"error={self.fault}"
        return ["-e", f"trace={self.call}", "-e", f"inject={self.call}:{how}:when={self.nth}"]


@dataclass
class Report:
    """What a sweep found. wrong: one sentence for each point at which a promise was broken."""

    seed: int
    acts: int = 0
    points_there_are: int = 0
    points_tried: int = 0
    kills: int = 0
    errors: int = 0
    left_before: int = 0
    left_after: int = 0
    acknowledged: int = 0
    tried_again: int = 0
    seconds: float = 0
    by_call: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def count(self, point: Point) -> None:
        self.points_tried += 1
        self.kills += point.fault == KILL
        self.errors += point.fault != KILL
        self.by_call[point.call] = self.by_call.get(point.call, 0) + 1


@dataclass(frozen=True)
class Look:
    """What a fresh process sees: the state of every table, broken promises, receipts that are there."""

    state: dict[str, str]
    violations: list[str]
    receipts: dict[str, str]

    def is_like(self, *others: Look) -> bool:
        return any(self.state == other.state for other in others)


class Sweep:
    """One city, copied anew for every point. `template` is never opened; `folder` is the one that Django serves."""

    def __init__(self, template: Path, folder: Path, report: Report) -> None:
        from tests.faults.acts import catalogue

        self.template, self.folder, self.report = template, folder, report
        self.acts = catalogue()
        self.log = folder.parent / "strace"
        self.before: dict[str, Look] = {}
        self.after: dict[str, Look] = {}

    def rehearse(self, name: str) -> list[Point]:
        """Perform the act undisturbed; learn every point it can fail at."""
        self.undisturbed(name)
        calls = list(stage.system_calls(self.log))
        if name not in SWEPT_TO_THE_CLOSE:
            # Two words are sent at the end: that it is done, and that the child ends.
            last_word = [place for place, call in enumerate(calls) if call == "sendto"][-2]
            calls = calls[:last_word]
        return list(points(name, Counter(calls)))

    def undisturbed(self, name: str) -> stage.Told:
        """Perform the act as it should be; learn how the city looks before and after."""
        self.fresh()
        self.before[name] = look()
        told = self.perform(name, None)
        self.after[name] = look()
        if not told.acknowledged or self.after[name].violations or self.after[name].is_like(self.before[name]):
            raise RuntimeError(f"{name} does not even work undisturbed: {told.words} {self.after[name].violations}")
        return told

    def try_point(self, point: Point) -> None:
        self.fresh()
        told = self.perform(point.act, point)
        seen = self._look(point)
        self._judge(point, told, seen, "")
        may_be_done_again = point.act in ASKED_ANY_NUMBER_OF_TIMES or seen.is_like(self.before[point.act])
        if point.fault == KILL and not told.acknowledged and may_be_done_again:
            self._try_again(point)

    def _try_again(self, point: Point) -> None:
        """The next process does what was never acknowledged."""
        self.report.tried_again += 1
        told = self.again(point.act)
        seen = self._look(point)
        if not seen.is_like(self.after[point.act]):
            self._wrong(point, f"tried again: {told.words}, differs in {self._off(point, seen)}")
        self._judge(point, told, seen, "tried again: ")

    def again(self, name: str) -> stage.Told:
        """Let the next process perform the act, undisturbed."""
        return stage.without_strace(self._play(name))

    def _judge(self, point: Point, told: stage.Told, seen: Look, when: str) -> None:
        before, after = seen.is_like(self.before[point.act]), seen.is_like(self.after[point.act])
        if not when:
            self.report.left_before += before
            self.report.left_after += after
            self.report.acknowledged += told.acknowledged
        if not (before or after):
            self._wrong(point, f"{when}neither before nor after: differs in {self._off(point, seen)}; {told.words}")
        if told.acknowledged and not after:
            self._wrong(point, f"{when}acknowledged and not there; {told.words}")
        if point.fault != KILL and not after:
            self._wrong(point, f"{when}did not recover by itself: {told.words}")
        for word in told.words:
            if word.startswith("receipt ") and seen.receipts.get(word.split()[1]) != word.split()[2]:
                self._wrong(point, f"{when}{word} is not in the city")
        for sentence in seen.violations:
            self._wrong(point, when + sentence)

    def _look(self, point: Point) -> Look:
        return look(self.before[point.act], self.after[point.act])

    def _off(self, point: Point, seen: Look) -> str:
        before, after = self.before[point.act].state, self.after[point.act].state
        return f"{differences(seen.state, before)} or {differences(seen.state, after)}"

    def fresh(self) -> None:
        """The city as it was before every act."""
        replace_folder(self.folder, self.template)

    def perform(self, name: str, point: Point | None) -> stage.Told:
        """Let a child perform the act; point: what goes wrong meanwhile."""
        options = ["-e", f"trace=sendto,{','.join(ERRORS)}"] if point is None else point.options()
        return stage.under_strace(self._play(name), options, self.log)

    def _play(self, name: str) -> stage.Play:
        from tests.faults.acts import needs_the_darkroom

        def play(wait_at_the_gate: Callable[[], None], say: stage.Say) -> None:
            from django.db import connection

            from wenming.evidence.sandbox.host import darkroom

            city = people_of_the_city()
            if needs_the_darkroom(name):
                darkroom().warm_up()
            wait_at_the_gate()
            # An error is met twice at most: once injected, once if it left something behind that it should not have.
            attempt(self.acts[name], city, say) or attempt(self.acts[name], city, say)
            connection.close()

        return play

    def _wrong(self, point: Point, sentence: str) -> None:
        self.report.wrong.append(f"{point.act} {point.call}#{point.nth} {point.fault}: {sentence}")


def points(act: str, calls: Counter[str]) -> Iterator[Point]:
    """Every call that the act makes, killed once and failed once."""
    for call, count in sorted(calls.items()):
        for nth in range(1, count + 1):
            if call in ERRORS:
                yield Point(act, call, nth, KILL)
                yield Point(act, call, nth, ERRORS[call])


def look(*known: Look) -> Look:
    """Open the city in a fresh process, as after a restart.

    known: states that were found whole before. In one of these only what the state leaves out is looked at again: the
    journal's hashes and the files.
    """

    def see() -> Look:
        from tests.faults import invariants
        from wenming.observations.models import Report as Handed

        receipts = dict(Handed.objects.values_list("receipt", "content_hash"))
        seen = Look(census(), [], receipts)
        checks = invariants.NOT_IN_THE_ROWS if known and seen.is_like(*known) else invariants.CHECKS
        return Look(seen.state, invariants.violations(checks), receipts)

    return stage.in_a_child(see)


def sweep(folder: Path, *, sample: int | None, seed: int, names: list[str], say: stage.Say) -> Report:
    """Try every point of these acts, or a sample spread over all of them. `folder` holds template and copies."""
    report, began, luck = Report(seed), time.monotonic(), random.Random(seed)
    stage_ = Sweep(folder / "template", folder / "city", report)
    found = {name: stage_.rehearse(name) for name in names}
    report.acts, report.points_there_are = len(names), sum(map(len, found.values()))
    for name, every in found.items():
        share = every if sample is None else luck.sample(every, min(len(every), max(1, sample // len(names))))
        for point in share:
            stage_.try_point(point)
            report.count(point)
        seconds = time.monotonic() - began
        say(f"{name}: {len(share)} of {len(every)} points, {len(report.wrong)} wrong so far, {seconds:.0f} s")
    report.seconds = round(time.monotonic() - began, 1)
    return report


def _spread(names: list[str], sample: int | None, luck: random.Random) -> list[str]:
    """All acts, or for a small sample so many that each is tried at six points: a rehearsal costs as much as three."""
    return names if sample is None else luck.sample(names, max(1, min(len(names), sample // 6)))


def attempt(act: object, city: object, say: stage.Say) -> bool:
    """Perform the act once and say how it went; whether it was done."""
    from tests.faults.acts import perform

    try:
        outcome = perform(act, city)  # type: ignore[arg-type]
    except Exception as error:
        say(f"failed {type(error).__name__}: {error}".replace("\n", " "))
        return False
    if hasattr(outcome, "content_hash"):
        say(f"receipt {outcome.number} {outcome.content_hash}")
    say("done")
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, help="so many points, spread over all acts; without it all of them")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--act", action="append", default=[], help="only this act; may be repeated")
    parser.add_argument("--city", type=Path, help="a migrated, empty city to copy instead of making one")
    options = parser.parse_args()
    from tests.faults.acts import catalogue

    with scratch_folder("faultsweep") as name:
        folder = Path(name)
        set_up(folder / "city")
        names = options.act or _spread(list(catalogue()), options.sample, random.Random(options.seed))
        small_city_in(folder / "template", options.city, only=names)
        say = lambda line: print(line, file=sys.stderr, flush=True)  # noqa: E731
        report = sweep(folder, sample=options.sample, seed=options.seed, names=names, say=say)
    print(json.dumps(asdict(report), ensure_ascii=False, indent=1))
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
