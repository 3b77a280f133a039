"""The mother process: imports the decoders once, then gives each photo a new child that dies with it.

Why so: importing Pillow takes 80 ms of CPU, forking a process that has done so takes 1.3 ms, and a small phone photo
8 ms. A pool of children that live for many photos would save the 1.3 ms, and give a hijacked decoder the next
citizen's photo. So: one photo, one child.

The mother never looks at a photo. She dies when her parent closes the socket, so no crash leaves her behind.
"""

from __future__ import annotations

import gc
import io
import os
import resource
import signal
import socket
from pathlib import Path

from PIL import Image, MpoImagePlugin, WebPImagePlugin  # noqa: F401  a child can open no file, so nothing may load late

from wenming.evidence.rules import limits
from wenming.evidence.sandbox import decoder

# One byte names the decoder, chosen by the parent from the file's first bytes; no other decoder is tried.
FORMAT_OF = {b"J": "JPEG", b"P": "PNG", b"W": "WEBP", b"H": "HEIF"}


def main(channel_fd: int) -> None:
    """Serve until the parent is gone."""
    _learn_heic()
    _rehearse()
    gc.collect()
    gc.freeze()
    channel, mapped_bytes = socket.socket(fileno=channel_fd), _mapped_bytes()
    while True:
        order, handles, _flags, _address = socket.recv_fds(channel, 1, 2)
        if not order:
            return
        photo_fd, answer_fd = handles
        _give_birth(channel, order, photo_fd, answer_fd, mapped_bytes)
        os.close(photo_fd)
        os.close(answer_fd)
        _bury_the_dead()


def _give_birth(channel: socket.socket, order: bytes, photo_fd: int, answer_fd: int, mapped_bytes: int) -> None:
    try:
        if os.fork():
            return
    except OSError:
        return  # the parent reads an empty answer
    try:
        channel.close()
        lock_down(mapped_bytes)
        with open(photo_fd, "rb", closefd=False) as photo, open(answer_fd, "wb", closefd=False) as answer:
            answer.write(decoder.answer_for(photo, FORMAT_OF[order]))
    finally:
        os._exit(0)


def _bury_the_dead() -> None:
    """Collect children that have ended. How they ended says nothing: their answer tells, or is missing."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def lock_down(mapped_bytes: int) -> None:
    """From here on: no new file or socket, no file written, little memory, seconds to live, no trace if it crashes.

    mapped_bytes: what Python had mapped before the photo came; the memory cap counts from there.

    A limit of 0 open files leaves those already open and refuses every open(), socket() and dup(): no network and no
    disk, on any Unix, without privileges.
    """
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CPU, limits.CHILD_CPU_SECONDS)
    _limit(resource.RLIMIT_AS, mapped_bytes + limits.CHILD_MEMORY_BYTES)
    _limit(resource.RLIMIT_NPROC, 0)
    _limit(resource.RLIMIT_NOFILE, 0)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(limits.CHILD_WALL_SECONDS)


def _limit(which: int, amount: int) -> None:
    hard = resource.getrlimit(which)[1]
    amount = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
    resource.setrlimit(which, (amount, amount))


def _mapped_bytes() -> int:
    """What this process has mapped; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except FileNotFoundError:
        return 0


def _learn_heic() -> None:
    try:
        import pillow_heif
    except ImportError:
        return
    pillow_heif.register_heif_opener()


def _rehearse() -> None:
    """Develop one picture of each format, so that everything Pillow loads late is loaded now."""
    for name in ("JPEG", "PNG", "WEBP"):
        picture, exif = io.BytesIO(), Image.Exif()
        exif.get_ifd(0x8769)[0x9003] = "2026:01:01 00:00:00"
        Image.new("RGB", (40, 30)).save(picture, name, exif=exif)
        decoder.developed(io.BytesIO(picture.getvalue()), name)
