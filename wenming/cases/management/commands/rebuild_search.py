"""`python -m wenming rebuild_search`: make the text index of cases again from the cases and their reports."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from wenming.cases.search import rebuild


class Command(BaseCommand):
    help = "重建案件的文字检索索引；案件和上报不变。可以在开门时运行，完成前搜索可能找不全。"

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(_("检索索引已重建，共 %(count)d 件案件。") % {"count": rebuild()})
