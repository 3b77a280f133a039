"""重点问题: the ten side by side, one with its rows, its plans and walks, and the definition behind it. Policy: 4.4."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from wenming.cases.focus.counting import FIGURES
from wenming.cases.focus.proposing import why_words
from wenming.cases.focus.raising import raise_due_patrols
from wenming.cases.focus.reach import reach_of
from wenming.cases.focus.selectors import place_words, rows_behind
from wenming.cases.models import Case
from wenming.cases.rules.lifecycle import UNDER_WAY
from wenming.cases.selectors import cases_of, cases_visible_to
from wenming.cases.services.exporting import note_export
from wenming.desks.common.access import desk, whoever
from wenming.desks.common.paging import CappedPages, rows_on
from wenming.desks.common.toasts import say
from wenming.journal.selectors import head
from wenming.observations.models import Patrol
from wenming.observations.models.patrols import Answer, PointAnswer, PointLook, Seen
from wenming.observations.patrols.selectors import (
    looks_of,
    patrols_visible_to,
    plans_visible_to,
    points_of,
    with_progress,
)
from wenming.observations.patrols.services import end_plan, plan_patrol
from wenming.refusals import Refusal
from wenming.standards.focus.selectors import editions_of, focus, focuses, unknown_patterns
from wenming.standards.focus.services import PERMISSION as PUBLISH
from wenming.standards.focus.services import publish_focus
from wenming.standards.models import FocusEdition
from wenming.territory.maps import Pin, around, svg_map

from ..exports import MOST_ROWS, case_list_file, table_file
from ..focus_forms import EditionForm, PlanForm
from ..focus_page import Days, DaysForm, file_cells, heads, lines_of, one_page, page_url, plan_lines, table_cells
from ..rows import rows_of

office_desk = desk("office")
PAGE_ROWS = 50
SHOWN = ("placement__town", "placement__community", "unit", "duty__calendar", "duty__schedule")


@require_safe
@office_desk("focus.see")
def overview(request: HttpRequest) -> HttpResponse:
    """A line for each of the ten."""
    now = timezone.now()
    form, days = _days(request, now)
    context = {"form": form, "days": days, "lines": lines_of(focuses(), days, now), "heads": heads(), "now": now, "witness": head()}
    return render(request, "office/focus.html", context, status=200 if form.is_valid() else 422)


@require_safe
@office_desk("focus.see")
def overview_file(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The same table as a file; who took it is recorded."""
    now = timezone.now()
    _form, days = _days(request, now)
    return _file(request, list(table_cells(lines_of(focuses(), days, now))), _("重点问题"), kind, days, now)


@require_safe
@office_desk("focus.see")
def one(request: HttpRequest, focus: str) -> HttpResponse:
    """Figures, trend, worst places, checklist, coverage and map of one focus."""
    now, others = timezone.now(), focuses()
    edition = next((each for each in others if each.code == focus), None)
    if edition is None:
        raise Http404
    form, days = _days(request, now)
    page = one_page(edition, days, cases_visible_to(whoever(request)), now)
    context = {**page, "form": form, "others": others, "witness": head(), "may_publish": whoever(request).may(PUBLISH)}
    return render(request, "office/focus_one.html", context, status=200 if form.is_valid() else 422)


@require_safe
@office_desk("focus.see")
def one_file(request: HttpRequest, focus: str, kind: str) -> HttpResponseBase:
    """One focus as a file."""
    now, edition = timezone.now(), _focus(focus)
    _form, days = _days(request, now)
    page = one_page(edition, days, cases_visible_to(whoever(request)), now)
    return _file(request, list(file_cells(edition, page)), edition.name, kind, days, now)


