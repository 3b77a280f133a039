"""The empty, migrated database of a test run: migrated once for each state of the migrations, and copied after that.

A hundred migrations cost twenty seconds of processor, two thirds of it Django drawing up its models anew before each
step; a copy costs a tenth of one. Whoever runs one test again and again finds the copy of the last time. Where nothing
may be left over from earlier (CI), each run migrates for itself.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests import running_city
from tests.settings import ENGINE

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wenming-tests"
KEPT = 6
# What a migration takes from our own modules shapes the database as its own lines do.
OURS = re.compile(r"^(?:from|import) (wenming[\w.]*)", re.MULTILINE)


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """A file is copied to its place beforehand and then used as it is; a server copies when it creates."""
    return ENGINE == "sqlite"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, migrated_database: running_city.City
) -> None:
    test = settings.DATABASES["default"]["TEST"]
    if ENGINE == "sqlite":
        shutil.copyfile(migrated_database.folder / "city.sqlite3", test["NAME"])
    else:
        test["TEMPLATE"] = migrated_database.database_name


@pytest.fixture(scope="session")
def migrated_database() -> running_city.City:
    """A city's folder that holds nothing but a migrated database."""
    return made()


def made() -> running_city.City:
    """The one of this run or of an earlier one; whoever comes while it is being made waits for it."""
    if os.environ.get("CI") == "true":
        return running_city.once("database", _migrate)
    CACHE.mkdir(parents=True, exist_ok=True)
    city = running_city.once(f"{ENGINE}-{_state_of_the_migrations()}", _migrate, within=CACHE)
    (city.folder / "complete").touch()
    _forget_the_oldest()
    return city


def _migrate(city: running_city.City) -> None:
    city.manage("migrate", "--verbosity=0")


def _state_of_the_migrations() -> str:
    steps = sorted(running_city.ROOT.glob("wenming/*/migrations/*.py"))
    names = {name for step in steps for name in OURS.findall(step.read_text())}
    state = hashlib.sha256((running_city.ROOT / "requirements/core.txt").read_bytes())
    for source in [*steps, *sorted(_files_of(names))]:
        state.update(source.read_bytes())
    return state.hexdigest()[:16]


def _files_of(modules: set[str]) -> Iterator[Path]:
    for module in modules:
        path = running_city.ROOT / module.replace(".", "/")
        yield from (one for one in (path.with_suffix(".py"), path / "__init__.py") if one.exists())


def _forget_the_oldest() -> None:
    """Other checkouts on this machine may be testing on theirs, so the last few stay."""
    complete = sorted(CACHE.glob(f"{ENGINE}-*/complete"), key=lambda mark: mark.stat().st_mtime)
    for mark in complete[:-KEPT]:
        running_city.take_away(mark.parent)


if __name__ == "__main__":
    # The whole suite begins it while the code is still being checked.
    running_city.take_away_all() if "--take-away" in sys.argv else made()
