"""Requests of citizens and of people who are logged in, as bytes; and what a stretch of code asks of the database."""

from __future__ import annotations

import io
import itertools
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection
from django.test import Client as InProcess
from django.test.utils import CaptureQueriesContext
from PIL import Image, ImageFilter

from wenming.organisations.models import Account

from .client import request

FORM = "application/x-www-form-urlencoded"
CSRF = "b" * 32
_visitors = itertools.count(1)


def empty_view() -> bytes:
    return request("GET", "/bench/empty/")


def a_visitor() -> dict[str, str]:
    """Each citizen comes from an address of their own, as the proxy would say."""
    number = next(_visitors)
    return {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}


def post_form(path: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> bytes:
    return request("POST", path, headers=headers, body=urlencode(fields).encode(), kind=FORM)


def post_photo(path: str, fields: Mapping[str, str], photo: bytes, headers: Mapping[str, str]) -> bytes:
    """A multipart form with one photograph, as a browser sends it without our script."""
    mark = uuid.uuid4().hex
    parts = [f'--{mark}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()]
    head = f'--{mark}\r\nContent-Disposition: form-data; name="photos"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    body = "".join(parts).encode() + head.encode() + photo + f"\r\n--{mark}--\r\n".encode()
    return request("POST", path, headers=headers, body=body, kind=f"multipart/form-data; boundary={mark}")


def in_process() -> InProcess:
    """A visitor who skips the network and the server, for counting queries."""
    return InProcess(SERVER_NAME="127.0.0.1", raise_request_exception=True)


def logged_in(account: Account) -> dict[str, str]:
    """The headers of somebody who has just logged in."""
    cookies = cookies_of(account)
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()), "X-CSRFToken": CSRF}


def cookies_of(account: Account) -> dict[str, str]:
    """The cookies of somebody who is at work; a session made here is as good as one from the log-in page."""
    browser = in_process()
    browser.force_login(account, backend="wenming.organisations.passwords.Accounts")
    session = browser.session
    session["seen"] = int(time.time())
    session.save()
    return {settings.SESSION_COOKIE_NAME: session.session_key, settings.CSRF_COOKIE_NAME: CSRF}


def a_photo(number: int) -> bytes:
    """A JPEG of 1600 × 1200 with the detail of a street scene; every number gives another picture."""
    rng = Random(number)
    noise = Image.frombytes("L", (400, 300), rng.randbytes(400 * 300)).filter(ImageFilter.GaussianBlur(1.2))
    colours = [noise.transpose(turn) if turn is not None else noise for turn in (None, Image.Transpose.ROTATE_180, 0)]
    out = io.BytesIO()
    Image.merge("RGB", colours).resize((1600, 1200), Image.Resampling.BICUBIC).save(out, "JPEG", quality=88)
    return out.getvalue()


@dataclass(frozen=True)
class Asked:
    """What was asked of the database: statements, and how many times it was made to remember (commits)."""

    statements: Sequence[str]

    @property
    def queries(self) -> int:
        return sum(not each.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")) for each in self.statements)

    @property
    def commits(self) -> int:
        return sum(each.startswith("COMMIT") for each in self.statements)

    def __str__(self) -> str:
        return f"{self.queries} SQL in {self.commits} commits" if self.commits else f"{self.queries} SQL"


def queries_of(act: Callable[[], object]) -> Asked:
    """What one call of `act` asks."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return Asked([each["sql"] for each in captured.captured_queries])
