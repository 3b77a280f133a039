"""Blob first, then the row: what survives a crash, what `verify` finds, what the reaper takes."""

import os
import threading
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from wenming.engine.append_only import append_only, lift, tables_of
from wenming.evidence import blob_store
from wenming.evidence.blob_store import OverLimitError
from wenming.evidence.models import Exhibit, Fingerprint, Original, PendingUpload, PhotoSketch, PublicCopy, Withdrawal
from wenming.evidence.reaper import Reaped, reap
from wenming.evidence.services import attach, hold_upload, prepare, take_in
from wenming.evidence.verification import verify_blobs
from wenming.journal.models import Entry, Head, Reaction

from .drawings import NOW, REPORT, encoded, scene, upload


def hand_in(data: bytes) -> Exhibit:
    return take_in(upload(data), role="scene", subject=REPORT, by=None, now=NOW)


def found() -> dict[str, list[str]]:
    by_kind: dict[str, list[str]] = {}
    for problem in verify_blobs():
        by_kind.setdefault(problem.what, []).append(problem.stored_name)
    return by_kind


def age(path, days: float) -> None:
    then = path.stat().st_mtime - days * 86400
    os.utime(path, (then, then))


# -- the store ---------------------------------------------------------------------------------------------------


def test_identical_content_is_stored_once(blobs):
    names = {blobs.put(upload(b"same"), "originals", max_bytes=9).stored_name for _ in range(3)}
    assert list(blobs.stored_names()) == sorted(names)
    assert names == {f"originals/09/67/{blobs.put(upload(b'same'), 'originals', max_bytes=9).sha256}"}


def test_a_stream_over_the_limit_leaves_nothing(blobs):
    with pytest.raises(OverLimitError):
        blobs.put(upload(b"12345"), "originals", max_bytes=4)
    assert not [path for path in blobs.root.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ["../keys/django", "originals/../../city.sqlite3", "/etc/passwd", "originals/ab/cd/x"])
def test_only_names_of_blobs_are_opened(blobs, name):
    with pytest.raises(ValueError):
        blobs.open(name)


def test_the_file_is_synced_before_it_gets_its_name_and_the_folder_after(blobs, monkeypatch):
    blobs.put(upload(b"first"), "originals", max_bytes=9)  # makes the folders that the second shares or not
    calls = []
    monkeypatch.setattr(blob_store, "_sync", lambda path: calls.append(("sync", path.suffix or path.name)))
    rename = blob_store.Path.rename
    monkeypatch.setattr(blob_store.Path, "rename", lambda self, to: (calls.append(("rename", "")), rename(self, to))[1])
    blobs.put(upload(b"first"), "originals", max_bytes=9)
    assert [call for call, _what in calls] == ["sync", "rename", "sync"]
    assert calls[0][1] == ".part"


@pytest.mark.parametrize("failing", ["fsync", "rename"])
def test_a_disk_error_leaves_no_half_file(blobs, monkeypatch, failing):
    def broken(*_args):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, failing, broken)
    with pytest.raises(OSError, match="Input/output"):
        blobs.put(upload(b"data"), "originals", max_bytes=9)
    assert not [path for path in blobs.root.rglob("*") if path.is_file()]


# -- between file and row ----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_crash_between_file_and_row_leaves_orphans_and_no_row(photo):
    prepare(upload(photo))  # and here the process was killed
    assert not Original.objects.exists()
    assert {what: len(names) for what, names in found().items()} == {"orphan": 3}


@pytest.mark.django_db
def test_a_rolled_back_transaction_leaves_orphans_and_no_row(photo):
    prepared = prepare(upload(photo))
    with transaction.atomic():
        attach(prepared, role="scene", subject=REPORT, by=None, now=NOW)
        transaction.set_rollback(True)  # the report itself was refused
    assert not Exhibit.objects.exists()
    assert set(found()) == {"orphan"}


@pytest.mark.django_db
def test_a_whole_city_has_no_problem(photo):
    hand_in(photo)
    hold_upload(upload(encoded(scene(2))), now=NOW)
    assert found() == {}
    call_command("verify_blobs")


