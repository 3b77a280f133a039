"""Cities with real processes, for tests that kill, restart, race or look with a browser.

`fresh_city_folder`   a migrated, empty city that nobody serves
`demo_city_folder`    the same with the small demo city in it
`running_city`        a demo city served on a free port, this test's alone: break it as you like
`shared_city`         one served demo city for all tests of a worker: look, report, but do not break

The migrated and filled folders are made once for a whole run and copied: in the journal and other append-only tables
nothing can be deleted, so a test cannot be cleaned up after, only given a city of its own.
"""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests import postgres
from tests.settings import ENGINE, OWNS_TEMPLATE_CITIES, TEMPLATE_CITIES

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class City:
    """A city's folder and its processes."""

    folder: Path
    database_url: str = ""
    url: str = ""
    web: subprocess.Popen[bytes] | None = None
    worker: subprocess.Popen[bytes] | None = None
    supervisor: subprocess.Popen[bytes] | None = None
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def database_name(self) -> str:
        return self.database_url.rsplit("/", 1)[-1]

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1].strip("/"))

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """`python -m wenming …` on this city; fails the test with what was said when it does not end well."""
        command = [sys.executable, "-m", "wenming", *arguments]
        done = subprocess.run(command, env=self.variables(), cwd=ROOT, capture_output=True, text=True)
        assert not check or done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done

    def variables(self) -> dict[str, str]:
        """The environment in which every process of this city runs."""
        ours = {"WENMING_CITY": str(self.folder), "DATABASE_URL": self.database_url, "PYTHONPATH": str(ROOT)}
        clean = {k: v for k, v in os.environ.items() if not k.startswith("WENMING_") and k != "DJANGO_SETTINGS_MODULE"}
        return {**clean, **ours, **self.environment}

    def start_web(self, workers: int = 1, threads: int = 2) -> None:
        """Serve on this city's port (a free one the first time) and wait until it answers."""
        self.url = self.url or f"http://127.0.0.1:{free_port()}"
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "wenming.wsgi:application", "--no-ws"]
        command += ["--host", "127.0.0.1", "--port", str(self.port), "--workers", str(workers)]
        command += ["--blocking-threads", str(threads), "--respawn-failed-workers", "--respawn-interval", "0.1"]
        self.web = self._start("web", command)
        self.wait_until_it_answers()

    def start_worker(self, *arguments: str) -> None:
        self.worker = self._start("worker", [sys.executable, "-m", "wenming", "work", *arguments])

    def start_supervisor(self, *arguments: str) -> None:
        """Web and worker as a city really runs them, under `serve`."""
        scheme = "https" if "--https" in arguments else "http"
        self.url = self.url or f"{scheme}://127.0.0.1:{free_port()}"
        command = [sys.executable, "-m", "wenming", "serve", "--port", str(self.port), *arguments]
        self.supervisor = self._start("supervisor", command)
        self.wait_until_it_answers()

    def kill_web(self) -> None:
        """kill -9, the server and its processes: nothing is written that was not written."""
        _kill_family(self.web)
        self.web = None

    def kill_worker(self) -> None:
        _kill_family(self.worker)
        self.worker = None

    def stop(self) -> None:
        for process in (self.supervisor, self.web, self.worker):
            if process is not None and process.poll() is None:
                process.terminate()
        for process in (self.supervisor, self.web, self.worker):
            _wait_then_kill(process)
        self.supervisor = self.web = self.worker = None

    def log(self, name: str = "web") -> str:
        """What a process of this city printed so far."""
        return (self.folder / "logs" / f"test-{name}.log").read_text(errors="replace")

    def wait_until_it_answers(self, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not self.answers():
            assert time.monotonic() < deadline, f"{self.url} does not answer:\n{self._every_log()}"
            time.sleep(0.05)

    def answers(self) -> bool:
        connection: http.client.HTTPConnection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        if self.url.startswith("https:"):
            # Against this city's own authority: a wrong certificate is no answer.
            trust = ssl.create_default_context(cafile=str(self.folder / "tls" / "authority.pem"))
            connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=5, context=trust)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status > 0
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _start(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.folder / "logs" / f"test-{name}.log").open("ab") as log:
            return subprocess.Popen(
                command, env=self.variables(), cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )

    def _every_log(self) -> str:
        return "\n".join(f"{path.name}: {path.read_text()[-3000:]}" for path in self.folder.glob("logs/*.log"))


