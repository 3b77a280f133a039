"""查进度: find it by its number, read where it stands, say what you think of the result. Policy: 8.1, 9.4."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from wenming.cases.models import Case, Rating
from wenming.cases.selectors import case_of
from wenming.cases.services import rate, reopen
from wenming.cases.services.citizen import NotClosedYet
from wenming.desks.common import toasts
from wenming.observations.models import Report
from wenming.observations.selectors import report_by_receipt
from wenming.observations.services import leave_contact
from wenming.refusals import Refusal

from ..forms import ContactForm, TrackForm, WhyForm
from ..story import story_of
from ..visitors import citizen, knock_at

SCORES = Rating._meta.get_field("score").flatchoices
ASK_WHY_FROM = 2


@require_safe
@never_cache
@citizen
def track(request: HttpRequest) -> HttpResponse:
    """The search for a number, and the reports this telephone remembers."""
    if "number" not in request.GET:
        return render(request, "public/track.html", {"form": TrackForm()})
    form = TrackForm(request.GET)
    knock_at("look-up", request, timezone.now())
    found = report_by_receipt(form.cleaned_data["number"]) if form.is_valid() else None
    return redirect("public:case", found.receipt) if found else unknown(request, form)


@require_safe
@never_cache
@citizen
def case(request: HttpRequest, receipt: str) -> HttpResponse:
    """The reporter's own page."""
    knock_at("look-up", request, timezone.now())
    report = report_by_receipt(receipt)
    if report is None:
        return unknown(request, TrackForm(initial={"number": receipt}))
    if report.receipt != receipt:
        return redirect("public:case", report.receipt)
    return _page(request, report)


@require_POST
@citizen
def ratings(request: HttpRequest, receipt: str) -> HttpResponse:
    """评价: one press. Why is asked afterwards, and only when it was not good enough."""
    report, score = _find(request, receipt), _score(request)
    if report is None or score is None:
        return unknown(request, TrackForm(initial={"number": receipt}))
    form = WhyForm(request.POST)
    why = form.why() if form.is_valid() else ""
    try:
        rate(_case(report), report=report, score=score, why=why, now=timezone.now())
    except Refusal as refusal:
        return _page(request, report, refusal=refusal, status=refusal.status)
    return _to_verdict(report)


@require_POST
@citizen
def reopening(request: HttpRequest, receipt: str) -> HttpResponse:
    """重办: it is not solved; nobody has to approve it."""
    report = _find(request, receipt)
    if report is None:
        return unknown(request, TrackForm(initial={"number": receipt}))
    form = WhyForm(request.POST)
    if not form.is_valid() or not form.why():
        form.add_error("reasons", _("请选一项哪里没办好，或写一句话，负责的单位好知道要补做什么。"))
        return _page(request, report, why=form, status=422)
    try:
        reopen(_case(report), report=report, reason=form.why(), now=timezone.now())
    except Refusal as refusal:
        return _page(request, report, why=form, refusal=refusal, status=refusal.status)
    toasts.say(request, _("已要求重办，正在重新安排单位。"))
    return redirect("public:case", report.receipt)


@require_POST
@citizen
def contact(request: HttpRequest, receipt: str) -> HttpResponse:
    """How to reach the reporter, into the vault; no page shows it again."""
    report = _find(request, receipt)
    if report is None:
        return unknown(request, TrackForm(initial={"number": receipt}))
    form = ContactForm(request.POST)
    if not form.is_valid():
        return _page(request, report, contact=form, status=422)
    try:
        leave_contact(report, **form.cleaned_data, now=timezone.now())
    except Refusal as refusal:
        return _page(request, report, refusal=refusal, status=refusal.status)
    toasts.say(request, _("联系方式收好了，只用来联系您这一件事。"))
    return redirect("public:case", report.receipt)


def _find(request: HttpRequest, receipt: str) -> Report | None:
    knock_at("verdict", request, timezone.now())
    return report_by_receipt(receipt)


def _score(request: HttpRequest) -> int | None:
    typed = request.POST.get("score", "")
    return int(typed) if typed in {str(score) for score, _words in SCORES} else None


def _case(report: Report) -> Case:
    case = case_of(report)
    if case is None:
        raise NotClosedYet(_("这件还没有办完，办完后就可以评价。"))
    return case


def _to_verdict(report: Report) -> HttpResponse:
    return redirect(f"{reverse('public:case', args=[report.receipt])}#verdict")


def _page(
    request: HttpRequest, report: Report, *, why: WhyForm | None = None, contact: ContactForm | None = None,
    refusal: Refusal | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    now = timezone.now()
    story = story_of(report, now)
    context = {
        "story": story, "now": now, "scores": SCORES, "why": why or WhyForm(), "refusal": refusal,
        "ask_why": why is not None or (story.rating is not None and story.rating.score <= ASK_WHY_FROM),
        "contact": contact or ContactForm(), "contact_open": contact is not None,
        "contact_left": report.identity_id is not None,
    }  # fmt: skip
    return render(request, "public/case.html", context, status=status)


def unknown(request: HttpRequest, form: TrackForm) -> HttpResponse:
    """One answer for numbers that never were, were mistyped, or are no numbers."""
    return render(request, "public/track.html", {"form": form, "not_found": True}, status=404)
