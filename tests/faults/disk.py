"""What a disk may hold after the power failed: rebuilt from a log of the writes and syncs that a process made.

Only what was synced is sure. Of everything written since, any part may have reached the plate, in any order: a file's
writes when its fsync was missing, a name in a folder when the folder's fsync was missing. The model is stricter than
the usual file systems, which keep some of these promises without being asked.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

TRACED = "openat,pwrite64,write,fdatasync,fsync,ftruncate,rename,unlink,mkdir,sendto"
STRACE_OPTIONS = ["-y", "-xx", "-s", "1000000", "-e", f"trace={TRACED}"]
SECTOR = 512

_CALL = re.compile(r"(?:\d+ +)?(\w+)\((.*)\) += +(-?\d+)")
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_DESCRIPTOR = re.compile(r"(\d+)<((?:\\x[0-9a-f]{2})*)(?:\(deleted\))?>")


@dataclass(frozen=True)
class Call:
    """One system call that succeeded. path: of the open file or the first name; other: the second name of a rename."""

    name: str
    path: str
    data: bytes = b""
    offset: int | None = None
    other: str = ""


def read_log(log: Path) -> Iterator[Call]:
    """The calls in a log that strace wrote with STRACE_OPTIONS, in order."""
    with log.open(encoding="ascii", errors="replace") as lines:
        for line in lines:
            found = _CALL.match(line)
            if found and int(found[3]) >= 0:
                yield _call(found[1], found[2], int(found[3]))


def _call(name: str, arguments: str, result: int) -> Call:
    strings = [_bytes(text) for text in _STRING.findall(arguments)]
    descriptor = _DESCRIPTOR.match(arguments)
    path = _bytes(descriptor[2]).decode() if descriptor else ""
    if name in {"openat", "unlink", "mkdir"}:
        return Call(name, strings[0].decode(), other="create" if name == "openat" and "O_CREAT" in arguments else "")
    if name == "rename":
        return Call(name, strings[0].decode(), other=strings[1].decode())
    if name in {"pwrite64", "write", "sendto"}:
        offset = int(arguments.rsplit(", ", 1)[1]) if name == "pwrite64" else None
        return Call(name, path, strings[0][:result], offset)
    if name == "ftruncate":
        return Call(name, path, offset=int(arguments.rsplit(", ", 1)[1]))
    return Call(name, path)


def _bytes(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))


@dataclass(frozen=True)
class Write:
    """Bytes put at an offset, or (data None) the file cut to that length."""

    offset: int
    data: bytes | None

    def to(self, content: bytearray) -> None:
        if self.data is None:
            del content[self.offset :]
            return
        if len(content) < self.offset:
            content.extend(bytes(self.offset - len(content)))
        content[self.offset : self.offset + len(self.data)] = self.data

    def torn(self, luck: random.Random) -> Write:
        """Only some of its sectors arrived."""
        if not self.data or len(self.data) <= SECTOR:
            return self
        return Write(self.offset, self.data[: SECTOR * luck.randrange(1, -(-len(self.data) // SECTOR))])


@dataclass
class File:
    """What surely is on the plate, and what was written since the last sync."""

    synced: bytearray = field(default_factory=bytearray)
    unsynced: list[Write] = field(default_factory=list)
    size: int = 0

    def write(self, write: Write) -> None:
        self.unsynced.append(write)
        end = write.offset if write.data is None else max(self.size, write.offset + len(write.data))
        self.size = end

    def sync(self) -> None:
        for write in self.unsynced:
            write.to(self.synced)
        self.unsynced.clear()

    def after(self, survivors: Iterable[Write]) -> bytes:
        content = bytearray(self.synced)
        for write in survivors:
            write.to(content)
        return bytes(content)


@dataclass(frozen=True)
class Naming:
    """A name given to a file, or (file None) taken away."""

    path: str
    file: File | None


class Disk:
    """The files below one folder while a recorded process writes to them."""

    HOW = ("none", "all", "prefix", "subset", "torn")

    def __init__(self, folder: Path, at_rest: Path) -> None:
        """folder: where the process writes. at_rest: a copy of what was surely on the disk before."""
        self.root = str(folder)
        self._surely = {
            str(folder / path.relative_to(at_rest)): File(bytearray(path.read_bytes()), size=path.stat().st_size)
            for path in at_rest.rglob("*") if path.is_file()
        }  # fmt: skip
        self._now = dict(self._surely)
        self._unsynced_names: list[Naming] = []

    def found_open(self, path: Path) -> None:
        """A file that was made before the recording began, empty and never synced (SQLite's WAL)."""
        self._name(str(path), File())

    def follow(self, call: Call) -> None:
        """Let one recorded call happen."""
        if not call.path.startswith(self.root) or call.path.endswith("-shm"):
            return
        if call.name in {"fsync", "fdatasync"}:
            self._sync(call.path)
        elif call.name == "rename":
            file = self._now.pop(call.path)
            self._unsynced_names.append(Naming(call.path, None))
            self._name(call.other, file)
        elif call.name == "unlink":
            if self._now.pop(call.path, None):
                self._unsynced_names.append(Naming(call.path, None))
        elif call.name == "openat":
            if call.other and call.path not in self._now:
                self._name(call.path, File())
        elif call.name in {"pwrite64", "write", "ftruncate"}:
            self._write(call)

    def image(self, how: str, luck: random.Random) -> dict[str, bytes]:
        """{path below the folder: content} as it may be found after the power failed now.

        how: which of the unsynced survives: none, all, a prefix of each file's, a random subset, or a subset with torn
        writes. Names follow the same choice.
        """
        names = dict(self._surely)
        for naming in _survivors(self._unsynced_names, how, luck):
            if naming.file is None:
                names.pop(naming.path, None)
            else:
                names[naming.path] = naming.file
        return {
            path[len(self.root) + 1 :]: file.after(
                [
                    w.torn(luck) if how == "torn" and luck.random() < 0.3 else w
                    for w in _survivors(file.unsynced, how, luck)
                ]
            )
            for path, file in names.items()
        }

    def _write(self, call: Call) -> None:
        file = self._now.get(call.path)
        if file is None:
            return
        if call.name == "ftruncate":
            file.write(Write(call.offset or 0, None))
        else:
            # A plain write goes to the end: that is how the blob store writes its temporary files.
            file.write(Write(file.size if call.offset is None else call.offset, call.data))

    def _sync(self, path: str) -> None:
        if path in self._now:
            self._now[path].sync()
            return
        kept = []
        for naming in self._unsynced_names:
            if str(Path(naming.path).parent) != path:
                kept.append(naming)
            elif naming.file is None:
                self._surely.pop(naming.path, None)
            else:
                self._surely[naming.path] = naming.file
        self._unsynced_names = kept

    def _name(self, path: str, file: File) -> None:
        self._now[path] = file
        self._unsynced_names.append(Naming(path, file))


def _survivors(pending: list, how: str, luck: random.Random) -> list:  # type: ignore[type-arg]
    if how == "none":
        return []
    if how == "all":
        return pending
    if how == "prefix":
        return pending[: luck.randrange(len(pending) + 1)]
    return [one for one in pending if luck.random() < 0.5]
