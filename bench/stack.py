"""The real stack of a city: the product's own command lines for web and worker, on a free port."""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from wenming.operations.serving import cores, free_port, programs

START_SECONDS = 60


@dataclass(frozen=True)
class Stack:
    """A served city. Processor time and memory are read from /proc, so this part needs Linux."""

    port: int
    roots: tuple[int, ...]

    def cpu_seconds(self) -> float:
        """Processor time used so far by the server and everything it started."""
        ticks = 0
        for process in self._processes():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                fields = _after_name(process)
                ticks += sum(map(int, fields[11:15]))  # own and waited-for children's, user and system
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """Proportional set size: shared pages are counted once, however many processes share them."""
        kib = 0
        for process in self._processes():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
                lines = (process / "smaps_rollup").read_text().splitlines()
                kib += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return kib / 1024

    def _processes(self) -> list[Path]:
        """The server, the worker, and everything they started."""
        parents = {int(each.name): _parent_of(each) for each in Path("/proc").glob("[0-9]*")}
        ours = set(self.roots)
        while found := {pid for pid, parent in parents.items() if parent in ours} - ours:
            ours |= found
        return [Path(f"/proc/{pid}") for pid in ours]


@contextlib.contextmanager
def stack(*, worker: bool = False, wait: bool = True) -> Iterator[Stack]:
    """Serve the city this process belongs to, as `python3 run.py` would; worker: with the background worker too."""
    port = free_port("127.0.0.1", None) or 0
    options = argparse.Namespace(host="127.0.0.1", port=port, workers=cores(), certificate=None, key=None)
    started = [_start(each.name, list(each.command)) for each in programs(options) if worker or each.name == "web"]
    try:
        if wait:
            _wait_for(port, started[0])
        yield Stack(port, tuple(process.pid for process in started))
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
        for process in started:
            _end(process)


def _start(name: str, command: list[str]) -> subprocess.Popen[bytes]:
    with (settings.CITY.logs / f"bench-{name}.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)


def _wait_for(port: int, web: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and web.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/bench/empty/")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError((settings.CITY.logs / "bench-web.log").read_text(errors="replace")[-4000:])


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(15)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _parent_of(process: Path) -> int:
    try:
        return int(_after_name(process)[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _after_name(process: Path) -> list[str]:
    """The fields of /proc/PID/stat from the third on; the second, a name, may hold spaces."""
    return (process / "stat").read_text().rpartition(")")[2].split()
