"""The parent's side: sends a photo into the sandbox and believes nothing that comes back.

One mother process (nursery.py) per web process, started with the first photo and again whenever it is gone.
"""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from wenming.evidence import refusals
from wenming.evidence.rules import limits
from wenming.evidence.rules.fingerprints import GREY_SIDE
from wenming.evidence.rules.sketches import LONG_EDGE

ORDER_FOR = {"image/jpeg": b"J", "image/png": b"P", "image/webp": b"W", "image/heic": b"H"}
CHECKOUT = Path(__file__).resolve().parents[3]
# -I: no environment, no user site, no current folder. The child finds our code by this one path and nothing else.
START = """
import sys
sys.path.insert(0, sys.argv[1])
from wenming.evidence.sandbox import nursery
nursery.main(int(sys.argv[2]))
"""


# Large pages for the pixels: a child is new and touches every page first, which cost it a quarter of its time.
CHILD_ENVIRONMENT = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}


@dataclass(frozen=True)
class Picture:
    """A JPEG drawn in the sandbox."""

    jpeg: bytes
    width_px: int
    height_px: int


@dataclass(frozen=True)
class Likeness:
    """The photo in grey, its longer edge LONG_EDGE pixels: what sketches are made of and pictures laid over one another."""

    grey: bytes
    width_px: int
    height_px: int


@dataclass(frozen=True)
class Developed:
    """What the sandbox made of a photo; claims as the camera wrote them."""

    width_px: int
    height_px: int
    public: Picture
    thumb: Picture
    grey: bytes
    likeness: Likeness
    taken_at: str | None
    lon_wgs84: float | None
    lat_wgs84: float | None


class Darkroom:
    """Develops photos in children of a mother process, a few at a time. Safe to use from many threads."""

    def __init__(self) -> None:
        self._turns = threading.BoundedSemaphore(limits.CHILDREN_AT_ONCE)
        self._starting = threading.Lock()
        self._mother: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None

    def develop(self, photo_fd: int, media_type: str) -> Developed:
        """Public copy, thumbnail and plain facts of the photo open at photo_fd.

        Raises CannotOpen, TooManyPixels, TooHeavy: the photo's fault; TryAgainSoon: ours.
        """
        if not self._turns.acquire(timeout=limits.QUEUE_SECONDS):
            raise refusals.TryAgainSoon
        try:
            return read_answer(self._answer(photo_fd, ORDER_FOR[media_type]))
        finally:
            self._turns.release()

    def warm_up(self) -> None:
        """Start the mother now rather than with the first photo."""
        self._running_channel()

    def close(self) -> None:
        """Let the mother go; she ends by herself when the socket closes."""
        with self._starting:
            if self._channel:
                self._channel.close()
            if self._mother:
                self._mother.wait(timeout=5)
            self._channel = self._mother = None

    def _answer(self, photo_fd: int, order: bytes) -> bytes:
        for _attempt in range(2):
            answer = self._ask(photo_fd, order)
            # Nothing said and the mother gone: she was killed, not the photo's child. A new one gets the same photo.
            if answer or self._is_running():
                return answer
        raise refusals.TryAgainSoon

    def _ask(self, photo_fd: int, order: bytes) -> bytes:
        reading, writing = os.pipe()
        try:
            try:
                socket.send_fds(self._running_channel(), [order], [photo_fd, writing])
            except OSError:
                return b""
            finally:
                os.close(writing)
            return _read_to_end(reading, time.monotonic() + limits.CHILD_WALL_SECONDS + 1)
        finally:
            os.close(reading)

    def _is_running(self) -> bool:
        # A killed process can be read as alive for a moment after its sockets are gone.
        time.sleep(0.01)
        return self._mother is not None and self._mother.poll() is None

    def _running_channel(self) -> socket.socket:
        with self._starting:
            if self._channel is None or self._mother is None or self._mother.poll() is not None:
                self._start()
            assert self._channel is not None
            return self._channel

    def _start(self) -> None:
        if self._channel:
            self._channel.close()
        self._channel, theirs = socket.socketpair()
        with theirs:
            self._mother = subprocess.Popen(  # noqa: S603  our own interpreter, our own code
                [sys.executable, "-I", "-c", START, str(CHECKOUT), str(theirs.fileno())],
                pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                cwd="/", env=CHILD_ENVIRONMENT, start_new_session=True,
            )  # fmt: skip


