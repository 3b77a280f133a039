"""`python3 run.py bench [NAME …] [--large] [--engine sqlite|postgres] [--quick]`: measure and print a table.

This process only prepares cities. Each benchmark runs in a process of its own, on a copy of a city of its own.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from datetime import date

from .cities import ROOT, City, copy_of
from .figures import HEADER


@dataclass(frozen=True)
class Benchmark:
    """What is measured, and on how large a city."""

    what: str
    size: str = "large"


BENCHMARKS = {
    "intake": Benchmark("a citizen's report through the real stack"),
    "status_change": Benchmark("a dispatch through the real stack, and every act on a case in process"),
    "case_list": Benchmark("a list of 100 cases for a unit and for the command centre"),
    "routing": Benchmark("from a point to its grid, its accountable unit and its deadline", "small"),
    "coverage": Benchmark("auditing a layer of 5,000 and of 200,000 grids for gaps and overlaps", "small"),
    "rosters": Benchmark("drawing up rosters of 24 groups for 30 days: seconds, and fairness beside the greedy way", "small"),
    "closure": Benchmark("the closure proof of the whole city", "small"),
    "tiles": Benchmark("tiles of the map with 100,000 places and as many components", "small"),
    "chain": Benchmark("appending to the journal and verifying it", "small"),
    "exports": Benchmark("a list of cases as a file: rows a second, and flat memory"),
    "footprint": Benchmark("disk per 100,000 cases, memory under load"),
    "desk": Benchmark("the dispatch desk with 5,000 waiting cases in Chromium", "small"),
    "pages": Benchmark("weight and speed of pages in Chromium", "small"),
}
# These read files that are not part of this repository (see bench/README.md), in a throw-away copy of the small city.
APART = {
    "real_input": "imports real exports",
    "suggestion": "how often is the suggested type right?",
    "duplicates": "are pairs that staff marked as the same found?",
    "black_spots": "do forecast spots catch what comes?",
    "photo_reuse": "are reused photos known again, and others left in peace?",
    "topics": "do the known large issues come out on top?",
}


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["faults"]:
        os.execv(sys.executable, [sys.executable, "-m", "tests.faults", *arguments[1:]])
    if arguments and arguments[0] in APART:
        return _on_files(*arguments)
    parser = _parser()
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    print(_where_and_when(options), flush=True)
    for name in options.names or BENCHMARKS:
        size = "small" if options.quick else BENCHMARKS[name].size
        print(f"\n### {name}: {BENCHMARKS[name].what}\n", flush=True)
        sizes = [size, "million"] if options.large and name in {"case_list", "exports", "footprint"} else [size]
        for each in sizes:
            if code := _measure(name, each, options):
                return code
    return 0


def _measure(name: str, size: str, options: argparse.Namespace) -> int:
    command = [sys.executable, "-m", "bench.inside", name, "--size", size, *(["--quick"] if options.quick else [])]
    with copy_of(size, options.engine) as city:
        print(f"City: {size}.\n\n{HEADER}", flush=True)
        return subprocess.run(command, env=city.variables(), cwd=ROOT).returncode


def _on_files(name: str, *given: str) -> int:
    """A fresh copy of the small city; file names mean what the caller's folder says."""
    arguments = [os.path.abspath(each) if os.path.exists(each) else each for each in given]
    command = [sys.executable, "-m", f"bench.{name}", *arguments]
    if "--own" in given:  # reads the city at --data, and writes nothing into it
        own = {**os.environ, "DJANGO_SETTINGS_MODULE": "wenming.settings", "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, env=own, cwd=ROOT).returncode
    with copy_of("small", "sqlite") as city:
        return subprocess.run(command, env=_in_production(city), cwd=ROOT).returncode


def _in_production(city: City) -> dict[str, str]:
    return {**city.variables(), "DJANGO_SETTINGS_MODULE": "wenming.settings"}


def _where_and_when(options: argparse.Namespace) -> str:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return (
        f"{date.today()}, commit {commit or 'unknown'}, {options.engine}, Python {platform.python_version()}, "
        f"{len(os.sched_getaffinity(0))} cores, load before {load}"
    )


def _parser() -> argparse.ArgumentParser:
    words = "\n".join(f"  {name:14} {one.what}" for name, one in BENCHMARKS.items())
    more = "\n".join(f"  {name:14} {what}" for name, what in APART.items())
    parser = argparse.ArgumentParser(
        prog="run.py bench",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"benchmarks:\n{words}\n{more}",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="all when none is named")
    parser.add_argument("--large", action="store_true", help="the case list at 1,000,000 cases too")
    parser.add_argument("--engine", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--quick", action="store_true", help="a small city and few repetitions: does it run at all?")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
