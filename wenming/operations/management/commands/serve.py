"""`python -m wenming serve`: check the city, then become its supervisor."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from wenming.operations import occupancy, readiness, serving, tls


class Command(BaseCommand):
    help = "检查数据文件夹，然后启动网页服务和后台任务"
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="监听地址；0.0.0.0 让同一网络的其他电脑也能打开")
        parser.add_argument("--port", type=int, help="端口；不写时从 8000 起找一个空闲的")
        parser.add_argument("--workers", type=int, default=serving.cores(), help="网页进程数，默认等于处理器核数")
        parser.add_argument("--https", action="store_true", help="使用 run.py tls 生成的证书")

    def handle(self, *_args: Any, host: str, port: int | None, workers: int, https: bool, **_options: Any) -> None:
        self._refuse_when_served()
        self._refuse_to_lie()
        chosen = serving.free_port(host, port)
        if chosen is None:
            which = f"端口 {port}" if port else f"端口 {serving.PORTS[0]}–{serving.PORTS[-1]}"
            raise CommandError(f"{which} 已被其他程序占用。请用 --port 换一个。(The port is taken; choose another.)")
        if settings.DEMO:
            call_command("demo_accounts")
        os.environ.setdefault("WENMING_HOSTS", ",".join(serving.host_names(host)))
        arguments = ["--host", host, "--port", str(chosen), "--workers", str(workers)]
        self._become_the_supervisor([*arguments, *(self._certificate() if https else [])])

    def _refuse_when_served(self) -> None:
        if address := occupancy.served_at(settings.CITY):
            raise CommandError(f"这个城市已经在运行：{address} (already being served)")

    def _refuse_to_lie(self) -> None:
        found = readiness.findings(settings.CITY)
        for finding in found:
            self.stderr.write(f"{'✗' if finding.fatal else '!'} {finding}")
        if any(finding.fatal for finding in found):
            raise CommandError("因为以上原因没有启动。(Not started, for the reasons above.)")

    def _certificate(self) -> list[str]:
        pair = tls.server_pair(settings.CITY)
        if pair is None:
            raise CommandError("还没有证书。请先运行：python3 run.py tls (No certificate yet; run that first.)")
        os.environ["WENMING_HTTPS"] = "1"
        return ["--certificate", str(pair.certificate), "--key", str(pair.key)]

    def _become_the_supervisor(self, arguments: list[str]) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        os.execv(sys.executable, [sys.executable, "-m", "wenming.operations.serving", *arguments])
