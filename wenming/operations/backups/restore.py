"""`python -m wenming.operations.backups.restore SOURCE --data DIR`: a backup becomes a city again, or nothing happens.

Everything is put together beside the target and proven there; the last step is one rename. Django is started only on
the copy, in a process of its own, so that a refused backup leaves not even a key file behind.
"""

from __future__ import annotations

import argparse
import getpass
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from wenming.city_folder import CityFolder

from . import keys, manifest, seal
from .databases import empty_postgres, fill_postgres
from .manifest import Manifest
from .seal import BackupRefused


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="run.py restore", description="把备份恢复到一个空文件夹，并逐项核验")
    parser.add_argument("source", type=Path, help="备份文件夹（wenming-日期时间）")
    parser.add_argument("--data", type=Path, required=True, help="恢复到这个文件夹；要不存在或是空的")
    parser.add_argument("--keys", type=Path, help="另外保存的 keys 文件夹（备份里没有密钥时）")
    parser.add_argument("--without-keys", action="store_true", help="没有密钥也恢复；举报人身份将永远无法读出")
    options = parser.parse_args(arguments)
    try:
        facts = restore(
            options.source, options.data, database_url=os.environ.get("DATABASE_URL", ""),
            keys_folder=options.keys, without_keys=options.without_keys,
        )  # fmt: skip
    except BackupRefused as refusal:
        print(f"没有恢复：{refusal}", file=sys.stderr)
        return 1
    print(f"已恢复到 {options.data}，核验全部通过：{sum(facts.rows.values())} 行，日志到第 {facts.journal_seq} 条。")
    print("Restored; rows, journal chain and every stored file are as they were backed up.")
    return 0


def restore(
    source: Path, target: Path, *, database_url: str = "", keys_folder: Path | None = None, without_keys: bool = False
) -> Manifest:
    """Restore into an empty folder (and an empty PostgreSQL database). Raises BackupRefused, changing nothing."""
    _refuse_a_used_folder(target)
    facts = prove(source, database_url)
    secrets = {} if without_keys else _secrets(source, facts, keys_folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.restoring-", dir=target.parent) as folder:
        city = CityFolder(Path(folder) / "city")
        _put_together(source, facts, city, secrets)
        if database_url:
            _fill_and_check_postgres(source, facts, city, database_url)
        else:
            check_restored(source, city)
        seal.sync_tree(city.root)
        city.root.rename(target)  # replaces an empty folder, fails on any other
    seal.sync(target.parent)
    return facts


def prove(source: Path, database_url: str = "") -> Manifest:
    """Read the whole backup against its seal; its manifest when nothing is missing, cut or changed."""
    for _name in seal.check(source):
        pass
    facts = manifest.read(source)
    here = "postgresql" if database_url else "sqlite"
    if facts.engine != here:
        raise BackupRefused(f"备份来自 {facts.engine}，这里是 {here}：请设置（或去掉）DATABASE_URL。(Another engine.)")
    return facts


def check_restored(source: Path, city: CityFolder) -> None:
    """Start the program on the restored copy and compare rows, journal and files with what the backup says."""
    command = [sys.executable, "-m", "wenming", "check_restored", str((source / manifest.NAME).resolve())]
    environment = {**os.environ, "WENMING_CITY": str(city.root)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise BackupRefused(f"恢复出来的数据没有通过核验：\n{done.stdout}{done.stderr[-2000:]}")


def _refuse_a_used_folder(target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BackupRefused(f"目标不是空文件夹，没有做任何改动：{target} (The target is not empty.)")


def _secrets(source: Path, facts: Manifest, keys_folder: Path | None) -> Mapping[str, str]:
    if keys_folder is not None:
        secrets = keys.read_folder(keys_folder)
    elif (source / keys.NAME).exists():
        secrets = keys.unseal((source / keys.NAME).read_bytes(), passphrase())
    else:
        raise BackupRefused(
            "备份里没有密钥。请用 --keys 指出另外保存的 keys 文件夹；密钥真的没有了才用 --without-keys。"
            "(The keys are not in this backup: --keys names the folder where they were kept.)"
        )
    keys.compare(secrets, facts.key_fingerprints)
    return secrets


def passphrase() -> str:
    """What seals the keys: from WENMING_BACKUP_PASSPHRASE, or asked for."""
    return os.environ.get("WENMING_BACKUP_PASSPHRASE") or getpass.getpass("密钥口令 (passphrase of the keys): ")


def _put_together(source: Path, facts: Manifest, city: CityFolder, secrets: Mapping[str, str]) -> None:
    city.make()
    if facts.engine == "sqlite":
        shutil.copyfile(source / facts.database, city.database)
    if (source / "blobs").is_dir():
        shutil.copytree(source / "blobs", city.blobs, dirs_exist_ok=True)
    keys.put_back(secrets, city)


def _fill_and_check_postgres(source: Path, facts: Manifest, city: CityFolder, database_url: str) -> None:
    fill_postgres(database_url, source / facts.database)
    try:
        check_restored(source, city)
    except BaseException:
        # It was empty before, fill_postgres saw to that; so emptying it is putting it back as it was.
        empty_postgres(database_url)
        raise


if __name__ == "__main__":
    raise SystemExit(main())
