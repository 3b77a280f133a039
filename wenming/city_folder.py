"""The city's folder: one directory that holds everything one installation owns.

A city is one installation (one database, one blob store, one set of keys), so it is also one folder:
copying it moves the city, and nothing of it lives anywhere else.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

DEFAULT = Path(__file__).resolve().parent.parent / "city"


@dataclass(frozen=True)
class CityFolder:
    """Where one city's database, photographs, keys and logs are."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "city.sqlite3"

    @property
    def blobs(self) -> Path:
        return self.root / "blobs"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    def make(self) -> CityFolder:
        """Create what is missing; the keys are readable by their owner only."""
        for folder in (self.root, self.blobs, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
        (self.root / "keys").mkdir(mode=0o700, exist_ok=True)
        return self

    def key(self, name: str) -> str:
        """A secret of this city by name, made on first use (url-safe, 256 bits)."""
        path = self.make().root / "keys" / name
        try:
            # O_EXCL: two processes starting together must not each believe in a key of their own.
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return _read_when_written(path)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(file.fileno())
        return path.read_text()


def _read_when_written(path: Path) -> str:
    import time

    for _ in range(100):
        if text := path.read_text():
            return text
        time.sleep(0.02)
    raise RuntimeError(f"密钥文件是空的：{path}。请从备份恢复这个文件后再启动。")


def city_folder() -> CityFolder:
    """The folder this process serves: `--data DIR`, WENMING_CITY, or `city/` in the checkout."""
    return CityFolder(Path(os.environ.get("WENMING_CITY", DEFAULT)).resolve())
