"""健康: is everything being done, and is history as it was written? Slow proofs run only when asked for."""

from __future__ import annotations

import platform
import shutil
import time
from typing import Any

import django
from django.conf import settings
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

import wenming
from wenming.desks.common import toasts
from wenming.desks.common.access import desk, whoever
from wenming.engine.naming import database_name
from wenming.evidence.models import Original, PendingUpload
from wenming.journal.models import Reaction
from wenming.journal.selectors import head, stuck_reactions, verify, waiting_reactions
from wenming.journal.worker import try_again

admin_desk = desk("admin")
MOST_STUCK = 100


@require_safe
@admin_desk("health.see")
def health(request: HttpRequest) -> HttpResponse:
    """Versions, the journal's head, what waits and what failed, how much is stored."""
    return render(request, "admin/health.html", _facts(request))


@require_POST
@admin_desk("health.see")
def verification(request: HttpRequest) -> HttpResponse:
    """Prove the whole journal: every entry against the one before it."""
    began = time.monotonic()
    broken = verify()
    proof = {"broken": broken[:20], "count": len(broken), "seconds": round(time.monotonic() - began, 1)}
    return render(request, "admin/health.html", _facts(request) | {"proof": proof})


@require_POST
@admin_desk("health.mend")
def attempts(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a stuck reaction again now."""
    reaction = get_object_or_404(Reaction, pk=pk, done_at=None)
    try_again(reaction, by=whoever(request), now=timezone.now())
    toasts.say(request, _("已安排马上重试，几秒后刷新看结果。"))
    return redirect("admin:health")


def _facts(request: HttpRequest) -> dict[str, Any]:
    seq, digest = head()
    disk = shutil.disk_usage(settings.CITY.root)
    return {
        "seq": seq, "digest": digest, "now": timezone.now(), "may_mend": whoever(request).may("health.mend"),
        "waiting": waiting_reactions(timezone.now()).count(), "stuck": stuck_reactions().select_related("entry")[:MOST_STUCK],
        "stored": Original.objects.aggregate(files=Count("pk"), bytes=Sum("size_bytes")),
        "pending": PendingUpload.objects.count(), "free_gb": disk.free / 1024**3, "disk_gb": disk.total / 1024**3,
        "versions": _versions(),
    }  # fmt: skip


def _versions() -> list[tuple[str, str]]:
    return [
        (_("文明"), wenming.__version__), ("Python", platform.python_version()), ("Django", django.get_version()),
        (_("数据库"), database_name()),
    ]  # fmt: skip
