"""P9: a backup is a restore that has been done. What is cut, altered or foreign is refused, and nothing changes."""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operations.test_supervisor import until
from tests.running_city import ENGINE, ROOT, City, create_database, drop_database
from wenming.city_folder import CityFolder
from wenming.operations.backups import drills
from wenming.operations.backups.restore import restore
from wenming.operations.backups.seal import BackupRefused

PASSPHRASE = "盒子里的钥匙 7"
SOME_LIFE = """
from datetime import datetime, UTC
from io import BytesIO
from django.db import transaction
from wenming.evidence.blob_store import city_blobs
from wenming.evidence.models import Original
from wenming.journal import services as journal
for number in range(40):
    blob = city_blobs().put(BytesIO(b"photo %d" % number * 500), "originals", max_bytes=10**6)
    with transaction.atomic():
        original = Original.objects.create(
            digest="sha256:" + blob.sha256, size_bytes=blob.size_bytes, media_type="application/pdf", kind="document",
            stored_name=blob.stored_name, received_at=datetime(2026, 3, 2, tzinfo=UTC),
        )
        journal.record("test.lived", by=None, about=original, now=datetime(2026, 3, 2, tzinfo=UTC), number=number)
"""
WRITE_UNTIL_STOPPED = """
import pathlib
from datetime import datetime, UTC
from django.db import transaction
from wenming.journal import services as journal
for number in range(100_000):
    with transaction.atomic():
        journal.record("test.wrote", by=None, about=None, now=datetime.now(UTC), number=number)
    if number == 10:
        pathlib.Path("{mark}").touch()
"""


@pytest.fixture
def city(fresh_city_folder: City) -> City:
    """A city with something to lose."""
    fresh_city_folder.environment["WENMING_BACKUP_PASSPHRASE"] = PASSPHRASE
    fresh_city_folder.manage("shell", "-v", "0", "-c", SOME_LIFE)
    return fresh_city_folder


@pytest.fixture
def empty_database(tmp_path: Path) -> Iterator[str]:
    """Where a restored city's rows go: nothing to say for SQLite, a new empty database for PostgreSQL."""
    if ENGINE != "postgres":
        yield ""
        return
    from tests import postgres

    name = f"wenming_restored_{os.getpid()}_{time.monotonic_ns()}"
    create_database(name, None)
    yield f"{postgres.url().rsplit('/', 1)[0]}/{name}"
    drop_database(name)


def back_up(city: City, *options: str) -> Path:
    """The new backup's folder."""
    target = city.folder.parent / "backups"
    city.manage("backup", str(target), *options)
    return max(target.glob("wenming-*"))


def run_restore(
    city: City, source: Path, target: Path, database_url: str, *options: str
) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "wenming.operations.backups.restore", str(source), "--data", str(target), *options]
    environment = {**city.variables(), "DATABASE_URL": database_url}
    del environment["WENMING_CITY"]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def head_of(folder: Path, database_url: str) -> str:
    city = City(folder, database_url)
    return city.manage("verify").stdout


def test_a_restored_city_equals_its_source(city, tmp_path, empty_database):
    source = back_up(city, "--with-keys")

    answer = run_restore(city, source, tmp_path / "new", empty_database)

    assert answer.returncode == 0, answer.stderr
    assert "核验全部通过" in answer.stdout
    assert contents(tmp_path / "new" / "blobs") == contents(city.folder / "blobs")
    assert contents(tmp_path / "new" / "keys") == contents(city.folder / "keys")
    assert head_of(tmp_path / "new", empty_database) == head_of(city.folder, city.database_url)


def test_a_backup_made_while_others_write_is_of_one_moment(city, tmp_path, empty_database):
    mark = tmp_path / "writing"
    command = [sys.executable, "-m", "wenming", "shell", "-v", "0", "-c", WRITE_UNTIL_STOPPED.format(mark=mark)]
    with subprocess.Popen(command, env=city.variables(), cwd=ROOT) as writer:
        until(mark.exists, seconds=20)
        source = back_up(city, "--with-keys")
        writer.kill()

    answer = run_restore(city, source, tmp_path / "new", empty_database)

    assert answer.returncode == 0, answer.stderr


def test_a_drill_restores_elsewhere_and_leaves_its_report(city):
    if ENGINE == "postgres":
        pytest.skip("a drill on PostgreSQL needs a second database: docs/operations/backup.md")

    back_up(city, "--drill")

    assert drills.last(CityFolder(city.folder)) is not None


@pytest.mark.parametrize("seed", range(20))
def test_a_cut_or_altered_backup_is_refused_and_nothing_changes(whole_backup, tmp_path, seed):
    source = tmp_path / "damaged"
    shutil.copytree(whole_backup, source)
    what = damage_somewhere(source, random.Random(seed))

    with pytest.raises(BackupRefused):
        restore(source, tmp_path / "new" / "city", without_keys=True)

    assert not (tmp_path / "new").exists(), what


