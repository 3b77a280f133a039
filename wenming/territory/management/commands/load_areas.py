"""`manage load_areas FILE`: the towns and communities of a real city, once."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from wenming.refusals import Refusal
from wenming.territory.areas import codes_of, enter_areas
from wenming.territory.models import Level
from wenming.territory.rules.coordinates import Datum


class Command(BaseCommand):
    help = "装入真实城市的区划（GeoJSON：村居的面，市、镇街、村居的 code 和 name），只能装一次。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="GeoJSON 文件")
        parser.add_argument(
            "--datum", choices=[one.value for one in Datum], default=Datum.CGCS2000.value, help="坐标系"
        )
        parser.add_argument("--on", type=parse_date, help="从哪天起（2026-01-01），不写就是今天")

    def handle(self, *_args: Any, file: Path, datum: str, **options: Any) -> None:
        try:
            content = file.read_bytes()
            entered = enter_areas(
                content, datum=Datum(datum), on=options["on"] or timezone.localdate(), now=timezone.now()
            )
        except (OSError, Refusal) as wrong:
            raise CommandError(str(wrong)) from wrong
        counts = {"towns": codes_of(entered.areas, Level.TOWN), "communities": codes_of(entered.areas, Level.COMMUNITY)}
        self.stdout.write(_("已装入：镇街 %(towns)d 个，村居 %(communities)d 个。") % counts)
        if entered.faults:
            self.stdout.write(
                _("村居的边界有 %(n)d 处空缺、重叠或接不上：请和管边界的单位核对，公布网格时要逐处改好或签认。")
                % {"n": entered.faults}
            )
