"""A citizen's report: over HTTP as it comes in, and in process for what it costs the database."""

from __future__ import annotations

import hashlib
import time
import uuid
from random import Random

from django.utils import timezone

from wenming.journal.worker import run_waiting
from wenming.observations.models import Channel
from wenming.observations.services import Where, receive_report
from wenming.territory.models import Placement
from wenming.territory.rules.coordinates import Datum

from .acting import a_photo, a_visitor, in_process, post_form, post_photo, queries_of
from .client import client_of
from .figures import Goal, duration, tell, tell_ratio
from .inside import Effort
from .limits import RawDatabase, decode_and_encode
from .over_http import CLIENTS, OverHttp
from .paired import paired, pairs_of, seconds_each
from .stack import stack

BAR = Goal(12)
TEXT = "路口的垃圾桶满了两天没有人收，味道很大。"


def measure(effort: Effort) -> None:
    reporters, raw = Reporters(), RawDatabase()
    with stack() as web, client_of(web.port) as client:
        city = OverHttp(web, client, effort)
        _words_only(city, reporters, raw)
        _with_photo(city, reporters)
    _behind_the_page(reporters, raw, effort)


class Reporters:
    """Citizens who report where things have happened before."""

    def __init__(self) -> None:
        located = Placement.objects.exclude(longitude=None).order_by("pk").values_list("longitude", "latitude")
        self._points, self._rng = list(located[:500]), Random(7)

    def fields(self) -> dict[str, str]:
        """The public form as it is filled in."""
        longitude, latitude = self._rng.choice(self._points)
        return {"client_id": str(uuid.uuid4()), "longitude": str(longitude), "latitude": str(latitude), "text": TEXT}

    def receive(self) -> None:
        """The same report without the page around it."""
        now = timezone.now()
        receive_report(channel=Channel.WEB, client_id=str(uuid.uuid4()), text=TEXT, where=self.where(), now=now)

    def where(self) -> Where:
        longitude, latitude = self._rng.choice(self._points)
        return Where(longitude, latitude, datum=Datum.CGCS2000, source="map")


def _words_only(city: OverHttp, reporters: Reporters, raw: RawDatabase) -> None:
    def block(count: int) -> list[bytes]:
        return [post_form("/report/", reporters.fields(), a_visitor()) for _ in range(count)]

    size = city.effort.block
    wall, cpu = city.against_empty(lambda: block(size), expect=303)
    sql = queries_of(lambda: in_process().post("/report/", reporters.fields()))
    tell_ratio(f"report without photo, {CLIENTS} clients", wall, against="empty view", goal=BAR, note=str(sql))
    tell_ratio("– its processor time in the server", cpu, against="empty view")
    alone = paired(
        lambda: city.seconds(block(size), expect=303, clients=1), lambda: seconds_each(raw.commit_rows, size),
        pairs=city.effort.pairs,
    )  # fmt: skip
    tell_ratio("report without photo, 1 client", alone, against="raw durable commit")


def _with_photo(city: OverHttp, reporters: Reporters) -> None:
    size = max(2, city.effort.block // 5)
    photos = [a_photo(number) for number in range(size * (city.effort.pairs + 1))]
    left = iter(photos)

    def block() -> list[bytes]:
        return [post_photo("/report/", reporters.fields(), next(left), a_visitor()) for _ in range(size)]

    wall, cpu = city.against_empty(block, expect=303)
    tell_ratio(f"report with photo, {CLIENTS} clients", wall, against="empty view", note=f"{len(photos[0]) // 1024} KB")
    bare = [_processor_time(photo) for photo in photos[:20]]
    decoding = pairs_of([cpu.ours.median] * len(bare), bare)
    tell_ratio("– its processor time in the server", decoding, against="hash + one decode and encode", goal=Goal(1.3))


def _processor_time(photo: bytes) -> float:
    """Of the least that must be done with a photograph."""
    began = time.process_time()
    hashlib.sha256(photo)
    decode_and_encode(photo)
    return time.process_time() - began


def _behind_the_page(reporters: Reporters, raw: RawDatabase, effort: Effort) -> None:
    received = paired(
        lambda: seconds_each(reporters.receive, effort.block),
        lambda: seconds_each(lambda: raw.commit_rows(5), effort.block), pairs=effort.pairs,
    )  # fmt: skip
    tell_ratio("receive_report", received, against="raw 5-row transaction", note=str(queries_of(reporters.receive)))
    asked = queries_of(lambda: run_waiting(at_most=1))
    opened = seconds_each(lambda: run_waiting(at_most=1), min(effort.block * effort.pairs, 200))
    tell("the worker opens the case of a report", f"{duration(opened)}, {asked}")