@require_safe
@office_desk("focus.see")
def rows(request: HttpRequest, focus: str) -> HttpResponse:
    """The cases behind a figure."""
    now, edition = timezone.now(), _focus(focus)
    _form, days = _days(request, now)
    found, told = _behind(request, edition, days, now)
    pages = CappedPages(found.values_list("pk", flat=True), PAGE_ROWS)
    page = pages.get_page(request.GET.get("page"))
    context = {
        "edition": edition, "days": days, "told": told, "page": page, "total": page.paginator.count, "now": now,
        "groups": [("", rows_of(rows_on(page, Case.objects.select_related(*SHOWN)), now))], "back": page_url(edition, days),
        "columns": [_("案件"), _("状态"), _("剩余"), _("责任单位"), _("来源"), _("收到")],
    }  # fmt: skip
    return render(request, "office/focus_rows.html", context)


@require_safe
@office_desk("focus.see")
def rows_file(request: HttpRequest, focus: str, kind: str) -> HttpResponseBase:
    """The same rows as a file."""
    now, edition = timezone.now(), _focus(focus)
    _form, days = _days(request, now)
    found, _told = _behind(request, edition, days, now)
    file = case_list_file(found, kind=kind, by=whoever(request), now=now)
    many = min(found.order_by().count(), MOST_ROWS[kind])
    note_export(name="focus-cases", kind=kind, asked={"focus": focus, **request.GET.dict()}, rows=many, by=whoever(request), now=now)
    return file


@require_safe
@office_desk("focus.see")
def looks(request: HttpRequest, focus: str) -> HttpResponse:
    """What was seen at the points of its walks: the rows behind the checklist's results."""
    now, edition = timezone.now(), _focus(focus)
    _form, days = _days(request, now)
    seen, item, answer = (request.GET.get(name, "") for name in ("seen", "item", "answer"))
    found = looks_of(edition.code, days.since, days.until)
    found = found.filter(seen=seen) if seen in Seen.values else found
    told = [str(Seen(seen).label)] if seen in Seen.values else []
    if item and answer in Answer.values:
        found = found.filter(answers__item__key=item, answers__answer=answer)
        words = {each.key: each.words for each in edition.items.all()}
        told.append(f"{words.get(item, item)} {Answer(answer).label}")
    page = CappedPages(found.values_list("pk", flat=True), PAGE_ROWS).get_page(request.GET.get("page"))
    shown = PointLook.objects.select_related("point__patrol__plan", "point__placement__town").prefetch_related(
        "answers__item", "answers__report"
    )
    found_there = rows_on(page, shown)
    findings = _findings(found_there)
    lines = [(look, findings[look.pk]) for look in found_there]
    context = {
        "edition": edition, "days": days, "page": page, "lines": lines, "told": "，".join(told), "now": now,
        "back": page_url(edition, days),
    }  # fmt: skip
    return render(request, "office/focus_looks.html", context)


@require_safe
@office_desk("focus.see")
def plans(request: HttpRequest, focus: str) -> HttpResponse:
    """Who looks at which area how often, and what became of it."""
    edition = _focus(focus)
    return _plans(request, edition, PlanForm.of(edition, timezone.now()))


