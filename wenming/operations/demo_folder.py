"""Whether a folder holds a demo city, and emptying it. Nothing here touches a folder that was not marked as a demo."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from wenming.city_folder import CityFolder
from wenming.operations.occupancy import served_at

MARK = "DEMO"
"""A file of this name says that everything in the folder is invented (settings.DEMO)."""
FILLING = "DEMO.filling"
"""There while the demo city is being made: when a start finds it, the one before was cut off half-way."""


class NotADemo(Exception):
    """The folder may hold a real city, or is in use; it was not touched."""


def was_interrupted(city: CityFolder) -> bool:
    return (city.root / FILLING).exists()


@contextmanager
def filling(city: CityFolder) -> Iterator[None]:
    """Mark the folder as a demo that is not complete yet; complete when the block ends without an error."""
    (city.root / FILLING).touch()
    (city.root / MARK).touch()
    yield
    (city.root / FILLING).unlink()


def empty(city: CityFolder) -> None:
    """Take database and blobs of a demo away. Keys, logs and certificates stay."""
    if not (city.root / MARK).exists():
        raise NotADemo(f"{city.root} 不是演示城市，没有做任何改动。(Not a demo; nothing was changed.)")
    if address := served_at(city):
        raise NotADemo(f"演示城市正在运行（{address}），请先停止。(It is being served; stop it first.)")
    _empty_database(city)
    for blob in city.blobs.iterdir():
        shutil.rmtree(blob) if blob.is_dir() else blob.unlink()
    # The marks go last: cut off before this line, the folder is still known as a demo.
    for mark in (FILLING, MARK):
        (city.root / mark).unlink(missing_ok=True)


def _empty_database(city: CityFolder) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE")
            cursor.execute("CREATE SCHEMA public")
        return
    connection.close()
    for suffix in ("-wal", "-shm", ""):
        Path(f"{city.database}{suffix}").unlink(missing_ok=True)
