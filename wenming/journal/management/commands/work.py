"""`python -m wenming work`: the worker. Any number may run; each may be killed at any moment."""

from __future__ import annotations

import logging
import signal
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections
from django.utils import timezone

from wenming.journal import worker
from wenming.journal.services import ticks

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "执行日志引发的后续动作和到点动作（催办、逾期提醒等）"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="把现在该做的做完就退出")
        parser.add_argument("--pause", type=float, default=0.5, help="没有事做时等几秒")

    def handle(self, *_args: Any, once: bool, pause: float, **_options: Any) -> None:
        self.stopping = False
        signal.signal(signal.SIGTERM, self._stop)
        last_run: dict[str, float] = {}
        while not self.stopping:
            busy = self._turn(last_run)
            if once:
                return
            if not busy:
                time.sleep(pause)

    def _stop(self, *_signal: object) -> None:
        self.stopping = True

    def _turn(self, last_run: dict[str, float]) -> bool:
        close_old_connections()
        try:
            busy = worker.run_waiting(at_most=100) > 0
            for tick in ticks():
                if time.monotonic() - last_run.get(tick.name, float("-inf")) >= tick.every_seconds:
                    tick.run(timezone.now())
                    last_run[tick.name] = time.monotonic()
            return busy
        except OperationalError:
            # The database is restarting or locked: nothing is lost, everything is still marked as to do.
            log.exception("the database did not answer; trying again")
            return False