def damage_somewhere(folder: Path, dice: random.Random) -> str:
    """Cut a file short or flip one bit in it; every file has the same chance, large or small."""
    path = dice.choice(sorted(path for path in folder.rglob("*") if path.is_file()))
    content = bytearray(path.read_bytes())
    place = dice.randrange(len(content))
    if dice.random() < 0.5:
        path.write_bytes(content[:place])
        return f"{path} cut at {place}"
    content[place] ^= 1 << dice.randrange(8)
    path.write_bytes(content)
    return f"{path} flipped at {place}"


@pytest.fixture(scope="module")
def whole_backup(tmp_path_factory: pytest.TempPathFactory, _migrated: City) -> Iterator[Path]:
    """One backup for all the ways of damaging it."""
    from tests.running_city import _copy_of

    with _copy_of(_migrated, tmp_path_factory.mktemp("source") / "city") as city:
        city.environment["WENMING_BACKUP_PASSPHRASE"] = PASSPHRASE
        city.manage("shell", "-v", "0", "-c", SOME_LIFE)
        yield back_up(city, "--with-keys")


def test_a_file_too_many_is_refused(whole_backup, tmp_path):
    source = shutil.copytree(whole_backup, tmp_path / "damaged")
    (source / "blobs" / "stranger").write_text("hello")

    with pytest.raises(BackupRefused, match="stranger"):
        restore(source, tmp_path / "new", without_keys=True)


def test_a_folder_in_use_is_never_restored_over(whole_backup, tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "city.sqlite3").write_text("somebody's city")

    with pytest.raises(BackupRefused, match="不是空文件夹"):
        restore(whole_backup, tmp_path / "old", without_keys=True)

    assert contents(tmp_path / "old") == {"city.sqlite3": b"somebody's city"}


def test_another_passphrase_opens_nothing(city, tmp_path, empty_database):
    source = back_up(city, "--with-keys")
    city.environment["WENMING_BACKUP_PASSPHRASE"] = "猜的"

    answer = run_restore(city, source, tmp_path / "new", empty_database)

    assert answer.returncode == 1
    assert "口令不对" in answer.stderr
    assert not (tmp_path / "new").exists()


def test_keys_stay_out_of_a_backup_unless_asked_for(city, tmp_path, empty_database):
    source = back_up(city)

    for key in (city.folder / "keys").iterdir():
        assert not any(key.read_bytes() in content for content in contents(source).values())
    assert "没有密钥" in run_restore(city, source, tmp_path / "new", empty_database).stderr


def test_keys_kept_apart_are_brought_along(city, tmp_path, empty_database):
    source = back_up(city)

    answer = run_restore(city, source, tmp_path / "new", empty_database, "--keys", str(city.folder / "keys"))

    assert answer.returncode == 0, answer.stderr
    assert contents(tmp_path / "new" / "keys") == contents(city.folder / "keys")


def test_another_citys_keys_are_refused(city, tmp_path, empty_database):
    source = back_up(city)
    (tmp_path / "keys").mkdir()
    for name in ("django", "vault"):
        (tmp_path / "keys" / name).write_text("another city's")

    answer = run_restore(city, source, tmp_path / "new", empty_database, "--keys", str(tmp_path / "keys"))

    assert "不是这个城市的" in answer.stderr
    assert not (tmp_path / "new").exists()


def test_a_city_that_lost_a_file_is_not_backed_up_as_if_it_were_whole(city):
    next(path for path in (city.folder / "blobs").rglob("*") if path.is_file()).unlink()

    answer = city.manage("backup", str(city.folder.parent / "backups"), check=False)

    assert answer.returncode == 1
    assert "缺少 1 个文件" in answer.stderr
    assert list((city.folder.parent / "backups").iterdir()) == []


@pytest.mark.skipif(ENGINE == "postgres", reason="the intruder here works on the SQLite file")
def test_history_rewritten_before_the_backup_is_found_by_the_restore(city, tmp_path):
    with sqlite3.connect(city.folder / "city.sqlite3") as intruder:
        intruder.execute("DROP TRIGGER journal_entry_refuses_update")
        intruder.execute("""UPDATE journal_entry SET facts = '{"number": 99}' WHERE seq = 7""")

    answer = run_restore(city, back_up(city, "--with-keys"), tmp_path / "new", "")

    assert answer.returncode == 1
    assert "第 7 条被改动过" in answer.stderr
    assert not (tmp_path / "new").exists()


def test_the_next_backup_shares_the_files_that_did_not_change(city):
    first = back_up(city)
    time.sleep(1.1)  # a backup is named by its second
    second = back_up(city)

    photo = next(path for path in (first / "blobs").rglob("*") if path.is_file())
    assert photo.samefile(second / photo.relative_to(first))


def test_a_rotten_file_in_the_last_backup_is_not_shared_but_copied_anew(city):
    first = back_up(city)
    photo = next(path for path in (first / "blobs").rglob("*") if path.is_file())
    photo.chmod(0o600)
    photo.write_bytes(b"rotten")
    time.sleep(1.1)

    second = back_up(city)

    assert (second / photo.relative_to(first)).read_bytes() != b"rotten"
