"""`python3 run.py import hotline FILE`: an export of another system becomes reports and cases."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from wenming.journal.services import acting_from
from wenming.journal.worker import run_waiting
from wenming.observations import imports
from wenming.observations.batches import verdicts
from wenming.observations.models import ImportBatch, ImportMapping, ImportRow
from wenming.observations.models.imports import RowState
from wenming.organisations.models import Account
from wenming.refusals import Refusal


class Command(BaseCommand):
    help = "导入热线或其他系统导出的工单（xlsx、csv），按保存的对应方案读取"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--mapping", default="通用热线工单", help="对应方案的名称，或一个 .yaml 文件（会保存下来）")
        parser.add_argument("--by", help="以哪个账号导入，默认第一个指挥中心账号")
        parser.add_argument("--preview", action="store_true", help="只预览，不导入")

    def handle(self, *_args: Any, file: Path, mapping: str, by: str | None, preview: bool, **_options: Any) -> None:
        if not file.exists():
            raise CommandError(f"没有找到文件 {file}")
        now = timezone.now()
        with acting_from("import"):
            try:
                account = _importer(by)
                batch = imports.preview(file.read_bytes(), file.name, _mapping(mapping, account), by=account, now=now)
                self._tell(batch, "预览")
                if preview:
                    return
                imports.confirm(batch, by=account, now=now)
            except Refusal as refused:
                raise CommandError(str(refused)) from refused
        while run_waiting(at_most=20):
            left = ImportRow.objects.filter(batch=batch, state__in=[RowState.READY, RowState.WARNED]).count()
            self.stdout.write(f"还有 {left} 行", ending="\r")
        self._tell(batch, "结果")

    def _tell(self, batch: ImportBatch, title: str) -> None:
        counts = verdicts(batch)
        words = "，".join(f"{RowState(state).label} {n}" for state, n in counts.items() if n)
        self.stdout.write(f"{title}：{words}（批次 {batch.pk}）")


def _importer(username: str | None) -> Account:
    accounts = Account.objects.filter(username=username) if username else Account.objects.filter(role="dispatcher")
    account = accounts.filter(is_active=True).order_by("pk").first()
    if account is None or not account.may("reports.import"):
        raise CommandError("没有可以导入的账号。请用 --by 指定一个指挥中心或创文办的账号。")
    return account


def _mapping(given: str, by: Account) -> ImportMapping:
    if given.endswith((".yaml", ".yml")):
        found = yaml.safe_load(Path(given).read_text("utf-8"))
    else:
        saved = ImportMapping.objects.filter(name=given).first()
        if saved:
            return saved
        shipped = yaml.safe_load((Path(imports.__file__).parent / "data" / "mappings.yaml").read_text("utf-8"))
        found = next((m for m in shipped if m["name"] == given), None)
    if found is None:
        raise CommandError(f"没有叫“{given}”的对应方案。")
    return imports.save_mapping(
        name=found["name"], source=found["source"], columns=found["columns"], options=found.get("options", {}), by=by,
        now=timezone.now(),
    )  # fmt: skip
