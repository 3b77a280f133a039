"""A stranger's photo is decoded where it can do no harm: one child, little memory, no files, no network."""

import json
import os
import resource
import signal
import socket
import struct
import threading
from pathlib import Path

import pytest
from PIL import Image

from wenming.evidence import refusals
from wenming.evidence.rules import limits
from wenming.evidence.sandbox import nursery
from wenming.evidence.sandbox.decoder import framed
from wenming.evidence.sandbox.host import Darkroom, read_answer

from .drawings import encoded, scene


@pytest.fixture
def darkroom():
    room = Darkroom()
    yield room
    room.close()


@pytest.fixture
def photo_file(photo, tmp_path):
    path = tmp_path / "photo"
    path.write_bytes(photo)
    with path.open("rb") as file:
        yield file


def locked_down(act) -> int:
    """What `act` returns in a child under the sandbox's limits: its number, or -signal if it was killed."""
    child = os.fork()
    if child == 0:
        try:
            nursery.lock_down(nursery._mapped_bytes())
            os._exit(act())
        except MemoryError:
            os._exit(77)
        except OSError:
            os._exit(78)
        finally:
            os._exit(79)
    status = os.waitpid(child, 0)[1]
    return os.waitstatus_to_exitcode(status)


def test_a_child_may_open_no_file():
    assert locked_down(lambda: os.open("/etc/hostname", os.O_RDONLY)) == 78


def test_a_child_may_write_no_file(tmp_path):
    open_before = os.open(tmp_path / "x", os.O_WRONLY | os.O_CREAT)
    assert locked_down(lambda: os.write(open_before, b"x")) == -signal.SIGXFSZ or not (tmp_path / "x").read_bytes()
    os.close(open_before)


def test_a_child_may_open_no_socket():
    assert locked_down(lambda: socket.socket().fileno()) == 78


def test_a_child_gets_no_more_memory_than_agreed():
    # Twice the cap: the test's own process, unlike a fresh mother, has freed room that it may use again.
    assert locked_down(lambda: len(bytearray(limits.CHILD_MEMORY_BYTES * 2)) and 0) == 77
    assert locked_down(lambda: len(bytearray(limits.CHILD_MEMORY_BYTES // 2)) and 0) == 0


def test_a_child_dies_of_too_much_work(monkeypatch):
    monkeypatch.setattr(limits, "CHILD_CPU_SECONDS", 1)

    def forever():
        while True:
            pass

    assert locked_down(forever) in (-signal.SIGXCPU, -signal.SIGKILL)


def test_a_photo_that_needs_too_much_memory_is_a_refusal_and_the_parent_stays_small(darkroom, tmp_path):
    # 49 megapixels of WebP pass the header check, but its decoder wants them three times over.
    path = tmp_path / "large.webp"
    path.write_bytes(encoded(Image.new("RGB", (8180, 6000), "grey"), "WEBP", quality=1, method=0))
    before = resident_bytes()
    with path.open("rb") as file, pytest.raises(refusals.TooHeavy):
        darkroom.develop(file.fileno(), "image/webp")
    assert resident_bytes() - before < 64 * limits.MB


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def test_a_pixel_bomb_is_refused_in_a_moment(darkroom, tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(encoded(Image.new("1", (13_000, 13_000)), "PNG"))
    darkroom.warm_up()
    with path.open("rb") as file, pytest.raises(refusals.TooManyPixels):
        darkroom.develop(file.fileno(), "image/png")  # decoding it would have been TooHeavy: 169 million pixels


def test_a_child_that_dies_silently_is_a_refusal_and_the_next_photo_is_developed(darkroom, photo_file):
    silence = darkroom._answer(photo_file.fileno(), b"?")  # an order no child knows: it ends without a word
    with pytest.raises(refusals.TooHeavy):
        read_answer(silence)
    assert darkroom.develop(photo_file.fileno(), "image/jpeg").width_px == 800


def test_a_killed_mother_is_replaced_within_the_same_upload(darkroom, photo_file):
    darkroom.develop(photo_file.fileno(), "image/jpeg")
    first = darkroom._mother.pid
    os.kill(first, signal.SIGKILL)
    assert darkroom.develop(photo_file.fileno(), "image/jpeg").width_px == 800
    assert darkroom._mother.pid != first


def test_the_mother_ends_when_her_parent_is_gone(darkroom, photo_file):
    darkroom.develop(photo_file.fileno(), "image/jpeg")
    mother = darkroom._mother
    darkroom._channel.close()
    assert mother.wait(timeout=5) == 0


def test_many_threads_share_a_few_children(darkroom, photo):
    answers = []

    def develop(number: int) -> None:
        handle = os.memfd_create(f"photo-{number}")
        os.write(handle, photo)
        answers.append(darkroom.develop(handle, "image/jpeg").public.jpeg)
        os.close(handle)

    threads = [threading.Thread(target=develop, args=[number]) for number in range(12)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(answers) == 12
    assert len(set(answers)) == 1


def test_waiting_too_long_for_a_child_asks_to_come_back(darkroom, photo_file, monkeypatch):
    monkeypatch.setattr(limits, "QUEUE_SECONDS", 0.05)
    for _ in range(limits.CHILDREN_AT_ONCE):
        darkroom._turns.acquire()
    with pytest.raises(refusals.TryAgainSoon):
        darkroom.develop(photo_file.fileno(), "image/jpeg")


JPEG = encoded(scene(width=40, height=30))
GOOD = {
    "width_px": 40, "height_px": 30, "taken_at": None, "place": None, "public_px": [40, 30], "thumb_px": [40, 30],
    "likeness_px": [256, 192],
}  # fmt: skip
GREY, LIKENESS = bytes(1024), bytes(256 * 192)


def test_an_honest_answer_is_believed():
    assert read_answer(framed(GOOD, JPEG, JPEG, GREY, LIKENESS)).public.jpeg == JPEG


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"\0\0\0", id="cut off"),
        pytest.param(struct.pack(">I", 5) + b"hello", id="not JSON"),
        pytest.param(struct.pack(">I", 2) + b"[]", id="a list"),
        pytest.param(framed(GOOD, b"<html>", JPEG, GREY, LIKENESS), id="a web page for a picture"),
        pytest.param(framed(GOOD, JPEG + b"<html>", JPEG, GREY, LIKENESS), id="a picture with something behind it"),
        pytest.param(framed(GOOD, JPEG, JPEG, bytes(9), LIKENESS), id="too little grey"),
        pytest.param(framed(GOOD, JPEG, JPEG, GREY, bytes(9)), id="too little likeness"),
        pytest.param(
            framed({**GOOD, "likeness_px": [512, 96]}, JPEG, JPEG, GREY, LIKENESS), id="a likeness of another size"),
        pytest.param(framed(GOOD, JPEG, JPEG, GREY, LIKENESS) + b"more", id="more than it said"),
        pytest.param(framed({**GOOD, "width_px": -1}, JPEG, JPEG, GREY, LIKENESS), id="a negative width"),
        pytest.param(framed({**GOOD, "public_px": [9000, 9000]}, JPEG, JPEG, GREY, LIKENESS), id="larger than asked for"),
        pytest.param(framed({**GOOD, "place": ["here"]}, JPEG, JPEG, GREY, LIKENESS), id="words for a place"),
        pytest.param(framed({"refused": "too-many-pixels"}), id="a refusal without its figures"),
        pytest.param(b"\0\0\0\x02" + json.dumps({}).encode(), id="nothing at all"),
    ],
)
def test_a_hijacked_child_is_not_believed(answer):
    with pytest.raises(refusals.CannotOpen):
        read_answer(answer)