@pytest.fixture
def fresh_city_folder(tmp_path: Path, _migrated: City) -> Iterator[City]:
    with _copy_of(_migrated, tmp_path / "city") as city:
        yield city


@pytest.fixture
def demo_city_folder(tmp_path: Path, _filled: City) -> Iterator[City]:
    with _copy_of(_filled, tmp_path / "city") as city:
        yield city


@pytest.fixture
def running_city(demo_city_folder: City) -> City:
    demo_city_folder.start_web()
    demo_city_folder.start_worker()
    return demo_city_folder


@pytest.fixture(scope="session")
def shared_city(tmp_path_factory: pytest.TempPathFactory, _filled: City) -> Iterator[City]:
    with _copy_of(_filled, tmp_path_factory.mktemp("shared") / "city") as city:
        city.start_web()
        city.start_worker()
        yield city


@pytest.fixture(scope="session")
def _migrated(migrated_database: City) -> City:
    return once("migrated", lambda city: city.manage("prepare", "--no-demo"), migrated_database)


@pytest.fixture(scope="session")
def _filled(_migrated: City) -> City:
    return once("filled", lambda city: city.manage("prepare", "--size", "small"), _migrated)


def pytest_unconfigure() -> None:
    """The workers of a run share template cities; the process that started the run takes them away."""
    if OWNS_TEMPLATE_CITIES:
        take_away_all()


def take_away_all() -> None:
    for folder in TEMPLATE_CITIES.glob("*/"):
        take_away(folder)
    shutil.rmtree(TEMPLATE_CITIES, ignore_errors=True)


def once(
    name: str, fill: Callable[[City], object], beginning: City | None = None, within: Path = TEMPLATE_CITIES
) -> City:
    """Make a template city unless somebody else already has."""
    folder = within / name
    within.mkdir(exist_ok=True)
    with Path(f"{folder}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            take_away(folder)
            city = _new_city(folder, beginning)
            fill(city)
            (folder / "complete").touch()
    return _city_in(folder)


@contextlib.contextmanager
def _copy_of(template: City, folder: Path) -> Iterator[City]:
    """A city made from a template, stopped and taken away at the end."""
    city = _new_city(folder, template)
    try:
        yield city
    finally:
        city.stop()
        take_away(folder)


def take_away(folder: Path) -> None:
    """A city's folder and its database, whole or half made."""
    if (folder / "database").exists():
        drop_database((folder / "database").read_text())
    shutil.rmtree(folder, ignore_errors=True)


def _new_city(folder: Path, template: City | None) -> City:
    if template is None:
        folder.mkdir(parents=True)
    else:
        shutil.copytree(
            template.folder, folder, ignore=shutil.ignore_patterns("complete", "database", "serving", "*.log")
        )
    (folder / "logs").mkdir(exist_ok=True)
    if ENGINE == "postgres":
        name = f"wenming_city_{os.getpid()}_{time.monotonic_ns()}"
        (folder / "database").write_text(name)
        create_database(name, template.database_name if template else None)
    return _city_in(folder)


def _city_in(folder: Path) -> City:
    name = (folder / "database").read_text() if ENGINE == "postgres" else ""
    return City(folder, f"{postgres.url().rsplit('/', 1)[0]}/{name}" if name else "")


def create_database(name: str, template: str | None) -> None:
    command = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template:
        command += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    _on_postgres(command)


def drop_database(name: str) -> None:
    _on_postgres(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _on_postgres(command: Any) -> None:
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(command)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _kill_family(process: subprocess.Popen[bytes] | None) -> None:
    if process is not None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_then_kill(process: subprocess.Popen[bytes] | None) -> None:
    if process is None:
        return
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(15)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
