"""字典: the editions of the classification side by side, their types with rules, and the limits of each stage."""

from __future__ import annotations

from typing import Any

import yaml
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from wenming.cases.rule_changes.editing import draft_stage_limit
from wenming.cases.stage_limits import set_stage_limit, stages
from wenming.desks.common import toasts
from wenming.desks.common.access import desk, whoever
from wenming.desks.common.wording import limit_words
from wenming.refusals import BadInput, Refusal
from wenming.responsibilities.audit import findings_under, matrix_findings
from wenming.responsibilities.rules.clock import Limit, LimitUnit
from wenming.standards.drafts.services import draft_towards
from wenming.standards.models import ProblemType, Scheme
from wenming.standards.selectors import types_in
from wenming.standards.services import adopt_scheme, load_scheme, publish_scheme

from ..forms import SchemeFileForm, StageLimitForm, TypeSearch
from ..into_draft import drafted_instead, may_draft, to_its_effects
from ..matrix_page import Change

admin_desk = desk("admin")
PAGE_ROWS = 50


@require_safe
@admin_desk("standards.manage")
def problem_types(request: HttpRequest) -> HttpResponse:
    """Editions, the types of one of them, stage limits."""
    return _page(request)


@require_POST
@admin_desk("standards.manage")
def schemes(request: HttpRequest) -> HttpResponse:
    """Load an edition from its file, as a draft. An edition once published never changes."""
    form, status = SchemeFileForm(request.POST, request.FILES), 422
    if form.is_valid():
        try:
            scheme = load_scheme(_content(form.cleaned_data["file"].read()), by=whoever(request), now=timezone.now())
        except Refusal as refusal:
            form.add_error("file", str(refusal))
            status = refusal.status
        else:
            toasts.say(request, _("已装入%(scheme)s。核对后再发布。") % {"scheme": scheme})
            return redirect("admin:problem_types")
    return _page(request, status, file_form=form)


@require_POST
@admin_desk("standards.manage")
def publication(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a draft final."""
    scheme = publish_scheme(get_object_or_404(Scheme, pk=pk), by=whoever(request), now=timezone.now())
    toasts.say(request, _("已发布%(scheme)s，内容不再改。") % {"scheme": scheme})
    return redirect("admin:problem_types")


@require_POST
@admin_desk("standards.manage")
def adoption(request: HttpRequest, pk: int) -> HttpResponse:
    """Work by this edition from now on; cases keep the type they have. Another classification is put beside the one in
    force first; another version of the one in force is a change of rules, and goes through a draft."""
    scheme, current = get_object_or_404(Scheme, pk=pk), Scheme.objects.filter(is_current=True).first()
    if current is not None and current.code == scheme.code and scheme.is_published:
        return _drafted_towards(request, scheme)
    if current is not None and scheme.is_published and "save" not in request.POST:
        return _beside(request, scheme, current)
    adopt_scheme(scheme, by=whoever(request), now=timezone.now())
    toasts.say(request, _("从现在起按%(scheme)s立案。") % {"scheme": scheme})
    return redirect("admin:problem_types")


def _drafted_towards(request: HttpRequest, scheme: Scheme) -> HttpResponse:
    if not may_draft(request):
        raise Refusal(_("没有启用：同一分类换一版，要由创文办或指挥中心起草，看过影响再发布。"))
    return to_its_effects(request, draft_towards(scheme, by=whoever(request), now=timezone.now()))


def _beside(request: HttpRequest, scheme: Scheme, current: Scheme) -> HttpResponse:
    today = timezone.localdate()
    context = {
        "scheme": scheme, "current": current, "change": Change(matrix_findings(today), findings_under(scheme, today)),
        "sizes": [(one, one.types.count()) for one in (current, scheme)],
    }  # fmt: skip
    return render(request, "admin/scheme_adoption.html", context)


@require_POST
@admin_desk("standards.manage")
def stage_limits(request: HttpRequest) -> HttpResponse:
    """Set how long a stage may take, for what enters it from now on: first what it would change, then it, or a draft."""
    form = StageLimitForm(request.POST)
    stage = next((one for one in stages() if one.code == request.POST.get("stage")), None)
    if not form.is_valid() or stage is None:
        raise BadInput(_("时限要写 1 到 365 之间的整数，并选好单位。"))
    limit, by, now = Limit(form.cleaned_data["amount"], LimitUnit(form.cleaned_data["limit_unit"])), whoever(request), timezone.now()
    if "draft" in request.POST:
        name = _("改“%(stage)s”的时限") % {"stage": stage.name}
        return drafted_instead(request, name, lambda draft: draft_stage_limit(draft, stage.code, limit, by=by, now=now))
    if "save" not in request.POST:
        context = {
            "stage": stage, "form": _limit_form(stage.code, limit), "before": limit_words(stage.limit), "after": limit_words(limit),
            "may_draft": may_draft(request),
        }  # fmt: skip
        return render(request, "admin/stage_limit.html", context)
    set_stage_limit(stage.code, limit, by=by, now=now)
    toasts.say(request, _("已保存。已经在这个环节的按原来的时限。"))
    return redirect("admin:problem_types")


def _page(request: HttpRequest, status: int = 200, file_form: SchemeFileForm | None = None) -> HttpResponse:
    editions = Scheme.objects.select_related("change__withdrawal").annotate(size=Count("types")).order_by("-is_current", "code", "-version")
    asked = request.GET.get("scheme", "")
    shown = next((one for one in editions if str(one.pk) == asked), editions[0] if editions else None)
    search = TypeSearch(request.GET)
    types = _searched(types_in(shown), search) if shown else ProblemType.objects.none()
    page = Paginator(types.prefetch_related("rules"), PAGE_ROWS).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "editions": editions, "shown": shown, "search": search, "page": page, "file_form": file_form or SchemeFileForm(),
        "may_draft": may_draft(request), "current": next((one for one in editions if one.is_current), None),
        "stages": [(stage, _limit_form(stage.code, stage.limit)) for stage in stages()],
    }  # fmt: skip
    return render(request, "admin/problem_types.html", context, status=status)


def _searched(types: QuerySet[ProblemType], search: TypeSearch) -> QuerySet[ProblemType]:
    chosen = search.cleaned_data if search.is_valid() else {}
    if kind := chosen.get("kind"):
        types = types.filter(kind=kind)
    if q := chosen.get("q"):
        types = types.filter(Q(name__icontains=q) | Q(big_name__icontains=q) | Q(code__startswith=q.lstrip("CEce")))
    return types


def _limit_form(stage: str, limit: Limit) -> StageLimitForm:
    given = {"stage": stage, "amount": limit.amount, "limit_unit": limit.unit.value}
    return StageLimitForm(initial=given, auto_id=f"{stage}_%s")


def _content(content: bytes) -> dict[str, Any]:
    try:
        loaded = yaml.safe_load(content.decode("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as wrong:
        raise BadInput(_("文件读不出来：它不是 UTF-8 的 YAML 文件。")) from wrong
    if not isinstance(loaded, dict):
        raise BadInput(_("文件是空的，或者不是这里要的格式。"))
    return loaded
