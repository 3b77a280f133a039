"""公文: the register of what was issued, as page and file, and each letter as an editable copy. Policy: 3.5."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from wenming.desks.common.access import desk, whoever
from wenming.desks.common.paging import CappedPages
from wenming.documents.selectors import registers
from wenming.documents.typesetting.word import as_word
from wenming.responsibilities.frontages.selectors import documents_visible_to

from ..exports import table_file
from ..papers_page import LISTED, PaperFilter, file_title, joined, paper_lines, paper_rows

office_desk = desk("office")
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@require_safe
@office_desk("frontages.see")
def papers(request: HttpRequest) -> HttpResponse:
    """发文登记簿: filter, list, and whether every number is there."""
    chosen, seen = PaperFilter(request.GET), documents_visible_to(whoever(request))
    pages = CappedPages(joined(chosen.narrow(seen)), LISTED)
    page = pages.get_page(request.GET.get("page"))
    context = {
        "filter": chosen, "page": page, "full": pages.full, "total": page.paginator.count, "lines": paper_lines(list(page)),
        "filter_query": request.GET.urlencode(), "registers": registers(seen.order_by().values_list("register", flat=True)),
    }  # fmt: skip
    return render(request, "office/papers.html", context)


@require_safe
@office_desk("frontages.see")
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered register as xlsx or csv."""
    user = whoever(request)
    found = PaperFilter(request.GET).narrow(documents_visible_to(user))
    return table_file(paper_rows(found), title=file_title(), kind=kind, by=user, now=timezone.now())


@require_safe
@office_desk("frontages.see")
def word(request: HttpRequest, pk: int) -> HttpResponse:
    """A document's words as a Word file; the paper stays what counts. Letters from before their words were kept have none."""
    document = get_object_or_404(documents_visible_to(whoever(request)), pk=pk)
    if document.told is None:
        raise Http404
    disposition = content_disposition_header(True, f"{document.number} {document.title}.docx")
    return HttpResponse(as_word(document.told), content_type=DOCX, headers={"Content-Disposition": disposition or ""})
