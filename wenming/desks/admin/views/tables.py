"""Importing the two spreadsheets: upload, see what they say and what is wrong, confirm (导入四步 in one sitting)."""

from __future__ import annotations

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from wenming.desks.common import toasts
from wenming.desks.common.access import desk, whoever
from wenming.observations.tables import read_table
from wenming.refusals import BadInput, Refusal

from ..forms import TableForm
from ..tables_import import COLUMNS, bring_in_accounts, bring_in_units, read
from .accounts import first_password

admin_desk = desk("admin")
SALT = "admin-tables"
GOOD_FOR_SECONDS = 3600
SHOWN_ROWS = 20


@require_http_methods(["GET", "HEAD", "POST"])
@admin_desk("organisations.manage")
def tables(request: HttpRequest) -> HttpResponse:
    """Upload; the answer shows the rows, every mistake by row and column, and nothing is written yet."""
    form = TableForm(request.POST or None, request.FILES or None)
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "columns": COLUMNS}
        return render(request, "admin/tables.html", context, status=422 if form.errors else 200)
    what, file = form.cleaned_data["what"], form.cleaned_data["file"]
    try:
        found = read(what, read_table(file.read(), file.name))
    except Refusal as refusal:
        form.add_error("file", str(refusal))
        return render(request, "admin/tables.html", {"form": form, "columns": COLUMNS}, status=422)
    # The rows go with the page, sealed, so that what is confirmed is what was shown.
    sealed = "" if found.mistakes else signing.dumps([what, found.rows], salt=SALT, compress=True)
    context = {
        "what": what, "reading": found, "sealed": sealed, "heads": list(COLUMNS[what].values()),
        "rows": [[row.get(name, "") for name in COLUMNS[what]] for row in found.rows[:SHOWN_ROWS]],
    }  # fmt: skip
    return render(request, "admin/tables_preview.html", context, status=422 if found.mistakes else 200)


@require_POST
@admin_desk("accounts.manage")
def confirmation(request: HttpRequest) -> HttpResponse:
    """Bring the shown rows in: all, or none with the reason."""
    try:
        what, rows = signing.loads(request.POST.get("rows", ""), salt=SALT, max_age=GOOD_FOR_SECONDS)
    except signing.BadSignature as wrong:
        raise BadInput(_("预览已经过期，没有导入任何内容。请重新上传。")) from wrong
    by, now = whoever(request), timezone.now()
    if what == "units":
        toasts.say(request, _("已导入 %(n)d 个单位。") % {"n": bring_in_units(rows, by=by, now=now)})
        return redirect("admin:organisations")
    opened = bring_in_accounts(rows, password=first_password, by=by, now=now)
    response = render(request, "admin/first_password.html", {"rows": opened})
    response.headers["Cache-Control"] = "no-store"
    return response
