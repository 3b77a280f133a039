"""Cut the power at any moment: `python -m tests.faults.crashimg [--images N] [--seed S]`.

A child performs every act there is on a city, under strace, and says after each commit which journal entry it was. From
its writes and syncs the drill rebuilds what the disk may hold if the power had failed at that moment (tests/faults/
disk.py), opens it as a city, and looks for everything that had been acknowledged until then. As shipped nothing may be
missing. Two careless variants prove that the test can see: with synchronous=NORMAL it must find lost acknowledgements,
and with photographs that are not synced it must find rows without their files.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.faults import stage
from tests.faults.city import people_of_the_city, replace_folder, scratch_folder, set_up, small_city_in
from tests.faults.disk import STRACE_OPTIONS, Call, Disk, read_log

MORE_REPORTS = 12


@dataclass
class Losses:
    """What a number of images showed. lost: images in which something acknowledged was missing."""

    variant: str
    images: int = 0
    acknowledged: int = 0
    calls: int = 0
    lost: int = 0
    corrupt: int = 0
    broken: int = 0
    by_how: dict[str, int] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Recording:
    """One child's calls, and after how many of them which journal entry was acknowledged."""

    calls: list[Call]
    acknowledged: list[tuple[int, int, str]]


# {name: (synchronous, are blobs synced)}
VARIANTS = {"as shipped": ("FULL", True), "synchronous=NORMAL": ("NORMAL", True), "blobs not synced": ("FULL", False)}


def record(folder: Path, template: Path, variant: str, names: list[str]) -> Recording:
    """These acts on the city in `folder`, one after the other, and then a few more reports with photographs."""
    replace_folder(folder, template)
    log = folder.parent / "strace"
    told = stage.under_strace(_play(*VARIANTS[variant], names), STRACE_OPTIONS, log)
    if "end" not in told.words:
        raise RuntimeError(f"the child did not come to its end: {told.words[-3:]}")
    calls, acknowledged = [], []
    for call in read_log(log):
        if call.name != "sendto":
            calls.append(call)
        elif call.data.startswith(b"entry "):
            _entry, seq, digest = call.data.decode().split()
            acknowledged.append((len(calls), int(seq), digest))
    return Recording(calls, acknowledged)


def _play(synchronous: str, sync_blobs: bool, names: list[str]) -> stage.Play:
    def play(wait_at_the_gate: Callable[[], None], say: stage.Say) -> None:
        from django.db import connection

        from tests.faults.acts import MONDAY, catalogue, perform, receive
        from wenming.evidence import blob_store
        from wenming.evidence.sandbox.host import darkroom
        from wenming.journal.selectors import head

        city, acts = people_of_the_city(), catalogue()
        darkroom().warm_up()
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA synchronous={synchronous}")
        if not sync_blobs:
            blob_store._sync = lambda path: None
        wait_at_the_gate()
        for name in names:
            perform(acts[name], city)
            say("entry {} {}".format(*head()))
        for number in range(MORE_REPORTS):
            receive(f"more-{number}", MONDAY, photo_seed=100 + number if number % 2 else None)
            say("entry {} {}".format(*head()))
        connection.close()

    return play


def try_images(recording: Recording, folder: Path, template: Path, *, images: int, seed: int, variant: str) -> Losses:
    """So many crash images, at moments drawn by lot: half of them right after an acknowledgement."""
    found, luck = (
        Losses(variant, acknowledged=len(recording.acknowledged), calls=len(recording.calls)),
        random.Random(seed),
    )
    moments = sorted(_moment(recording, luck) for _ in range(images))
    disk, done = Disk(folder, template), 0
    disk.found_open(folder / "city.sqlite3-wal")
    for moment in moments:
        for call in recording.calls[done:moment]:
            disk.follow(call)
        done = moment
        how = luck.choice(Disk.HOW)
        found.by_how[how] = found.by_how.get(how, 0) + 1
        _put(disk.image(how, luck), folder)
        promised = [(seq, digest) for after, seq, digest in recording.acknowledged if after <= moment]
        _judge(found, f"call {moment}, {how} of the unsynced survived", folder, promised, whole="NORMAL" not in variant)
        found.images += 1
    return found


def _moment(recording: Recording, luck: random.Random) -> int:
    if luck.random() < 0.5:
        return luck.choice(recording.acknowledged)[0]
    return luck.randrange(len(recording.calls) + 1)


def _put(image: dict[str, bytes], folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in image.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _judge(found: Losses, where: str, folder: Path, promised: list[tuple[int, str]], *, whole: bool) -> None:
    """Count what is wrong with one image. whole: look at every invariant too, not only for what was acknowledged."""
    try:
        missing = _missing(folder / "city.sqlite3", promised)
    except sqlite3.DatabaseError as error:
        found.corrupt += 1
        found.examples.append(f"{where}: {error}")
        return
    if missing:
        found.lost += 1
        found.examples.append(f"{where}: {len(missing)} acknowledged entries are gone, the first is {missing[0]}")
    if whole and (sentences := stage.in_a_child(_violations)):
        found.broken += 1
        found.examples.append(f"{where}: {sentences[0]}")


def _missing(database: Path, promised: list[tuple[int, str]]) -> list[int]:
    with closing(sqlite3.connect(database)) as connection:
        if (verdict := connection.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(verdict)
        there = dict(connection.execute("SELECT seq, lower(hex(hash)) FROM journal_entry"))
    return [seq for seq, digest in promised if there.get(seq) != digest]


def _violations() -> list[str]:
    from tests.faults.invariants import violations

    return violations()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=1000, help="as shipped; a tenth as many of each careless variant")
    parser.add_argument("--acts", type=int, default=10_000, help="so many acts at most; without it all")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--city", type=Path, help="a migrated, empty city to copy instead of making one")
    options = parser.parse_args()
    from tests.faults.acts import some_of_them

    began, results = time.monotonic(), []
    with scratch_folder("crashimg") as name:
        template, folder = Path(name, "template"), Path(name, "city")
        set_up(folder)
        names = some_of_them(options.acts, random.Random(options.seed))
        small_city_in(template, options.city, only=names)
        for variant in VARIANTS:
            images = options.images if variant == "as shipped" else max(20, options.images // 10)
            recording = record(folder, template, variant, names)
            results.append(try_images(recording, folder, template, images=images, seed=options.seed, variant=variant))
            print(f"{variant}: {images} images, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    print(json.dumps([{**asdict(result), "examples": result.examples[:3]} for result in results], indent=1))
    shipped, careless, unsynced = results
    whole = shipped.lost == shipped.corrupt == shipped.broken == 0
    return 0 if whole and careless.lost and unsynced.broken else 1


if __name__ == "__main__":
    sys.exit(main())
