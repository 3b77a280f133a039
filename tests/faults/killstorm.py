"""kill -9 everything, again and again, while people work: `python -m tests.faults.killstorm [--kills N] [--seed S]`.

A city is served as always (web server with two workers, worker), eight outside clients report and take cases further
through its doors (tests/faults/outside.py) and keep a log of what was promised to them. A killer takes web workers, the
whole web server, and the worker, each time after something new was promised, at a random moment of the next requests.
At the end everything in the log must be in the city, every invariant must hold, and nothing may be there twice.
With --postgres the city stands on a PostgreSQL of its own, which is killed and restarted too.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.city import ROOT, make_empty_city, replace_folder
from tests.faults.own_postgres import OwnPostgres
from tests.running_city import City

LATEST_SECONDS = 20.0
MOST_PROMISES_BETWEEN = 12
TARGETS = {"web worker": 12, "web server": 3, "worker": 5}


@dataclass
class Storm:
    """What a storm did and found."""

    engine: str
    seed: int
    kills: dict[str, int] = field(default_factory=dict)
    seconds: float = 0
    promised: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    restart_seconds: dict[str, float] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


class Killer:
    """Ends processes without a word, and starts them again where nobody else does."""

    def __init__(self, city: City, log: Path, luck: random.Random, database: OwnPostgres | None) -> None:
        self.city, self.log, self.luck, self.database = city, log, luck, database
        self.kills: Counter[str] = Counter()
        self.restarts: list[float] = []
        self.targets = TARGETS | ({"database": 1} if database else {})

    def strike(self) -> None:
        """Wait until a few new things are promised, then a moment more, then kill."""
        self._wait_for_promises(self.luck.randint(1, MOST_PROMISES_BETWEEN))
        time.sleep(self.luck.uniform(0, 0.3))
        target = self.luck.choices(list(self.targets), list(self.targets.values()))[0]
        {
            "web worker": self._web_worker,
            "web server": self._web_server,
            "worker": self._worker,
            "database": self._database,
        }[target]()
        self.kills[target] += 1

    def _web_worker(self) -> None:
        assert self.city.web is not None
        if children := _children(self.city.web.pid):
            with suppress(ProcessLookupError):
                os.kill(self.luck.choice(children), signal.SIGKILL)
        # Granian gives up when a fresh worker dies at once; in a city the supervisor starts it again.
        if self.city.web.poll() is not None:
            self._web_server()

    def _web_server(self) -> None:
        with suppress(ProcessLookupError):
            self.city.kill_web()
        began = time.monotonic()
        self.city.start_web(workers=2)
        self.restarts.append(time.monotonic() - began)

    def _worker(self) -> None:
        self.city.kill_worker()
        self.city.start_worker("--pause", "0.05")

    def _database(self) -> None:
        assert self.database is not None
        if self.luck.random() < 0.5:
            self.database.kill()
            self.database.start()
        else:
            self.database.restart()

    def _wait_for_promises(self, wanted: int) -> None:
        before, until = _lines(self.log), time.monotonic() + LATEST_SECONDS
        while _lines(self.log) < before + wanted and time.monotonic() < until:
            time.sleep(0.02)


def storm(
    city: City, *, kills: int, seconds: float, seed: int, log: Path, least: int = 0, database: OwnPostgres | None = None
) -> Storm:
    """Everything of the module's first paragraph, on a migrated, empty city: `kills`, or as many as come within
    `seconds`, but `least` of them however long a busy machine takes.
    """
    report, began = Storm("postgres" if city.database_url else "sqlite", seed), time.monotonic()
    plan = ask_keeper(city, "fill")
    city.start_web(workers=2)
    city.start_worker("--pause", "0.05")
    outside = _open_the_doors(city, plan, log, seed)
    killer = Killer(city, log, random.Random(seed), database)
    try:
        for number in range(kills):
            if number >= least and time.monotonic() - began > seconds:
                break
            killer.strike()
            if number % 25 == 24:
                print(
                    f"{number + 1} kills, {_lines(log)} promises, {time.monotonic() - began:.0f} s",
                    file=sys.stderr,
                    flush=True,
                )
            if outside.poll() is not None:
                raise RuntimeError("the clients ended by themselves")
        outside.terminate()
        outside.wait(60)
    finally:
        outside.kill()
    report.kills, report.seconds = dict(killer.kills), round(time.monotonic() - began, 1)
    if restarts := sorted(killer.restarts):
        report.restart_seconds = {"median": round(restarts[len(restarts) // 2], 2), "longest": round(restarts[-1], 2)}
    return _settle(city, report, log)


def _settle(city: City, report: Storm, log: Path) -> Storm:
    """Let the worker finish what waits, stop everything, and compare the log with the city."""
    city.stop()
    # What a killed worker was looking at need not be waited for in a drill.
    ask_keeper(city, "a-minute-later")
    city.manage("work", "--once")
    found = ask_keeper(city, "compare", str(log))
    for line in map(json.loads, log.read_text().splitlines()):
        if line["kind"] in {"report", "move"}:
            name = line.get("door") or line["noun"]
            report.promised[name] = report.promised.get(name, 0) + 1
        else:
            name = f"{line.get('door') or line['noun']} {line['status']}"
            report.refused[name] = report.refused.get(name, 0) + 1
    report.wrong, report.found = found.pop("wrong"), found
    return report


def _open_the_doors(city: City, plan: Any, log: Path, seed: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.faults.outside", city.url, str(log), str(seed)]
    clients = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE)
    assert clients.stdin is not None
    clients.stdin.write(json.dumps(plan).encode())
    clients.stdin.close()
    return clients


def ask_keeper(city: City, verb: str, *arguments: str) -> Any:
    """What tests/faults/keeper.py says about the city, in a process of its own."""
    command = [sys.executable, "-m", "tests.faults.keeper", verb, *arguments]
    done = subprocess.run(command, env=city.variables(), cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def _children(pid: int) -> list[int]:
    with suppress(FileNotFoundError, ProcessLookupError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--postgres", action="store_true", help="on a PostgreSQL of its own, killed and restarted as well"
    )
    parser.add_argument("--city", type=Path, help="a migrated, empty SQLite city to copy instead of making one")
    parser.add_argument("--seconds", type=float, default=7200, help="no new kill after this long")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wenming-killstorm-") as name, ExitStack() as at_the_end:
        folder = Path(name)
        database = None
        if options.postgres:
            database = OwnPostgres(folder / "postgres")
            at_the_end.callback(database.remove)
            database.make_database()
        city = City(folder / "city", database.url if database else "")
        at_the_end.callback(city.stop)
        _found(city, options.city)
        report = storm(
            city,
            kills=options.kills,
            seconds=options.seconds,
            seed=options.seed,
            log=folder / "promised.jsonl",
            database=database,
        )
    print(json.dumps(asdict(report), ensure_ascii=False, indent=1))
    return 1 if report.wrong else 0


def _found(city: City, empty: Path | None) -> None:
    if empty is not None:
        replace_folder(city.folder, empty)
    else:
        make_empty_city(city.folder, city.database_url)
    (city.folder / "logs").mkdir(exist_ok=True)


if __name__ == "__main__":
    sys.exit(main())