@require_POST
@office_desk("patrols.plan")
def plan(request: HttpRequest, focus: str) -> HttpResponse:
    """Plan one more area; its first walk falls due at once when its day has come."""
    edition, form, now, user = _focus(focus), PlanForm(request.POST), timezone.now(), whoever(request)
    if form.is_valid():
        given = form.cleaned_data
        try:
            made = plan_patrol(
                edition, area=given["area"], unit=given["unit"], cycle_days=given["cycle_days"],
                starts_on=given["starts_on"], by=user, now=now,
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            raise_due_patrols(now)
            say(request, _("已排：%(area)s，%(days)d 天一次") % {"area": made.area_name, "days": made.cycle_days})
            return redirect("office:focus_plans", edition.code)
    return _plans(request, edition, form, status=422)


@require_POST
@office_desk("patrols.plan")
def plan_ending(request: HttpRequest, pk: int) -> HttpResponse:
    """No more walks of this plan."""
    found = get_object_or_404(plans_visible_to(whoever(request)), pk=pk)
    end_plan(found, by=whoever(request), now=timezone.now())
    say(request, _("已停用：%(area)s") % {"area": found.area_name})
    return redirect("office:focus_plans", found.focus_code)


@require_safe
@office_desk("focus.see")
def walks(request: HttpRequest, focus: str) -> HttpResponse:
    """The walks of a period."""
    now, edition = timezone.now(), _focus(focus)
    _form, days = _days(request, now)
    state, of_plan = request.GET.get("state", ""), request.GET.get("plan", "")
    found = patrols_visible_to(whoever(request)).filter(
        plan__focus_code=edition.code, turn_on__gte=days.since, turn_on__lte=days.until
    )
    found = _in_state(found, state, now)
    found = found.filter(plan_id=int(of_plan)) if of_plan.isdecimal() and len(of_plan) < 10 else found
    page = CappedPages(found.order_by("-turn_on", "-pk").values_list("pk", flat=True), PAGE_ROWS).get_page(request.GET.get("page"))
    shown = with_progress(Patrol.objects.select_related("plan__unit", "duty"))
    context = {
        "edition": edition, "days": days, "page": page, "rows": rows_on(page, shown), "now": now, "state": state,
        "back": page_url(edition, days),
    }  # fmt: skip
    return render(request, "office/focus_walks.html", context)


@require_safe
@office_desk("focus.see")
def patrol(request: HttpRequest, patrol: str) -> HttpResponse:
    """One walk: the way proposed, and what was seen at each point."""
    found = get_object_or_404(patrols_visible_to(whoever(request)), number=patrol)
    points = points_of(found)
    findings = _findings([look for point in points for look in point.looks.all()])
    lines = [(point, why_words(point.why), [(look, findings[look.pk]) for look in point.looks.all()]) for point in points]
    pins = [
        Pin(*point.placement.point, "done" if looks_ else "go", f"{point.position} {point.placement}")
        for point, _why, looks_ in lines
        if point.placement.point
    ]
    context = {
        "patrol": found, "lines": lines, "seen": sum(bool(looks_) for _p, _w, looks_ in lines), "now": timezone.now(),
        "map": _map_around(pins),
    }  # fmt: skip
    return render(request, "office/patrol.html", context)


@require_safe
@office_desk("focus.see")
def edition(request: HttpRequest, focus: str) -> HttpResponse:
    """What belongs to the focus, in all its versions; the office changes it here."""
    found = _focus(focus)
    return _edition(request, found, EditionForm.of(found))


@require_POST
@office_desk(PUBLISH)
def publication(request: HttpRequest, focus: str) -> HttpResponse:
    """The next version: first what it would change, then in force."""
    found, now = _focus(focus), timezone.now()
    form = EditionForm(request.POST, edition=found)
    if not form.is_valid():
        return _edition(request, found, form, status=422)
    if "publish" not in request.POST:
        return _edition(request, found, form, effects=_effects(found, form))
    try:
        made = publish_focus(
            form.facts(), reason=form.cleaned_data["reason"], seen_version=form.cleaned_data["version"], by=whoever(request),
            now=now,
        )  # fmt: skip
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _edition(request, found, form, status=refusal.status)
    say(request, _("%(focus)s第 %(version)d 版已启用") % {"focus": made.name, "version": made.version})
    return redirect("office:focus_edition", focus)


# --- shared ----------------------------------------------------------------------------------------------------------


def _focus(code: str) -> FocusEdition:
    found = focus(code)
    if found is None:
        raise Http404
    return found


def _days(request: HttpRequest, now: datetime) -> tuple[DaysForm, Days]:
    today = timezone.localdate(now)
    form = DaysForm.asked(request.GET.dict(), today)
    return form, form.days(today)


def _behind(request: HttpRequest, edition: FocusEdition, days: Days, now: datetime) -> tuple[QuerySet[Case], str]:
    """(the rows of the figure asked for, what they are in words)."""
    figure, place = request.GET.get("figure", "all"), request.GET.get("place", "")
    figure = figure if figure in FIGURES else "all"
    found = rows_behind(
        reach_of(edition), cases_visible_to(whoever(request)), figure, since=days.since, until=days.until, now=now, place=place
    )
    still = request.GET.get("open") == "1"
    found = found.filter(state__in=UNDER_WAY) if still else found
    told = [place_words(place), str(FIGURES[figure]), str(FIGURES["open"]) if still and figure != "open" else ""]
    return found.order_by("-opened_at", "-pk"), "，".join(filter(None, told))


def _in_state(found: QuerySet[Patrol], state: str, now: datetime) -> QuerySet[Patrol]:
    match state:
        case "walked":
            return found.exclude(finished_at=None)
        case "open":
            return found.filter(finished_at=None, duty__ended_at=None)
        case "overdue":
            return found.filter(finished_at=None, duty__ended_at=None, duty__due_at__lt=now)
    return found


def _findings(looks: Sequence[PointLook]) -> dict[int, list[tuple[PointAnswer, Case | None]]]:
    """{look: (answer, the case that its report became) of what was not in order}."""
    wrong = {look.pk: [each for each in look.answers.all() if each.answer == Answer.FAIL] for look in looks}
    cases = cases_of(each.report for answers in wrong.values() for each in answers if each.report)
    return {look: [(each, cases.get(each.report_id or 0)) for each in answers] for look, answers in wrong.items()}


def _plans(request: HttpRequest, edition: FocusEdition, form: PlanForm, status: int = 200) -> HttpResponse:
    now, user = timezone.now(), whoever(request)
    days_form, days = _days(request, now)
    context = {
        "edition": edition, "form": form, "lines": plan_lines(edition, plans_visible_to(user), days, now), "days": days,
        "days_form": days_form, "may_plan": user.may("patrols.plan"), "now": now, "back": page_url(edition, days),
    }  # fmt: skip
    return render(request, "office/focus_plans.html", context, status=status)


def _edition(
    request: HttpRequest, found: FocusEdition, form: EditionForm, effects: Any = None, status: int = 200
) -> HttpResponse:
    context = {
        "edition": found, "form": form, "effects": effects, "editions": editions_of(found.code),
        "unknown": unknown_patterns(found.patterns), "may_publish": whoever(request).may(PUBLISH),
        "back": reverse("office:focus_one", args=[found.code]),
    }  # fmt: skip
    return render(request, "office/focus_edition.html", context, status=status)


def _effects(found: FocusEdition, form: EditionForm) -> dict[str, Any]:
    """What the next version would count and ask, beside the one in force."""
    facts = form.facts()
    would = FocusEdition(code=found.code, patterns=list(facts.patterns), near_kinds=list(facts.near_kinds), near_m=facts.near_m)
    was, will = {item.key for item in found.items.all()}, {item.key for item in facts.items}
    return {
        "cases_now": reach_of(found).cases().count(), "cases_then": reach_of(would).cases().count(), "added": len(will - was),
        "dropped": len(was - will), "same": facts.digest == found.digest,
    }  # fmt: skip


def _file(request: HttpRequest, lines: list[list[Any]], title: str, kind: str, days: Days, now: datetime) -> HttpResponseBase:
    name = f"{title}_{days.since}_{days.until}"
    file = table_file(iter(lines), title=name, kind=kind, by=whoever(request), now=now)
    asked = {"since": days.since.isoformat(), "until": days.until.isoformat()}
    note_export(name="focus", kind=kind, asked=asked, rows=len(lines) - 1, by=whoever(request), now=now)
    return file


def _map_around(pins: list[Pin]) -> Any:
    if not pins:
        return ""
    return svg_map(bbox=around(pins, 0.004), pins=pins, width=920, height=420, title=_("巡查点位"))
