"""A PostgreSQL of the drill's own, on a free port: one that may be killed and restarted under load."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psycopg

from tests.running_city import free_port

START_SECONDS = 30.0


class OwnPostgres:
    """One cluster in `folder`, durable as shipped (fsync on). Its server refuses to run as root, so root lends it a user.

    durable: whether it waits for the disk; a drill that never ends the server itself need not.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder, self.port, self._durable = folder, free_port(), durable
        self._user = "postgres" if os.geteuid() == 0 else None
        folder.mkdir(parents=True)
        if self._user:
            shutil.chown(folder, self._user)
            folder.parent.chmod(0o755)
        self._run(
            "initdb", "-D", str(folder / "data"), "-U", "wenming", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"
        )
        self.start()

    @property
    def url(self) -> str:
        return f"postgres://wenming@127.0.0.1:{self.port}/city"

    def start(self) -> None:
        options = ["-D", str(self.folder / "data"), "-p", str(self.port), "-k", str(self.folder)]
        command = [str(binaries() / "postgres"), *options, "-c", "listen_addresses=127.0.0.1"]
        command += [] if self._durable else ["-c", "fsync=off"]
        with (self.folder / "log").open("ab") as log:
            # Our own child, so that it is buried when it is killed: a dead master still on the list would keep its lock.
            self._master = subprocess.Popen(command, user=self._user, cwd=self.folder, stdout=log, stderr=log)
        self._wait_until_it_answers()

    def make_database(self) -> None:
        with psycopg.connect(self._maintenance(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE city")

    def kill(self) -> None:
        """kill -9 of the master: every backend ends without a word, recovery replays the log at the next start."""
        self._master.kill()
        self._master.wait()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and _family(self.folder / "data"):
            time.sleep(0.05)

    def restart(self) -> None:
        """An orderly restart that waits for nobody who is connected."""
        self.remove()
        self.start()

    def remove(self) -> None:
        self._master.send_signal(signal.SIGINT)
        self._master.wait()

    def _maintenance(self) -> str:
        return f"postgres://wenming@127.0.0.1:{self.port}/postgres"

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self._maintenance(), connect_timeout=3).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(binaries() / program), *arguments]
        subprocess.run(
            command, user=self._user, cwd=self.folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )


def again_on_its_own(drill: str, *, durable: bool = True) -> int:
    """The same drill again in a process that is told of a PostgreSQL of its own: this module brings the tests' settings along."""
    with tempfile.TemporaryDirectory(prefix=f"wenming-{drill}-") as name:
        database = OwnPostgres(Path(name) / "postgres", durable=durable)
        try:
            database.make_database()
            options = [each for each in sys.argv[1:] if each != "--postgres"]
            clean = {name: value for name, value in os.environ.items() if not name.startswith("WENMING_")}
            command = [sys.executable, "-m", f"tests.faults.{drill}", *options]
            return subprocess.run(command, env={**clean, "DATABASE_URL": database.url}, check=False).returncode
        finally:
            database.remove()


def binaries() -> Path:
    """Where initdb and pg_ctl are, the newest version first. Raises FileNotFoundError when PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parent.parent.name))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        raise FileNotFoundError("PostgreSQL not installed: apt-get install postgresql")
    return found[-1].parent if found else Path(str(on_path)).parent


def can_run_as_its_user() -> bool:
    """Root needs a user to lend; anybody else is one."""
    with suppress(KeyError):
        return os.geteuid() != 0 or bool(pwd.getpwnam("postgres"))
    return False


def _family(data: Path) -> list[int]:
    """Processes that still have the cluster's folder as their own."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").resolve() == data.resolve():
                found.append(int(process.name))
    return found
