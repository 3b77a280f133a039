"""Start-up refuses to lie: what is not as it must be is said with its remedy, or the city stays closed."""

import json
import shutil
from collections import namedtuple
from datetime import date

import pytest

from wenming.city_folder import CityFolder
from wenming.operations import demo_folder, occupancy, readiness

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def folder(tmp_path) -> CityFolder:
    return CityFolder(tmp_path).make()


def test_less_than_a_gigabyte_of_disk_keeps_the_city_closed(folder, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**12, 10**12, 3 * 10**8))

    (finding,) = readiness.free_disk(folder)

    assert finding.fatal
    assert "0.28 GB" in finding.sentence


def test_keys_that_are_not_the_citys_own_keep_it_closed(folder):
    readiness.remember_keys(folder)
    assert list(readiness.keys_of_this_city(folder)) == []

    (folder.root / "keys.fingerprints").write_text(json.dumps({"django": "other", "vault": "other"}))

    (finding,) = readiness.keys_of_this_city(folder)
    assert finding.fatal
    assert "从备份恢复" in finding.remedy


@pytest.mark.django_db
def test_a_year_without_a_calendar_is_said_and_does_not_close_the_city():
    (finding,) = readiness.calendar_covers(date(2099, 1, 1))

    assert not finding.fatal
    assert "2099" in finding.sentence


@pytest.mark.django_db
def test_a_migrated_database_has_nothing_to_do():
    assert list(readiness.unapplied_migrations()) == []


def test_a_city_that_lost_its_key_does_not_start(fresh_city_folder):
    (fresh_city_folder.folder / "keys" / "vault").unlink()

    answer = fresh_city_folder.manage("serve", check=False)

    assert answer.returncode == 1
    assert "密钥不是这个城市原来的" in answer.stderr


def test_only_a_folder_marked_as_demo_can_be_emptied(fresh_city_folder):
    fresh_city_folder.manage("found_city", "某某市文明创建工作办公室")
    before = fresh_city_folder.manage("verify").stdout

    answer = fresh_city_folder.manage("prepare", "--reset", check=False)

    assert answer.returncode == 1
    assert "不是演示城市" in answer.stderr
    assert fresh_city_folder.manage("verify").stdout == before


def test_one_supervisor_holds_a_city_until_it_ends(folder):
    with occupancy.occupy(folder, "http://127.0.0.1:8000/"):
        assert occupancy.served_at(folder) == "http://127.0.0.1:8000/"
        with pytest.raises(occupancy.AlreadyServed, match="8000"):
            occupancy.occupy(folder, "http://127.0.0.1:9000/")

    assert occupancy.served_at(folder) is None


def test_a_demo_cut_off_half_way_is_known_as_such(folder):
    with pytest.raises(KeyboardInterrupt), demo_folder.filling(folder):
        raise KeyboardInterrupt

    assert demo_folder.was_interrupted(folder)


def test_what_a_cut_off_demo_left_is_cleared_before_the_next_start(demo_city_folder):
    (demo_city_folder.folder / demo_folder.FILLING).touch()

    demo_city_folder.manage("prepare", "--no-demo")

    assert not (demo_city_folder.folder / demo_folder.MARK).exists()
    assert "日志到第 0 条" in demo_city_folder.manage("verify").stdout
    assert not any(path.is_file() for path in (demo_city_folder.folder / "blobs").rglob("*"))


def test_a_real_city_begins_with_one_administrator(fresh_city_folder):
    said = fresh_city_folder.manage("found_city", "某某市文明创建工作办公室").stdout

    assert "系统管理员账号：admin" in said
    assert fresh_city_folder.manage("found_city", "又一个", check=False).returncode == 1
