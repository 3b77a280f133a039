"""权责: the lines of the matrix, who plays which role where, what it answers and why, and its holes (1.6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wenming.cases.boundary import boundary_distance, set_boundary_distance
from wenming.cases.rule_changes.editing import draft_end_of_line, draft_line
from wenming.cases.rules.boundary import FARTHEST_M
from wenming.desks.common import toasts
from wenming.desks.common.access import desk, whoever
from wenming.refusals import Refusal
from wenming.responsibilities.audit import findings_with, findings_with_holder, findings_without, matrix_findings
from wenming.responsibilities.closure import WouldOpen, closure_with
from wenming.responsibilities.models import MatrixEntry, MatrixProposal
from wenming.responsibilities.rules.matrix import Finding, MatrixRule, RoleHolder
from wenming.responsibilities.services import (
    add_matrix_entry,
    decide_matrix_proposal,
    end_matrix_entry,
    give_role,
    proposed_line,
)

from ..forms import BoundaryForm, MatrixForm, ProposalForm, RoleForm, WhoForm
from ..into_draft import drafted_instead, may_draft
from ..matrix_page import (
    Change,
    drafted,
    explained,
    grouped_findings,
    lines_in_force,
    proposals_waiting,
    types_in_force,
)
from ..matrix_words import holdings_in_words, lines_in_words

admin_desk = desk("admin")
PAGE_ROWS = 50


@require_safe
@admin_desk("matrix.manage")
def matrix(request: HttpRequest) -> HttpResponse:
    """The lines in force, and a box that answers for a kind of problem in a town."""
    today = timezone.localdate()
    asked = WhoForm(request.GET if request.GET.get("type") else None, types=types_in_force(), auto_id="who_%s")
    answer = explained(asked.cleaned_data["type"], asked.cleaned_data["town"], today) if asked.is_valid() else None
    context = {
        "lines": lines_in_words(lines_in_force(today)), "roles": holdings_in_words(today), "asked": asked, "answer": answer,
        "proposals": [(one, ProposalForm(auto_id=f"proposal_{one.pk}_%s")) for one in proposals_waiting()],
        "boundary_form": BoundaryForm(initial={"metres": boundary_distance()}, auto_id="boundary_%s"),
        "role_form": RoleForm(auto_id="role_%s"), "found": len(matrix_findings(today)),
    }  # fmt: skip
    return render(request, "admin/matrix.html", context)


@require_POST
@admin_desk("matrix.manage")
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """采纳 or not what a ruling proposed: the matrix learns by this act alone. First what it would change, then it."""
    found = get_object_or_404(MatrixProposal.objects.select_related("problem_type__scheme", "unit"), pk=pk)
    form = ProposalForm(request.POST)
    if not form.is_valid():
        toasts.say(request, _("还没有选是否采纳。请选一项再提交。"))
        return redirect("admin:matrix")
    accepted = form.cleaned_data["accepted"] == "yes"
    if accepted and found.decided_at is None and "save" not in request.POST:
        line = drafted(proposed_line(found, timezone.localdate()))
        context = {"one": found, "note": form.cleaned_data["note"], "change": _change_by_line(line, timezone.localdate())}
        return render(request, "admin/matrix_proposal.html", context)
    try:
        decided = decide_matrix_proposal(
            found, accepted=accepted, note=form.cleaned_data["note"], by=whoever(request), now=timezone.now()
        )
    except Refusal as refusal:
        toasts.say(request, str(refusal))
    else:
        toasts.say(request, _("已新增%(line)s。") % {"line": decided.entry} if accepted else _("已记下：不采纳。"))
    return redirect("admin:matrix")


@require_POST
@admin_desk("matrix.manage")
def boundary(request: HttpRequest) -> HttpResponse:
    """How close to a border a case is made known to the neighbour."""
    form = BoundaryForm(request.POST)
    if not form.is_valid():
        toasts.say(request, _("距离要在 0 到 %(most)d 米之间。请改好后再保存。") % {"most": FARTHEST_M})
    else:
        row = set_boundary_distance(form.cleaned_data["metres"], by=whoever(request), now=timezone.now())
        toasts.say(request, _("已改为 %(metres)d 米。") % {"metres": row.metres})
    return redirect("admin:matrix")


@require_safe
@admin_desk("matrix.manage")
def findings(request: HttpRequest) -> HttpResponse:
    """Every gap and conflict, the same one of many towns as one line."""
    groups = grouped_findings(matrix_findings(timezone.localdate()))
    page = Paginator(groups, PAGE_ROWS).get_page(request.GET.get("page"))
    return render(request, "admin/matrix_findings.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@admin_desk("matrix.manage")
def new(request: HttpRequest) -> HttpResponse:
    """Add a line: first what it would change, then it, or a draft with it."""
    form, status, change = MatrixForm(request.POST or None), 200, None
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                if "draft" in request.POST:
                    return _drafted_line(request, form.cleaned_data)
                if "save" in request.POST:
                    entry = add_matrix_entry(**form.cleaned_data, by=whoever(request), now=timezone.now())
                    toasts.say(request, _("已新增%(line)s。") % {"line": entry})
                    return redirect("admin:matrix")
                change, status = _change_by_line(drafted(form.cleaned_data), form.cleaned_data["on"]), 200
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
    context = {"form": form, "change": change, "may_draft": may_draft(request)}
    return render(request, "admin/matrix_new.html", context, status=status)


def _drafted_line(request: HttpRequest, given: dict[str, Any]) -> HttpResponse:
    # A drafted line begins on the day from which its draft will hold, so the day of the form is not taken along.
    line = {name: value for name, value in given.items() if name != "on"}
    name = _("增加权责：%(basis)s") % {"basis": given["basis"][:40]}
    by, now = whoever(request), timezone.now()
    return drafted_instead(request, name, lambda draft: draft_line(draft, **line, by=by, now=now))


@require_safe
@admin_desk("matrix.manage")
def entry(request: HttpRequest, line: int) -> HttpResponse:
    """One line, and what would follow if it ended today."""
    found = get_object_or_404(MatrixEntry, number=line)
    today, change = timezone.localdate(), None
    if found.valid_to is None:
        change = _change(findings_without(found, today), closure_with(today, without=found.number))
    context = {"line": lines_in_words([found])[0], "change": change, "may_draft": may_draft(request)}
    return render(request, "admin/matrix_entry.html", context)


@require_POST
@admin_desk("matrix.manage")
def end(request: HttpRequest, line: int) -> HttpResponse:
    """End a line today, or draft its end; it stays readable."""
    found = get_object_or_404(MatrixEntry, number=line)
    if "draft" in request.POST:
        by, now = whoever(request), timezone.now()
        name = _("停用权责第 %(number)d 条") % {"number": line}
        return drafted_instead(request, name, lambda draft: draft_end_of_line(draft, line, by=by, now=now))
    end_matrix_entry(found, on=timezone.localdate(), by=whoever(request), now=timezone.now())
    toasts.say(request, _("%(line)s从今天起不再适用。") % {"line": found})
    return redirect("admin:matrix")


@require_POST
@admin_desk("matrix.manage")
def roles(request: HttpRequest) -> HttpResponse:
    """Give a role to a unit: first what it would change, then it."""
    form, change, status = RoleForm(request.POST, auto_id="role_%s"), None, 422
    if form.is_valid():
        given: dict[str, Any] = form.cleaned_data
        if "save" in request.POST:
            give_role(
                given["role"],
                to=given["to"],
                town_code=given["town_code"],
                on=given["on"],
                by=whoever(request),
                now=timezone.now(),
            )
            toasts.say(
                request,
                _("%(unit)s从%(on)s起承担%(role)s。") % {"unit": given["to"], "on": given["on"], "role": given["role"]},
            )
            return redirect("admin:matrix")
        holder = RoleHolder(given["role"], given["town_code"], given["to"].code)
        change, status = _change(findings_with_holder(holder, given["on"]), closure_with(given["on"], holder=holder)), 200
    return render(request, "admin/matrix_role.html", {"form": form, "change": change}, status=status)


def _change_by_line(line: MatrixRule, on: date) -> Change:
    return _change(findings_with(line, on), closure_with(on, rule=line))


def _change(after: Sequence[Finding], week: WouldOpen) -> Change:
    return Change(matrix_findings(timezone.localdate()), after, week)
