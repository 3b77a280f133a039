"""Sealing a folder: a hash for every file, and one over the hashes, so that a cut or a flipped bit anywhere shows.

Both lists have the format of `sha256sum`, so that a backup can be checked on a machine without this program:
`sha256sum -c seal.sha256 && sha256sum -c files.sha256`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

FILES = "files.sha256"
SEAL = "seal.sha256"


class BackupRefused(Exception):
    """This is not a whole, unchanged backup, or it does not fit here; nothing was changed."""


def seal(folder: Path, hashes: Mapping[str, str]) -> None:
    """Write both lists. hashes: the sha256 of every other file in the folder, by its relative name."""
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(hashes.items()))
    write_synced(folder / FILES, lines.encode())
    write_synced(folder / SEAL, _seal_line(folder).encode())


def check(folder: Path) -> Iterator[str]:
    """Read the whole folder; yield each file's name once its content is proven. Raises BackupRefused."""
    try:
        if (folder / SEAL).read_bytes() != _seal_line(folder).encode():
            raise BackupRefused("封条不符：文件清单被截断或改动过。(The list of files was cut or changed.)")
    except FileNotFoundError:
        raise BackupRefused(f"这里没有完整的备份：{folder} (No complete backup here.)") from None
    listed = dict(_listed(folder))
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {FILES, SEAL}
    for name in sorted(present ^ listed.keys()):
        raise BackupRefused(f"{'多了' if name in present else '缺少'}文件：{name} (A file too many or missing.)")
    for name, digest in listed.items():
        if sha256_of(folder / name) != digest:
            raise BackupRefused(f"文件被截断或改动过：{name} (The file was cut or changed.)")
        yield name


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_synced(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a new file that survives a power cut once this returns (its folder is synced by the caller)."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_tree(folder: Path) -> None:
    """Make every file and folder below survive a power cut."""
    for place, _folders, files in os.walk(folder):
        for name in files:
            sync(Path(place, name))
        sync(Path(place))


def sync(path: Path) -> None:
    """Make one file's content, or one folder's list of names, survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _seal_line(folder: Path) -> str:
    return f"{sha256_of(folder / FILES)}  {FILES}\n"


def _listed(folder: Path) -> Iterator[tuple[str, str]]:
    for line in (folder / FILES).read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition("  ")
        # The seal vouches for the list, not for its maker: a name must not lead out of the folder.
        if not name or Path(name).is_absolute() or ".." in Path(name).parts:
            raise BackupRefused(f"文件清单里有不能接受的名称：{name!r} (A name that cannot be accepted.)")
        yield name, digest
