"""`manage load_standards`: the sample schemes, once; running it again changes nothing."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.standards import services
from wenming.standards.focus.services import load_focuses
from wenming.standards.models import Scheme
from wenming.standards.places.services import load_place_checklists

DATA = Path(__file__).resolve().parents[2] / "data"
SCHEMES = ("gbt30428.yaml", "cjt214.yaml")
ADOPTED_FIRST = "GB30428"


class Command(BaseCommand):
    help = "装入示例的问题分类（部件、事件）、市民选项、十类重点问题和十六类公共场所的核对清单，并发布；已经装入的不变。"

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        services.load_categories(DATA / "public_categories.yaml")
        for scheme in [services.load_scheme(DATA / name, by=None, now=now) for name in SCHEMES]:
            if not scheme.is_published:
                services.publish_scheme(scheme, by=None, now=now)
            self.stdout.write(_("%(scheme)s：%(count)s 个小类") % {"scheme": scheme, "count": scheme.types.count()})
        mapped = services.load_mapping(DATA / "cjt214_to_gbt30428.yaml", by=None, now=now)
        self.stdout.write(_("新增两套编码的对照 %(count)s 条。示例数据，上线前请核对。") % {"count": mapped})
        self._adopt_one(now)
        focuses = load_focuses(by=None, now=now)
        self.stdout.write(_("新增重点问题 %(count)s 类。示例数据，上线前请核对。") % {"count": len(focuses)})
        lists = load_place_checklists(by=None, now=now)
        self.stdout.write(_("新增公共场所核对清单 %(count)s 类。示例数据，上线前请核对。") % {"count": len(lists)})

    def _adopt_one(self, now: datetime) -> None:
        """A city that already works by a scheme of its own keeps it."""
        if not Scheme.objects.filter(is_current=True).exists():
            newest = Scheme.objects.filter(code=ADOPTED_FIRST).order_by("-version").first()
            assert newest is not None
            services.adopt_scheme(newest, by=None, now=now)
