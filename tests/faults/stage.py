"""One act, performed in a forked child under strace: what faultsweep and crashimg have in common.

The mother has loaded Django and opened nothing, so a fork is a fresh process in ten milliseconds. The child prepares
everything that is not part of the act (connection, rows, photographs to come), waits at a gate until strace holds it,
and then acts. What it says travels by `sendto`, which no drill tampers with.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import select
import signal
import socket
import subprocess
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 60.0
Say = Callable[[str], None]
# What a child does: `play(wait_at_the_gate, say)`.
Play = Callable[[Callable[[], None], Say], None]
_PR_SET_PTRACER = 0x59616D61
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass
class Told:
    """What a child said before it ended or was ended."""

    words: list[str] = field(default_factory=list)

    @property
    def acknowledged(self) -> bool:
        return "done" in self.words


def under_strace(play: Play, options: list[str], log: Path) -> Told:
    """Run `play` in a child; strace attaches with `options` while it waits at the gate.

    log: where strace writes. Raises TimeoutError when the child neither ends nor speaks for a minute.
    """
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        _be_the_child(play, theirs)
    theirs.close()
    try:
        return _attend(pid, ours, options, log)
    finally:
        ours.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)


def apart(play: Play) -> Told:
    """Run `play` in a child that nobody disturbs from outside, and that may not live to its end."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        _be_the_child(play, theirs)
    theirs.close()
    try:
        lines = _lines(ours)
        assert next(lines, "") == "ready"
        ours.send(b"!")
        return Told(list(lines))
    finally:
        ours.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)


def without_strace(play: Play) -> Told:
    """The same, undisturbed."""

    def ask() -> list[str]:
        words: list[str] = []
        play(lambda: None, words.append)
        return words

    return Told(in_a_child(ask))


def in_a_child(ask: Callable[[], Any]) -> Any:
    """The answer of a forked child: for looking at a city without the mother ever opening its database."""
    import pickle

    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        with os.fdopen(writing, "wb") as out:
            try:
                out.write(pickle.dumps(("", ask())))
            except BaseException:
                out.write(pickle.dumps((traceback.format_exc(), None)))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answers:
        wrong, answer = pickle.loads(answers.read())
    os.waitpid(pid, 0)
    if wrong:
        raise RuntimeError(wrong)
    return answer


def system_calls(log: Path) -> Iterator[str]:
    """The names of the system calls in a log of strace, in order."""
    for line in log.read_text(errors="replace").splitlines():
        if found := re.match(r"(?:\d+ +)?(\w+)\(", line):
            yield found[1]


def _be_the_child(play: Play, channel: socket.socket) -> None:
    try:
        os.setpgid(0, 0)
        # strace is our sibling, not our parent: where Yama is strict it may attach only when we say so.
        _LIBC.prctl(_PR_SET_PTRACER, ctypes.c_ulong(-1 & 0xFFFFFFFFFFFFFFFF), 0, 0, 0)

        def say(word: str) -> None:
            channel.send(word.encode() + b"\n")

        def wait_at_the_gate() -> None:
            say("ready")
            channel.recv(1)

        play(wait_at_the_gate, say)
        say("end")
    except BaseException:
        with contextlib.suppress(OSError):
            channel.send(b"broken " + repr(traceback.format_exc()).encode() + b"\n")
    finally:
        os._exit(0)


def _attend(pid: int, channel: socket.socket, options: list[str], log: Path) -> Told:
    told, lines = Told(), _lines(channel)
    first = next(lines, "")
    if first != "ready":
        raise RuntimeError(f"the child did not come to the gate: {first}")
    command = ["strace", "-o", str(log), "-p", str(pid), *options]
    strace = subprocess.Popen(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    assert strace.stderr is not None
    try:
        _wait_for_attachment(strace)
        channel.send(b"!")
        for line in lines:
            told.words.append(line)
        strace.wait(PATIENCE_SECONDS)
    finally:
        if strace.poll() is None:
            strace.kill()
        strace.stderr.close()
        strace.wait()
    if broken := [word for word in told.words if word.startswith("broken")]:
        raise RuntimeError(broken[0].encode().decode("unicode_escape", "replace"))
    return told


def _wait_for_attachment(strace: subprocess.Popen[bytes]) -> None:
    assert strace.stderr is not None
    said = strace.stderr.readline()
    if b"attached" not in said:
        raise RuntimeError(f"strace could not attach: {said.decode()}{strace.stderr.read().decode()}")


def _lines(channel: socket.socket) -> Iterator[str]:
    """What comes through the channel until the other end is gone."""
    rest, until = b"", time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if not select.select([channel], [], [], max(0.0, until - time.monotonic()))[0]:
            break
        piece = channel.recv(65536)
        if not piece:
            return
        *whole, rest = (rest + piece).split(b"\n")
        yield from (line.decode() for line in whole)
    raise TimeoutError("the child neither ended nor spoke")
