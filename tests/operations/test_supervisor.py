"""One parent, two programs: restarted when they die, gone when the parent is gone."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wenming.operations.supervisor import pause_before_restart

SUPERVISE = """
    import sys, pathlib
    from wenming.operations.supervisor import Program, Supervisor
    folder = pathlib.Path(sys.argv[1])
    command = [sys.executable, str(folder / "program.py"), str(folder)]
    raise SystemExit(Supervisor([Program("web", command), Program("worker", command)], folder / "logs").run())
"""
PROGRAM = """
    import os, pathlib, sys, time
    (pathlib.Path(sys.argv[1]) / "started").open("a").write(f"{os.getpid()}\\n")
    print("正在工作", flush=True)
    time.sleep(60)
"""


class Family:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "program.py").write_text(textwrap.dedent(PROGRAM))
        self.parent = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(SUPERVISE), str(folder)], stdout=subprocess.DEVNULL
        )

    def started(self) -> list[int]:
        path = self.folder / "started"
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def alive(self) -> list[int]:
        return [pid for pid in self.started() if is_running(pid)]


@pytest.fixture
def family(tmp_path: Path) -> Iterator[Family]:
    family = Family(tmp_path)
    until(lambda: len(family.alive()) == 2)
    yield family
    family.parent.kill()
    family.parent.wait()


def is_running(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False


def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_a_killed_program_is_started_again(family):
    victim = family.alive()[0]

    os.kill(victim, signal.SIGKILL)

    until(lambda: len(family.started()) == 3 and len(family.alive()) == 2)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_signal_stops_everything_cleanly(family, how):
    family.parent.send_signal(how)

    assert family.parent.wait(10) == 0
    assert family.alive() == []


def test_programs_do_not_outlive_a_parent_that_was_killed(family):
    family.parent.kill()

    until(lambda: family.alive() == [])


def test_what_a_program_prints_is_in_its_log(family):
    until(lambda: "正在工作" in (family.folder / "logs" / "web.log").read_text())


@pytest.mark.parametrize(
    ("deaths", "seconds"),
    [
        pytest.param(1, 0.5, id="the first death costs half a second"),
        pytest.param(4, 4.0, id="each next one doubles the pause"),
        pytest.param(50, 30.0, id="never longer than half a minute"),
    ],
)
def test_the_pause_before_a_restart_grows(deaths, seconds):
    assert pause_before_restart(deaths) == seconds
