"""Cities to measure on: made once per size and engine, kept, and copied for every run.

A template lives under the system's temporary folder with a name that changes when the schema or the demo does. Each
benchmark works on a copy that is thrown away, because in append-only tables nothing can be cleaned up.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from tests import postgres

ROOT = Path(__file__).resolve().parent.parent
SHAPES_A_CITY = ("wenming/*/migrations/*.py", "wenming/operations/demo/build.py")
SIZES = ("small", "large", "million")


@dataclass(frozen=True)
class City:
    """A city's folder and, on PostgreSQL, its database."""

    folder: Path
    database_url: str = ""

    def variables(self) -> dict[str, str]:
        """The environment of every process of this city."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("WENMING_", "DJANGO_")) and k != "CACHE_URL"}
        ours = {"WENMING_CITY": str(self.folder), "DATABASE_URL": self.database_url, "PYTHONPATH": str(ROOT)}
        # Behind a proxy every request names its visitor; otherwise all come from one address and the door shuts.
        return {**clean, **ours, "WENMING_BEHIND_PROXY": "1", "DJANGO_SETTINGS_MODULE": "bench.settings"}

    def run(self, *arguments: str) -> None:
        """`python -m …` in this city; ends the run when it fails."""
        subprocess.run(
            [sys.executable, "-m", *arguments], env=self.variables(), cwd=ROOT, check=True, stdout=sys.stderr
        )


@contextlib.contextmanager
def copy_of(size: str, engine: str) -> Iterator[City]:
    """A copy of the template city, gone at the end."""
    template = template_city(size, engine)
    with tempfile.TemporaryDirectory(prefix="wenming-bench-run-", dir=template.folder.parent) as folder:
        city = City(Path(folder) / "city", _url(f"wenming_bench_run_{os.getpid()}") if engine == "postgres" else "")
        _copy(template, city)
        try:
            yield city
        finally:
            if engine == "postgres":
                _drop(city)


def template_city(size: str, engine: str) -> City:
    """The kept city of a size, made first if need be (large: minutes; million: a quarter of an hour)."""
    mark = _fingerprint()
    folder = Path(tempfile.gettempdir()) / f"wenming-bench-{size}-{engine}-{mark}"
    city = City(folder, _url(f"wenming_bench_{size}_{mark}") if engine == "postgres" else "")
    if not (folder / "complete").exists():
        _clear_away(city)
        _make(city, size, engine)
        (folder / "complete").touch()
    return city


def _make(city: City, size: str, engine: str) -> None:
    print(f"making a {size} city for {engine}; it is kept for later runs", file=sys.stderr, flush=True)
    if size == "million":
        _copy(template_city("large", engine), city)
        city.run("bench.growth")
    else:
        city.folder.mkdir(parents=True)
        if city.database_url:
            _create(city)
        # Not `prepare`: it knows the sizes people are offered, which do not include every size measured here.
        city.run("wenming", "migrate", "--verbosity", "0")
        city.run("wenming", "demo_city", "--size", size)
        city.run("wenming", "collectstatic", "--no-input", "--verbosity", "0")


def _fingerprint() -> str:
    content = hashlib.sha256()
    for pattern in SHAPES_A_CITY:
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file():
                content.update(path.name.encode() + path.read_bytes())
    return content.hexdigest()[:8]


def _copy(template: City, city: City) -> None:
    shutil.copytree(template.folder, city.folder, ignore=shutil.ignore_patterns("complete", "serving", "*.log"))
    (city.folder / "logs").mkdir(exist_ok=True)
    if city.database_url:
        _create(city, template)


def _clear_away(city: City) -> None:
    shutil.rmtree(city.folder, ignore_errors=True)
    if city.database_url:
        _drop(city)


def _url(database: str) -> str:
    return f"{postgres.url().rsplit('/', 1)[0]}/{database}"


def _create(city: City, template: City | None = None) -> None:
    command = sql.SQL("CREATE DATABASE {}").format(_name(city))
    _on_postgres(command + sql.SQL(" TEMPLATE {}").format(_name(template)) if template else command)


def _drop(city: City) -> None:
    _on_postgres(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(_name(city)))


def _name(city: City) -> sql.Identifier:
    return sql.Identifier(city.database_url.rsplit("/", 1)[1])


def _on_postgres(command: sql.Composable) -> None:
    postgres.answers()  # makes the ordinary user where it is missing
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(command)