@cache
def _darkroom_of(_process_id: int) -> Darkroom:
    return Darkroom()


def darkroom() -> Darkroom:
    """This process's darkroom; a forked copy of the process gets its own."""
    return _darkroom_of(os.getpid())


def _read_to_end(handle: int, deadline: float) -> bytes:
    """All that is written before the other end closes; empty when it takes too long or says too much."""
    parts: list[bytes] = []
    size = 0
    while select.select([handle], [], [], max(0.0, deadline - time.monotonic()))[0]:
        part = os.read(handle, 1 << 20)
        if not part:
            return b"".join(parts)
        parts.append(part)
        size += len(part)
        if size > limits.CHILD_ANSWER_BYTES:
            break
    return b""


def read_answer(answer: bytes) -> Developed:
    """The answer checked part by part: whoever took over a decoder speaks here, so nothing is taken on trust."""
    if not answer:
        raise refusals.TooHeavy
    try:
        length = int.from_bytes(answer[:4], "big")
        facts = json.loads(answer[4 : 4 + length])
        if "refused" in facts:
            raise _refusal(facts)
        return _checked(facts, answer[4 + length :])
    except (KeyError, TypeError, ValueError):
        raise refusals.CannotOpen from None


def _refusal(facts: dict[str, Any]) -> refusals.BadInput:
    if facts["refused"] == "too-many-pixels":
        width, height = _length(facts["width_px"]), _length(facts["height_px"])
        return refusals.TooManyPixels(width_px=width, height_px=height, limit_pixels=limits.MAX_PIXELS)
    return refusals.TooHeavy() if facts["refused"] == "too-heavy" else refusals.CannotOpen()


def _checked(facts: dict[str, Any], body: bytes) -> Developed:
    ends = list(accumulate(_length(part) for part in facts["parts"]))
    public, thumb, grey, likeness = (body[begin:end] for begin, end in pairwise([0, *ends]))
    if len(body) != ends[-1] or len(grey) != GREY_SIDE * GREY_SIDE:
        raise ValueError("the parts do not add up")
    lon, lat = (float(value) for value in facts["place"]) if facts["place"] else (None, None)
    return Developed(
        width_px=_length(facts["width_px"]),
        height_px=_length(facts["height_px"]),
        public=_picture(public, facts["public_px"], limits.PUBLIC_LONG_EDGE_PX),
        thumb=_picture(thumb, facts["thumb_px"], limits.THUMB_LONG_EDGE_PX),
        grey=grey,
        likeness=_likeness(likeness, facts["likeness_px"]),
        taken_at=None if facts["taken_at"] is None else str(facts["taken_at"])[:40],
        lon_wgs84=lon,
        lat_wgs84=lat,
    )


def _picture(jpeg: bytes, size: list[int], long_edge: int) -> Picture:
    width, height = (_length(side) for side in size)
    if not jpeg.startswith(b"\xff\xd8\xff") or not jpeg.endswith(b"\xff\xd9") or max(width, height) > long_edge:
        raise ValueError("not a picture of the size that was asked for")
    return Picture(jpeg, width, height)


def _likeness(grey: bytes, size: list[int]) -> Likeness:
    width, height = (_length(side) for side in size)
    if max(width, height) != LONG_EDGE or len(grey) != width * height:
        raise ValueError("not a grey picture of the size that was asked for")
    return Likeness(grey, width, height)


def _length(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 1 << 31:
        raise ValueError(f"not a length: {value!r}")
    return value
