"""Do the reports still say what was handed in? Read-only: each is hashed again and compared with the journal (P1, P6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wenming.evidence.models import Exhibit
from wenming.journal.models import Entry
from wenming.journal.services import about_key

from .models import Report
from .rules.receipts import content_hash, what_was_received

AT_A_TIME = 500


def broken_reports() -> Iterator[str]:
    """Every report whose words, time or photographs are not those that its receipt was given for, one sentence each."""
    for reports in _batches():
        sealed, photos = _sealed(reports), _photos(reports)
        for report in reports:
            facts = what_was_received(report.client_id, report.text, report.seen_at, photos.get(report.pk, []))
            # Entries written before the hash was part of them seal nothing to compare with.
            if sealed.get(report.pk, report.content_hash) != report.content_hash:
                yield f"上报 {report} 的内容校验值与日志不一致"
            elif report.pk in sealed and content_hash(facts) != report.content_hash:
                yield f"上报 {report} 的文字、时间或照片在收到后被改动过"


def _sealed(reports: Sequence[Report]) -> dict[int, str]:
    by_name = {about_key(report): report.pk for report in reports}
    entries = Entry.objects.filter(about__in=by_name, action="report.received").values_list("about", "facts")
    return {by_name[about]: facts["content"] for about, facts in entries if "content" in facts}


def _photos(reports: Sequence[Report]) -> dict[int, list[str]]:
    """The hashes of the photographs that came with each report, in the order in which they came."""
    found: dict[int, list[str]] = {}
    shown = Exhibit.objects.filter(subject_type="report", subject_id__in=[str(report.pk) for report in reports])
    for subject, digest in shown.order_by("pk").values_list("subject_id", "original__digest"):
        found.setdefault(int(subject), []).append(digest.removeprefix("sha256:"))
    return found


def _batches() -> Iterator[list[Report]]:
    last = 0
    while reports := list(Report.objects.filter(pk__gt=last).order_by("pk")[:AT_A_TIME]):
        yield reports
        last = reports[-1].pk
