"""`python3 run.py import open311 FILE`: service requests of an Open311 system, by the file, become reports and cases."""

from __future__ import annotations

import itertools
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from wenming.desks.api.bulk.files import Row, rows_of
from wenming.desks.api.bulk.places import fit_onto_this_city, inside, pulled_inside
from wenming.desks.api.bulk.reading import Fit, Incoming, RowRefused, read_row, shifted
from wenming.desks.api.bulk.writing import BulkWriter, Request
from wenming.desks.api.open311.services import service_by_code
from wenming.journal.services import acting_from
from wenming.organisations.models import Account
from wenming.refusals import Refusal
from wenming.standards.models import ProblemType, Scheme
from wenming.standards.selectors import types_in

ROWS_AT_ONCE = 100
SAMPLE = 5000
KNOWN, BROUGHT_IN = "以前导入过", "已导入"


class Command(BaseCommand):
    requires_system_checks: tuple[str, ...] = ()
    help = (
        "导入 Open311 的工单文件（parquet、csv、json、jsonl）。中断后再运行一次就接着导，不会重复。"
        "不带 --into-this-city 时，地点要在本市、service_code 要是本市的；带上时只用于压力测试"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", default="open311", help="来源系统的名称，和编号一起认出导过的工单")
        parser.add_argument("--by", help="以哪个账号导入，默认第一个指挥中心账号")
        parser.add_argument("--limit", type=int, help="最多导入多少行")
        parser.add_argument(
            "--into-this-city", action="store_true",
            help="只用于压力测试：把别的城市的范围按比例放进本市范围，问题类型轮流分配",
        )  # fmt: skip
        parser.add_argument("--until-today", action="store_true", help="只用于压力测试：整体平移日期，最新的一件算今天")

    def handle(self, *_args: Any, file: Path, source: str, by: str | None, limit: int | None, **options: Any) -> None:
        now = timezone.now()
        try:
            with acting_from("import"):
                load = _Load(file, limit, now, options["into_this_city"], options["until_today"])
                writer = BulkWriter(source=source[:32], by=_importer(by), now=now)
                self._bring_in(load, writer)
        except Refusal as refused:
            raise CommandError(str(refused)) from refused

    def _bring_in(self, load: _Load, writer: BulkWriter) -> None:
        tally: Counter[str] = Counter()
        began = last = time.monotonic()
        rows = iter(load.rows())
        while portion := list(itertools.islice(rows, ROWS_AT_ONCE)):
            self._one_portion(portion, load, writer, tally)
            if time.monotonic() - last > 5:
                last = time.monotonic()
                self._tell(tally, last - began)
        self._tell(tally, time.monotonic() - began)

    def _one_portion(self, portion: list[Row], load: _Load, writer: BulkWriter, tally: Counter[str]) -> None:
        incoming: dict[str, Incoming] = {}
        for row in portion:
            try:
                read = load.read(row)
                tally["这个编号在本文件里出现过了"] += read.number in incoming
                incoming.setdefault(read.number, read)
            except RowRefused as refused:
                tally[str(refused)] += 1
        known = writer.known(list(incoming))
        tally[KNOWN] += len(known)
        requests, refusals = load.placed([each for number, each in incoming.items() if number not in known])
        tally.update(refusals)
        if requests:
            writer.write(requests)
        tally[BROUGHT_IN] += len(requests)

    def _tell(self, tally: Counter[str], seconds: float) -> None:
        rate = round(tally[BROUGHT_IN] / seconds) if seconds else 0
        words = "，".join(f"{what} {count} 行" for what, count in tally.most_common() if count)
        self.stdout.write(f"{words or '没有行'}（{seconds:.0f} 秒，每秒 {rate} 行）")
        self.stdout.flush()


class _Load:
    """One file and how its rows become requests of this city."""

    def __init__(self, file: Path, limit: int | None, now: datetime, into_this_city: bool, until_today: bool) -> None:
        self.file, self.limit, self.now = file, limit, now
        self.fit = self._fit() if into_this_city else None
        self.types = _types() if into_this_city else []
        self.shift = self._shift() if until_today else timedelta()

    def rows(self) -> Iterator[Row]:
        return itertools.islice(rows_of(self.file), self.limit)

    def read(self, row: Row) -> Incoming:
        return shifted(read_row(row, now=self.now - self.shift), self.shift)

    def placed(self, incoming: list[Incoming]) -> tuple[list[Request], Counter[str]]:
        """Those that can come in, and why others cannot."""
        if self.fit:
            return self._dealt_out(incoming, self.fit), Counter()
        refusals: Counter[str] = Counter()
        requests = []
        located = [each for each in incoming if each.point]
        lies_here = dict(zip((i.number for i in located), inside([i.point for i in located if i.point]), strict=True))
        for each in incoming:
            service = service_by_code(each.service_code)
            if service is None:
                refusals["service_code 不是本市的"] += 1
            elif not lies_here.get(each.number, True):
                refusals["地点不在本市"] += 1
            else:
                kind = service if isinstance(service, ProblemType) else None
                requests.append(Request(each, each.point, service, kind))
        return requests, refusals

    def _dealt_out(self, incoming: list[Incoming], fit: Fit) -> list[Request]:
        """Other cities' services mean something else here, so each request gets one of our types by its number."""
        placed = iter(pulled_inside([fit(each.point) for each in incoming if each.point], fit.ours))
        return [
            Request(
                each,
                next(placed) if each.point else None,
                None,
                self.types[crc32(each.number.encode()) % len(self.types)],
            )
            for each in incoming
        ]

    def _fit(self) -> Fit:
        sample = []
        for row in itertools.islice(self.rows(), SAMPLE):
            try:
                sample.append(read_row(row, now=self.now))
            except RowRefused:
                continue
        return fit_onto_this_city(sample)

    def _shift(self) -> timedelta:
        """Whole days from the newest request to today."""
        newest = self.now - timedelta(days=365 * 100)
        for row in self.rows():
            try:
                newest = max(newest, read_row(row, now=self.now).requested_at)
            except RowRefused:
                continue
        return timedelta(days=max((self.now - newest).days, 0))


def _types() -> list[ProblemType]:
    scheme = Scheme.objects.filter(is_current=True).first()
    types = list(types_in(scheme).filter(rules__isnull=False).distinct()) if scheme else []
    if not types:
        raise CommandError("还没有启用问题分类：请先运行 python3 run.py manage load_standards")
    return types


def _importer(username: str | None) -> Account:
    accounts = Account.objects.filter(username=username) if username else Account.objects.filter(role="dispatcher")
    account = accounts.filter(is_active=True).select_related("unit").order_by("pk").first()
    if account is None or not account.may("reports.import"):
        raise CommandError("没有可以导入的账号。请用 --by 指定一个指挥中心或创文办的账号。")
    return account
