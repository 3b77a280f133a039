"""What must hold before a city opens its doors; start-up refuses to lie about it (RELIABILITY: P1).

Each check answers with findings: what is wrong, in Chinese, and what to do about it. Findings that are `fatal` keep the
city closed; the others are said and shown on the health page.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from wenming.city_folder import CityFolder
from wenming.operations.backups import drills
from wenming.operations.backups.keys import fingerprint
from wenming.responsibilities.models import CalendarVersion

LEAST_FREE_BYTES = 1024**3
DRILL_DAYS = 35


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it must be, and the way to put it right."""

    sentence: str
    remedy: str
    fatal: bool = True

    def __str__(self) -> str:
        return f"{self.sentence}\n  → {self.remedy}"


def findings(city: CityFolder, today: date | None = None) -> list[Finding]:
    """Everything that is wrong now; empty when the city may open."""
    unreachable = list(database_answers())
    if unreachable:
        return [*keys_of_this_city(city), *free_disk(city), *unreachable]
    checks: list[Callable[[], Iterator[Finding]]] = [
        lambda: keys_of_this_city(city),
        lambda: free_disk(city),
        unapplied_migrations,
        lambda: calendar_covers(today or timezone.localdate()),
        lambda: last_drill(city, today or timezone.localdate()),
        static_files,
    ]
    return [finding for check in checks for finding in check()]


def database_answers() -> Iterator[Finding]:
    """Opening a connection also reads the durability settings back (engine/sqlite), which raises its own sentence."""
    try:
        connection.ensure_connection()
    except OperationalError as error:
        yield Finding(
            f"数据库打不开：{error}".strip(),
            "检查数据文件夹的权限和磁盘；使用 PostgreSQL 时检查 DATABASE_URL 和数据库服务是否在运行。",
        )


def unapplied_migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        names = "、".join(f"{migration.app_label}.{migration.name}" for migration, _ in plan[:3])
        yield Finding(
            f"数据库还有 {len(plan)} 个升级步骤没有执行（{names}……）。", "运行：python3 run.py manage migrate"
        )
    unknown = set(executor.loader.applied_migrations) - set(executor.loader.disk_migrations)
    # Applied steps of applications that were removed are harmless; a newer schema of ours is not.
    newer = sorted(f"{app}.{name}" for app, name in unknown if app in apps.app_configs)
    if newer:
        yield Finding(
            f"数据库比程序新（{newer[0]}）。旧程序会写坏新数据，所以没有启动。",
            "请换回升级后的程序版本，或恢复升级前的备份。",
        )


def free_disk(city: CityFolder) -> Iterator[Finding]:
    free = shutil.disk_usage(city.root).free
    if free < LEAST_FREE_BYTES:
        yield Finding(
            f"数据文件夹所在磁盘只剩 {free / 1024**3:.2f} GB，少于 1 GB。",
            f"清理磁盘或把 {city.root} 移到更大的磁盘后再启动。",
        )


def keys_of_this_city(city: CityFolder) -> Iterator[Finding]:
    """The settings make a key that is missing, so a lost one would go unnoticed: its fingerprint tells."""
    path = _fingerprint_file(city)
    if path.exists() and json.loads(path.read_text()) != _fingerprints():
        yield Finding(
            f"{city.root / 'keys'} 里的密钥不是这个城市原来的。",
            "从备份恢复 keys 文件夹。没有 vault 密钥，举报人的身份信息再也无法读出。",
        )


def remember_keys(city: CityFolder) -> None:
    """Note which keys this city began with; later starts are held against it."""
    path = _fingerprint_file(city)
    if not path.exists():
        path.write_text(json.dumps(_fingerprints()))


def _fingerprint_file(city: CityFolder) -> Path:
    return city.root / "keys.fingerprints"


def _fingerprints() -> dict[str, str]:
    return {"django": fingerprint(settings.SECRET_KEY), "vault": fingerprint(settings.VAULT_KEY)}


def calendar_covers(day: date) -> Iterator[Finding]:
    """Deadlines beyond the calendar are provisional, which people should know; it is no reason to stay closed."""
    newest = CalendarVersion.objects.order_by("number").last()
    if newest is None or day.year not in newest.announced_years:
        yield Finding(
            f"工作日历里没有 {day.year} 年，期限只能暂定。",
            "在“管理 → 工作日历”中按国务院办公厅通知补上。",
            fatal=False,
        )


def last_drill(city: CityFolder, today: date) -> Iterator[Finding]:
    """A backup counts from the day it has been restored (P9); a demo city has nothing to lose."""
    if settings.DEMO or not get_user_model().objects.exists():
        return
    last = drills.last(city)
    if last is None or (today - timezone.localdate(last)).days > DRILL_DAYS:
        since = f"上次演练在 {timezone.localdate(last)}" if last else "还没有演练过"
        yield Finding(
            f"备份多久能恢复、能不能恢复，{since}。",
            "运行：python3 run.py backup 备份文件夹 --drill（见 docs/operations/backup.md）",
            fatal=False,
        )


def static_files() -> Iterator[Finding]:
    if not (settings.STATIC_ROOT / "staticfiles.json").exists():
        yield Finding("页面样式文件还没有准备好。", "运行：python3 run.py manage collectstatic --no-input", fatal=False)
