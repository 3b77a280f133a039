"""Acting on many cases: first what would happen, then the act, then what was skipped, with 撤销 for the whole batch."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from wenming.cases.models import Case
from wenming.cases.selectors import cases_visible_to
from wenming.desks.common import toasts
from wenming.desks.common.access import desk, whoever
from wenming.refusals import BadInput, NotAllowed, Refusal

from .. import bulk

office_desk = desk("office")
MOST = 50


@require_POST
@office_desk("cases.decide")
def batches(request: HttpRequest) -> HttpResponse:
    """Plan an act on the cases picked; with `confirmed`, carry it out."""
    act, now, by = request.POST.get("act", ""), timezone.now(), whoever(request)
    if act not in {name for name, _words, _key in bulk.BULK_ACTS}:
        raise BadInput(_("没有选要做什么。请回到列表，选中案件，再按下面的按钮。"))
    if not by.may(bulk.permission(act)):
        raise NotAllowed()
    chosen = _chosen(request, request.POST.getlist("ids"))
    if not chosen:
        raise BadInput(_("没有选中案件。请回到列表，选中要办的案件。"))
    lines = bulk.plan(act, chosen, now)
    if "confirmed" not in request.POST:
        words = next(words for name, words, _key in bulk.BULK_ACTS if name == act)
        ready = [line for line in lines if not line.exception]
        context = {"act": act, "words": words, "lines": lines, "ready": ready, "next": _back(request), "now": now}
        return render(request, "office/batch.html", context)
    done = bulk.carry_out(act, lines, by, now)
    _say(request, act, done)
    return redirect(_back(request))


@require_POST
@office_desk("cases.decide")
def withdrawal(request: HttpRequest) -> HttpResponse:
    """Take a whole batch back; what cannot be taken back any more is named."""
    act, now, by = request.GET.get("act", ""), timezone.now(), whoever(request)
    if act not in bulk.UNDO:
        raise BadInput(_("这一批不能撤销。请打开案件逐件处理。"))
    kept = []
    for case in _chosen(request, request.GET.getlist("ids")):
        try:
            bulk.UNDO[act](case, by=by, now=now)
        except Refusal as refusal:
            kept.append(f"{case.number}（{refusal}）")
    toasts.say(request, _("已撤销") if not kept else _("已撤销，除了：%(kept)s") % {"kept": "；".join(kept)})
    return redirect(_back(request))


def _say(request: HttpRequest, act: str, lines: Sequence[bulk.Line]) -> None:
    words = bulk.result_words(act, lines)
    ids = [line.case.pk for line in lines if not line.exception]
    if act in bulk.UNDO and ids:
        query = urlencode({"act": act, "ids": ids, "next": _back(request)}, doseq=True)
        toasts.offer_undo(request, words, f"{reverse('office:batch_withdrawal')}?{query}")
    else:
        toasts.say(request, words)


def _chosen(request: HttpRequest, ids: Sequence[str]) -> list[Case]:
    """The cases picked that this person may see, at most a page of them."""
    keys = [int(one) for one in ids[:MOST] if one.isdecimal()]
    found = cases_visible_to(whoever(request)).select_related(
        "problem_type__scheme", "establish_rule", "placement__town", "placement__community", "placement__grid", "unit"
    )
    return list(found.filter(pk__in=keys).order_by("due_at", "pk"))


def _back(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else reverse("office:cases")
