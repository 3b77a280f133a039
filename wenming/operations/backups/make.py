"""Backing up a city that goes on working: first the database at one moment, then the files its rows speak of."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from wenming import __version__
from wenming.city_folder import CityFolder
from wenming.evidence.models import Original, PublicCopy
from wenming.journal.models import Head
from wenming.journal.rules.chain import GENESIS

from . import keys, manifest, seal
from .databases import Cut, cut_postgres, cut_sqlite
from .manifest import Manifest
from .seal import BackupRefused

# Files still arriving have no row that speaks of them.
LEFT_OUT = "incoming"


@dataclass(frozen=True)
class Source:
    """What is copied: the folder, the PostgreSQL database if the city has one, and the secrets (keys.collect)."""

    city: CityFolder
    database_url: str
    secrets: Mapping[str, str]


def make_backup(source: Source, target: Path, *, now: datetime, passphrase: str | None = None) -> Path:
    """Write a new sealed folder under `target` and return it; a folder that is there has been completed.

    With a passphrase the secrets go into the backup under it, without one only the keys' fingerprints do.
    Raises BackupRefused when the city itself is damaged; then nothing is left behind.
    """
    final = target / f"wenming-{now:%Y%m%dT%H%M%SZ}"
    if final.exists():
        raise BackupRefused(f"同一秒已有一个备份：{final} (There is one of this second.)")
    unfinished = target / f".{final.name}.unfinished"
    before = _newest(target)
    unfinished.mkdir(mode=0o700, parents=True)
    try:
        _fill(unfinished, source, before, now, passphrase)
        seal.sync_tree(unfinished)
        unfinished.rename(final)
    except BaseException:
        shutil.rmtree(unfinished)
        raise
    seal.sync(target)
    return final


def _fill(folder: Path, source: Source, before: Path | None, now: datetime, passphrase: str | None) -> None:
    with _cut(source, folder) as cut:
        facts = _facts(cut, source, now)
        hashes = dict(_copy_blobs(source.city, folder, before))
        _refuse_missing_blobs(cut, hashes.keys())
    seal.write_synced(folder / manifest.NAME, facts.as_json())
    if passphrase is not None:
        seal.write_synced(folder / keys.NAME, keys.seal(source.secrets, passphrase))
    hashes |= {path.name: seal.sha256_of(path) for path in folder.iterdir() if path.is_file()}
    seal.seal(folder, hashes)


def _cut(source: Source, folder: Path) -> AbstractContextManager[Cut]:
    return (
        cut_postgres(source.database_url, folder) if source.database_url else cut_sqlite(source.city.database, folder)
    )


def _facts(cut: Cut, source: Source, now: datetime) -> Manifest:
    seq, digest = cut.only_row(Head._meta.db_table, "seq", "hash") or (0, bytes.fromhex(GENESIS))
    return Manifest(
        made_at=now.isoformat(),
        version=__version__,
        engine=cut.engine,
        database=cut.file.name,
        journal_seq=seq,
        journal_hash=bytes(digest).hex(),
        rows=cut.rows(),
        key_fingerprints={name: keys.fingerprint(source.secrets[f"keys/{name}"]) for name in keys.KEY_NAMES},
    )


def _copy_blobs(city: CityFolder, folder: Path, before: Path | None) -> Iterator[tuple[str, str]]:
    """Copy every stored file, or link it to the same file of the backup before; (name, sha256) as they are done."""
    for source in sorted(city.blobs.rglob("*")):
        inside = source.relative_to(city.blobs)
        if not source.is_file() or inside.parts[0] == LEFT_OUT:
            continue
        name = Path("blobs") / inside
        digest = seal.sha256_of(source)
        _link_or_copy(source, folder / name, before / name if before else None, digest)
        yield name.as_posix(), digest


def _link_or_copy(source: Path, target: Path, earlier: Path | None, digest: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    # The earlier copy is read before it is trusted: one rotten file must not rot in every backup.
    if earlier and earlier.is_file() and seal.sha256_of(earlier) == digest:
        os.link(earlier, target)
        return
    shutil.copyfile(source, target)


def _refuse_missing_blobs(cut: Cut, present: Collection[str]) -> None:
    spoken_of = [
        *cut.column(Original._meta.db_table, "stored_name"),
        *cut.column(PublicCopy._meta.db_table, "stored_name"),
        *cut.column(PublicCopy._meta.db_table, "thumb_stored_name"),
    ]
    missing = [name for name in spoken_of if f"blobs/{name}" not in present]
    if missing:
        raise BackupRefused(
            f"数据文件夹里缺少 {len(missing)} 个文件，例如 {missing[0]}。请先运行 verify。(Stored files are missing.)"
        )


def _newest(target: Path) -> Path | None:
    finished = sorted(target.glob("wenming-*")) if target.is_dir() else []
    return finished[-1] if finished else None
