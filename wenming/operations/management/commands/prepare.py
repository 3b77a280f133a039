"""`python -m wenming prepare`: make a city's folder ready to be served; a matter of seconds when it already is."""

from __future__ import annotations

import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from wenming.operations import demo_folder, occupancy, readiness


class Command(BaseCommand):
    help = "升级数据库，给空的数据文件夹装入演示城市，准备页面样式文件"
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", help="演示数据的种子：同一个数总是生成同一个城市")
        parser.add_argument("--size", choices=["small", "normal", "large"], default="normal")
        parser.add_argument("--no-demo", action="store_true", help="空文件夹保持为空：真实城市从这里开始")
        parser.add_argument("--reset", action="store_true", help="清空演示城市重新生成（只对演示文件夹有效）")

    def handle(self, *_args: Any, seed: str | None, size: str, no_demo: bool, reset: bool, **_options: Any) -> None:
        settings.CITY.make()
        self._refuse_a_full_disk()
        if (reset and self._holds_anything()) or demo_folder.was_interrupted(settings.CITY):
            self._empty_the_demo_folder()
        if list(readiness.unapplied_migrations()):
            self._refuse_under_an_earlier_version()
            with self._step("准备数据库", "Preparing the database"):
                call_command("migrate", interactive=False, verbosity=0)
        if not no_demo and not get_user_model().objects.exists():
            with self._step("装入演示城市，约半分钟", "Filling in the demo city, about half a minute"):
                self._fill(seed, size)
        readiness.remember_keys(settings.CITY)
        if no_demo and not get_user_model().objects.exists():
            self.stdout.write("还没有账号。建立第一个：python3 run.py manage found_city “某某市文明创建工作办公室”")
        if _static_files_are_stale():
            with self._step("准备页面样式文件", "Preparing style files"):
                call_command("collectstatic", interactive=False, verbosity=0)

    def _refuse_a_full_disk(self) -> None:
        for finding in readiness.free_disk(settings.CITY):
            raise CommandError(str(finding))

    def _refuse_under_an_earlier_version(self) -> None:
        """What serves the city now was written for the tables as they are."""
        if address := occupancy.served_at(settings.CITY):
            raise CommandError(
                f"这个城市正由较早的版本运行：{address}。请先停下它（在它的窗口按 Ctrl-C），再启动新版本；现在什么都没有改。"
                "(Served by an earlier version; stop that first. Nothing was changed.)"
            )

    def _holds_anything(self) -> bool:
        return bool(settings.DATABASE_URL) or settings.CITY.database.exists()

    def _empty_the_demo_folder(self) -> None:
        try:
            demo_folder.empty(settings.CITY)
        except demo_folder.NotADemo as refusal:
            raise CommandError(str(refusal)) from refusal

    def _fill(self, seed: str | None, size: str) -> None:
        # A process of its own: that this is a demo is a fact settings read from the folder once, at start.
        with demo_folder.filling(settings.CITY):
            command = [sys.executable, "-m", "wenming", "demo_city", "--size", size]
            command += ["--seed", seed] if seed else []
            if code := subprocess.run(command, check=False).returncode:
                raise CommandError(f"演示城市没有装好（{code}）。(The demo city could not be filled in.)")

    @contextmanager
    def _step(self, chinese: str, english: str) -> Iterator[None]:
        self.stdout.write(f"▸ {chinese} · {english}")
        self.stdout.flush()
        began = time.monotonic()
        yield
        self.stdout.write(f"  {time.monotonic() - began:.1f} s")


def _static_files_are_stale() -> bool:
    manifest: Path = settings.STATIC_ROOT / "staticfiles.json"
    if not manifest.exists():
        return True
    collected_at = manifest.stat().st_mtime
    sources = (storage.path(name) for finder in get_finders() for name, storage in finder.list([]))
    return any(Path(source).stat().st_mtime > collected_at for source in sources)
