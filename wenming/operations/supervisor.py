"""One parent for the web server and the worker: started together, restarted when one dies, stopped together.

It is one thread and knows nothing of Django, so that it stays small and has nothing of its own to lose: it waits for
output and for deaths, writes the first to rotating logs and answers the second with a restart after a growing pause.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from logging.handlers import RotatingFileHandler
from pathlib import Path

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
# Whoever lived this long was not dying at start: its next death is a new story and the pause begins small again.
SETTLED_SECONDS = 60.0
STOP_SECONDS = 15.0
LOG_BYTES = 10 * 1024 * 1024
LOG_FILES = 5

_PR_SET_PDEATHSIG = 1
# Loaded before any fork: between fork and exec a child should do as little as possible.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Ask the kernel to end this process when its parent is gone, even by `kill -9`. Linux only; elsewhere nothing."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def pause_before_restart(deaths_in_a_row: int) -> float:
    """Seconds to wait before the next start: 0.5, 1, 2, 4 … at most 30."""
    return min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** max(0, deaths_in_a_row - 1))


@dataclass
class Program:
    """One program to keep alive. `environment` is added to the supervisor's own."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)


class Supervisor:
    """Keeps programs alive until SIGINT or SIGTERM. `say` tells the person at the terminal what happened."""

    def __init__(self, programs: Sequence[Program], logs: Path, say: Callable[[str], None] = print) -> None:
        self._selector = selectors.DefaultSelector()
        self._children = [_Child(program, logs, self._selector) for program in programs]
        self._say = say
        self._stop_requests = 0

    def run(self, every_turn: Callable[[], None] = lambda: None) -> int:
        """Start everything, stay until told to stop, return the exit code. `every_turn` runs a few times a second."""
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, self._on_signal)
        try:
            while not self._stop_requests:
                self._start_whoever_is_due()
                self._listen(0.2)
                self._notice_deaths()
                every_turn()
        finally:
            self._stop_everybody()
        return 0

    def pids(self) -> dict[str, int]:
        """Who runs now, by program name."""
        return {child.program.name: child.process.pid for child in self._children if child.process is not None}

    def _on_signal(self, _number: int, _frame: object) -> None:
        self._stop_requests += 1

    def _start_whoever_is_due(self) -> None:
        for child in self._children:
            if child.process is None and time.monotonic() >= child.start_at:
                child.start()

    def _listen(self, seconds: float) -> None:
        for key, _events in self._selector.select(seconds):
            key.data.read()

    def _notice_deaths(self) -> None:
        for child in self._children:
            code = child.has_died()
            if code is None:
                continue
            pause = child.bury()
            self._say(f"{child.program.name} 已退出（{_how(code)}），{pause:g} 秒后重新启动。")
            self._say(f"{child.program.name} ended ({_how(code)}); starting it again in {pause:g} s.")
            for line in child.last_lines:
                self._say(f"    {line}")

    def _stop_everybody(self) -> None:
        """Ask nicely, wait, then insist. A second Ctrl-C insists at once."""
        asked = self._stop_requests
        deadline = time.monotonic() + STOP_SECONDS
        for child in self._children:
            child.ask_to_stop()
        while any(child.is_alive() for child in self._children):
            self._listen(0.1)
            if time.monotonic() > deadline or self._stop_requests > max(asked, 1):
                break
        for child in self._children:
            child.kill()


class _Child:
    """A program, its running process if any, and its log."""

    def __init__(self, program: Program, logs: Path, selector: selectors.BaseSelector) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.start_at = 0.0
        self.last_lines: deque[str] = deque(maxlen=12)
        self._deaths_in_a_row = 0
        self._started_at = 0.0
        self._unfinished_line = b""
        self._selector = selector
        self._log = _rotating_log(logs / f"{program.name}.log")

    def start(self) -> None:
        self._started_at = time.monotonic()
        self.last_lines.clear()
        # A session of its own: Ctrl-C reaches the supervisor alone, and the whole family can be ended by group.
        # preexec_fn is safe here because the supervisor has one thread.
        self.process = subprocess.Popen(
            self.program.command,
            env={**os.environ, **self.program.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        self._selector.register(self.process.stdout, selectors.EVENT_READ, self)

    def read(self) -> None:
        """Take over what the program printed; an end of file closes the ear, the death is noticed elsewhere."""
        assert self.process is not None
        assert self.process.stdout is not None
        try:
            piece = os.read(self.process.stdout.fileno(), 65536)
        except BlockingIOError:
            return
        if not piece:
            self._selector.unregister(self.process.stdout)
            return
        *lines, self._unfinished_line = (self._unfinished_line + piece).split(b"\n")
        for line in lines:
            self._keep(line)

    def _keep(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip()
        self.last_lines.append(text)
        self._log.info("%s", text)

    def has_died(self) -> int | None:
        return self.process.poll() if self.process is not None else None

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def bury(self) -> float:
        """Clear away a dead process and its orphans; return the pause before its successor starts."""
        self._let_go()
        lived = time.monotonic() - self._started_at
        self._deaths_in_a_row = 1 if lived > SETTLED_SECONDS else self._deaths_in_a_row + 1
        pause = pause_before_restart(self._deaths_in_a_row)
        self.start_at = time.monotonic() + pause
        return pause

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def kill(self) -> None:
        if self.process is not None:
            self._let_go()

    def _let_go(self) -> None:
        """End the family for good: a web server's own children would otherwise keep the port."""
        process, self.process = self.process, None
        assert process is not None
        assert process.stdout is not None
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        with contextlib.suppress(OSError):
            while piece := os.read(process.stdout.fileno(), 65536):
                self._unfinished_line += piece
        for line in self._unfinished_line.splitlines():
            self._keep(line)
        self._unfinished_line = b""
        with contextlib.suppress(KeyError):
            self._selector.unregister(process.stdout)
        process.stdout.close()


def _rotating_log(path: Path) -> logging.Logger:
    path.parent.mkdir(parents=True, exist_ok=True)
    log = logging.getLogger(f"wenming.supervised.{path}")
    log.setLevel(logging.INFO)
    log.propagate = False
    if not log.handlers:
        log.addHandler(RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8"))
    return log


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
