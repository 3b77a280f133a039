"""Files under their own hash: written, synced and renamed into place before any row speaks of them.

A name is a promise about content (`originals/ab/cd/abcd…`), so the same content is stored once, a stored file never
changes, and a changed one betrays itself. Nothing here deletes anything but a temporary file of its own making.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Literal, Protocol

from django.conf import settings

from .rules.formats import HEAD_BYTES

Folder = Literal["originals", "public"]
FOLDERS: tuple[Folder, ...] = ("originals", "public")
CHUNK_BYTES = 256 * 1024
_STORED_NAME = re.compile(r"(originals|public)/([0-9a-f]{2})/([0-9a-f]{2})/\2\3[0-9a-f]{60}")


class Readable(Protocol):
    """Anything bytes can be read from: an upload, a file, a BytesIO."""

    def read(self, size: int = -1, /) -> bytes: ...


class OverLimitError(Exception):
    """The stream went on after the number of bytes it was allowed."""


@dataclass(frozen=True)
class Blob:
    """A file that is safely stored: synced, in place, under its hash."""

    stored_name: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class Incoming:
    """Bytes that have arrived in full, still under a temporary name, readable at `path`."""

    path: Path
    sha256: str
    size_bytes: int
    head: bytes


class BlobStore:
    """The blobs of one city in a local folder. Another home for blobs is another class with these methods."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @contextmanager
    def receive(self, stream: Readable, *, max_bytes: int) -> Iterator[Incoming]:
        """Take the bytes in under a temporary name, hashing as they pass; gone at the end unless kept.

        Raises OverLimitError as soon as one byte too many has been read.
        """
        path = self._folder("incoming") / f"{secrets.token_hex(16)}.part"
        try:
            yield _write_hashed(stream, path, max_bytes)
        finally:
            path.unlink(missing_ok=True)

    def keep(self, incoming: Incoming, folder: Folder) -> Blob:
        """Give the bytes their lasting name. When this returns they survive a power cut."""
        stored_name = name_for(incoming.sha256, folder)
        target = self.root / stored_name
        parent = self._folder(*target.parent.relative_to(self.root).parts)
        _sync(incoming.path)
        # Over an existing file too: the content is the same by name, and the fresh time keeps the reaper away from it.
        incoming.path.rename(target)
        _sync(parent)
        return Blob(stored_name, incoming.sha256, incoming.size_bytes)

    def put(self, stream: Readable, folder: Folder, *, max_bytes: int) -> Blob:
        """Receive and keep in one step."""
        with self.receive(stream, max_bytes=max_bytes) as incoming:
            return self.keep(incoming, folder)

    def open(self, stored_name: str) -> BufferedReader:
        """The stored bytes. Raises FileNotFoundError when they are missing, ValueError for a name not of this store."""
        return self.path(stored_name).open("rb")

    def path(self, stored_name: str) -> Path:
        if not _STORED_NAME.fullmatch(stored_name):
            raise ValueError(f"not the name of a blob: {stored_name!r}")
        return self.root / stored_name

    def holds(self, stored_name: str) -> bool:
        return self.path(stored_name).is_file()

    def stored_names(self) -> Iterator[str]:
        """Every file that lies where blobs lie, in order, whether or not it is named as a blob should be."""
        for folder in FOLDERS:
            for path in sorted((self.root / folder).rglob("*")):
                if path.is_file():
                    yield path.relative_to(self.root).as_posix()

    def verify(self) -> Iterator[str]:
        """Read everything; yield the names of files whose content is not what their name promises."""
        for stored_name in self.stored_names():
            if self.is_changed(stored_name):
                yield stored_name

    def is_changed(self, stored_name: str) -> bool:
        """True when the file's content (or its very name) does not match the hash it is stored under."""
        if not _STORED_NAME.fullmatch(stored_name):
            return True
        with self.open(stored_name) as file:
            return hashlib.file_digest(file, "sha256").hexdigest() != stored_name.rpartition("/")[2]

    def _folder(self, *parts: str) -> Path:
        """The folder below the root; each level that had to be made is synced into the one above it."""
        folder = self.root
        for part in parts:
            folder /= part
            if not folder.is_dir():
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                _sync(folder.parent)
        return folder


def city_blobs() -> BlobStore:
    """The blobs of the city this process serves."""
    return BlobStore(Path(settings.CITY.blobs))


def name_for(sha256: str, folder: Folder) -> str:
    """Two levels of 256 folders: 7 million photos make about a hundred files in each."""
    return f"{folder}/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _write_hashed(stream: Readable, path: Path, max_bytes: int) -> Incoming:
    digest, size_bytes, head = hashlib.sha256(), 0, b""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while chunk := stream.read(CHUNK_BYTES):
            size_bytes += len(chunk)
            if size_bytes > max_bytes:
                raise OverLimitError
            head = head or chunk[:HEAD_BYTES]
            digest.update(chunk)
            file.write(chunk)
    return Incoming(path, digest.hexdigest(), size_bytes, head)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
