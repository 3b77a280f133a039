"""举报人身份, for the keeper alone: by receipt number, with a reason, on the record before anything is shown."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from wenming.desks.common.access import desk, whoever
from wenming.observations.selectors import report_by_receipt
from wenming.organisations.models import IdentityLook
from wenming.organisations.services import look_at_identity
from wenming.refusals import Refusal

from ..forms import LookForm

admin_desk = desk("admin")
LAST_LOOKS = 50


@require_safe
@admin_desk("identity.look")
def identities(request: HttpRequest) -> HttpResponse:
    """The form, and every look so far: who, when, why."""
    return _page(request, LookForm())


@require_POST
@admin_desk("identity.look")
def looks(request: HttpRequest) -> HttpResponse:
    """One look. The answer is a page of its own that no cache keeps."""
    form, status = LookForm(request.POST), 422
    if form.is_valid():
        report = report_by_receipt(form.cleaned_data["receipt"])
        if report is None or report.identity is None:
            missing = (
                _("没有这个受理编号。请对照回执再输一次。") if report is None else _("这件的上报人没有留联系方式。")
            )
            form.add_error("receipt", missing)
        else:
            try:
                found = look_at_identity(
                    report.identity, reason=form.cleaned_data["reason"], by=whoever(request), now=timezone.now()
                )
            except Refusal as refusal:
                form.add_error("reason", str(refusal))
                status = refusal.status
            else:
                return _page(request, LookForm(), found=found, receipt=report.receipt)
    return _page(request, form, status)


def _page(
    request: HttpRequest, form: LookForm, status: int = 200, found: dict[str, str] | None = None, receipt: str = ""
) -> HttpResponse:
    past = IdentityLook.objects.select_related("by").order_by("-at")[:LAST_LOOKS]
    context = {"form": form, "looks": past, "found": found, "receipt": receipt, "now": timezone.now()}
    response = render(request, "admin/identities.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
