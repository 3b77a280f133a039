"""Who serves this city now: one supervisor at a time holds the lock and leaves its address in it."""

from __future__ import annotations

import fcntl
from typing import IO

from wenming.city_folder import CityFolder


class AlreadyServed(Exception):
    """Another supervisor holds this city; the message is its address."""


def occupy(city: CityFolder, address: str) -> IO[str]:
    """Take the city. The kernel gives it back when the returned file is closed or the process ends, however it ends."""
    file = (city.root / "serving").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise AlreadyServed(_address_in(file)) from None
    file.truncate(0)
    file.write(address)
    file.flush()
    return file


def served_at(city: CityFolder) -> str | None:
    """The address this city is served at, or None when nobody serves it."""
    if not (city.root / "serving").exists():
        return None
    try:
        occupy(city, "").close()
    except AlreadyServed as other:
        return str(other)
    return None


def _address_in(file: IO[str]) -> str:
    file.seek(0)
    return file.read().strip()