@pytest.mark.django_db
def test_verify_finds_what_is_missing_and_what_was_changed(photo, blobs):
    original = hand_in(photo).original
    blobs.path(original.stored_name).unlink()
    copy = blobs.path(original.public_copy.stored_name)
    data = bytearray(copy.read_bytes())
    data[len(data) // 2] ^= 1
    copy.write_bytes(data)

    assert found() == {"missing": [original.stored_name], "changed": [original.public_copy.stored_name]}
    with pytest.raises(CommandError, match="2 个文件"):
        call_command("verify_blobs")


@pytest.mark.django_db
def test_a_missing_public_copy_is_drawn_again_when_the_photo_comes_again(photo, blobs):
    copy = hand_in(photo).original.public_copy
    blobs.path(copy.stored_name).unlink()
    hand_in(photo)
    assert found() == {}


# -- the reaper --------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_reaper_takes_old_orphans_and_torn_files_and_nothing_else(photo, blobs):
    kept = hand_in(photo).original
    old, young = (prepare(upload(encoded(scene(seed)))).stored_name for seed in (2, 3))
    for path in [path for path in blobs.root.rglob("*") if path.is_file() and path.name != young.rpartition("/")[2]]:
        age(path, days=8)
    torn = blobs.root / "incoming" / "x.part"
    torn.write_bytes(b"half")
    age(torn, days=2)

    reaped = reap(NOW)

    assert reaped.torn == 1
    assert not blobs.holds(old)
    assert blobs.holds(young)
    assert blobs.holds(kept.stored_name)
    assert "missing" not in found()


@pytest.mark.django_db
def test_an_orphan_handed_in_again_is_young_again(photo, blobs):
    name = prepare(upload(photo)).stored_name
    age(blobs.path(name), days=8)
    prepare(upload(photo))
    reap(NOW)
    assert blobs.holds(name)


@pytest.mark.django_db
def test_early_uploads_expire_after_a_day(photo):
    hold_upload(upload(photo), now=NOW)
    assert reap(NOW + timedelta(hours=23)) == Reaped(uploads=0, torn=0, orphans=0)
    assert reap(NOW + timedelta(hours=24)) == Reaped(uploads=1, torn=0, orphans=0)
    assert not PendingUpload.objects.exists()


@pytest.mark.django_db
def test_the_reaper_stops_when_the_database_looks_too_old(blobs):
    for number in range(120):
        age(blobs.path(blobs.put(upload(b"%d" % number), "originals", max_bytes=9).stored_name), days=30)
    assert reap(NOW) == Reaped(uploads=0, torn=0, orphans=0, stopped=True)
    assert len(list(blobs.stored_names())) == 120


# -- what the database promises ----------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["evidence_original", "evidence_exhibit"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_originals_and_exhibits_are_not_rewritten(photo, table, verb):
    hand_in(photo)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb.format(table))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"size_bytes": 0}, "original_is_not_empty"),
        ({"kind": "sculpture"}, "original_kind_is_known"),
        ({"digest": "md5:00"}, "original_names_its_algorithm"),
        ({"width_px": None}, "original_photo_has_a_size"),
        ({"height_px": 0}, "original_photo_has_a_size"),
    ],
)
def test_constraints_hold_whoever_writes(change, constraint):
    facts = {
        "digest": "sha256:" + "0" * 64, "size_bytes": 1, "media_type": "image/jpeg", "kind": "photo",
        "stored_name": "x", "width_px": 1, "height_px": 1, "received_at": NOW,
    }  # fmt: skip
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Original.objects.create(**{**facts, **change})


@pytest.fixture
def real_commits(django_db_setup, django_db_blocker):
    """Threads see one another's rows only once committed; taken back by hand, because the tables refuse a flush."""
    guarded = tables_of(Original, Exhibit, Withdrawal, Entry)
    with django_db_blocker.unblock():
        yield
        editor = connection.SchemaEditorClass(connection, atomic=False)
        lift(editor, guarded)
        for model in (Exhibit, PublicCopy, Fingerprint, PhotoSketch, Original, Reaction, Entry, Head):
            model.objects.all().delete()
        append_only(*guarded).code(None, editor)


def test_the_same_photo_from_many_hands_at_once_is_one_original(photo, real_commits):
    failures = []

    def one_hand() -> None:
        try:
            hand_in(photo)
        except Exception as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=one_hand) for _ in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert failures == []
    assert (Original.objects.count(), PublicCopy.objects.count(), Exhibit.objects.count()) == (1, 1, 6)
