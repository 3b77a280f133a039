"""Finding cases by words: which words a case has, keeping them, and asking.

A case is found by its number, its place as lists show it, the word its reporters chose and what they wrote: none of
these ever changes, so the index is written once, in the transaction that opens the case. What may change is asked where
it stands: the name of the problem type. Numbers to reach a reporter by are not words of a case. Nor is a receipt, the
reporter's secret; who types a whole one, or all but its last group, was told it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from wenming.engine import text_index
from wenming.engine.bigrams import MOST_WORDS, phrases, tokens
from wenming.engine.inserting import insert_all
from wenming.observations.models import Report
from wenming.observations.rules.contacts import searchable
from wenming.observations.selectors import reports_by_beginning
from wenming.standards.models import ProblemType

from .models import Case, CaseReport, CaseText

AT_A_TIME = 500
# Up to so many cases are gathered and then sorted; a word that more cases say is looked for along the list instead.
GATHERED = 10_000
# From so many on, the next to say it is found sooner than the list of all who do.
EVERYWHERE = 100_000


def index_case(case: Case, report: Report) -> None:
    """Make a case findable by its number and the words of its report, in the caller's transaction."""
    CaseText.objects.create(case=case.pk, tokens=_words(case, [report]))


def index_cases(cases: Iterable[tuple[Case, Report]]) -> None:
    """The same for many cases that were just written."""
    insert_all([CaseText(case=case.pk, tokens=_words(case, [report])) for case, report in cases])


def saying(cases: QuerySet[Case], words: str, *, soon: bool = False) -> QuerySet[Case]:
    """Those of `cases` of which every word is said: begun numbers, addresses, texts, problem types, receipts.

    Narrows whatever the caller may see. Signs and spaces alone say nothing and find nothing. Asks the database once how
    common the words are, because a rare word and a common one are found in opposite ways. soon: the caller knows that
    many of `cases` say them and wants the first few in an order of their own.
    """
    # Names of types are asked for as they were typed, and PostgreSQL takes no NUL.
    words = "".join(each if each.isprintable() else " " for each in words)
    if (receipt := _of_receipt(words)) is not None:
        return cases.filter(receipt)
    asked = [word for word in words.split() if phrases(word)][:MOST_WORDS]
    if not asked:
        return cases.none()
    counted = text_index.how_many(CaseText, asked, at_most=EVERYWHERE if soon else GATHERED)
    for word, found in zip(asked, counted, strict=True):
        cases = cases.filter(_says(word, common=found >= GATHERED, everywhere=soon and found >= EVERYWHERE))
    return cases


def rebuild() -> int:
    """Make the whole index again from the records; how many cases it holds. Searches find less while it runs."""
    newest = Case.objects.aggregate(newest=Max("pk"))["newest"] or 0
    with transaction.atomic():
        text_index.empty(CaseText)
    done = 0
    for cases in _batches(newest):
        with transaction.atomic():
            insert_all([CaseText(case=case.pk, tokens=_words(case, reports)) for case, reports in cases])
        done += len(cases)
    text_index.tidy(CaseText)
    return done


def lost_words() -> Iterator[str]:
    """Every case that its own words no longer find, one sentence each (P6)."""
    newest = Case.objects.aggregate(newest=Max("pk"))["newest"] or 0
    for cases in _batches(newest):
        expected = {case.pk: (case, _words(case, reports)) for case, reports in cases}
        for key in text_index.missing(CaseText, {key: words for key, (_case, words) in expected.items()}):
            yield _("案件 %(case)s 的文字与检索索引不符，请运行 rebuild_search") % {"case": expected[key][0]}


def _says(word: str, *, common: bool, everywhere: bool) -> Q:
    of_kind = Q(problem_type__in=ProblemType.objects.filter(name__icontains=word).values("pk"))
    if common:
        return text_index.said_along_the_way(CaseText, word, row_by_row=everywhere) | of_kind
    # One list of keys: offered two ways in, SQLite takes neither and reads the whole table.
    return Q(pk__in=CaseText.objects.filter(tokens__says=word).values("pk").union(Case.objects.filter(of_kind).values("pk")))


def _of_receipt(words: str) -> Q | None:
    reports = reports_by_beginning(words)
    return None if reports is None else Q(pk__in=CaseReport.objects.filter(report__in=reports).values("case"))


def _words(case: Case, reports: Sequence[Report]) -> list[str]:
    chosen = [report.category.name for report in reports if report.category]
    return tokens(
        case.number, str(case.placement), *dict.fromkeys(chosen), *(searchable(each.text) for each in reports)
    )


def _batches(newest: int) -> Iterator[list[tuple[Case, list[Report]]]]:
    """All cases up to a key with their reports, in portions."""
    last = 0
    cases = Case.objects.select_related("placement__town", "placement__community").order_by("pk")
    while found := list(cases.filter(pk__gt=last, pk__lte=newest)[:AT_A_TIME]):
        reports: dict[int, list[Report]] = {case.pk: [] for case in found}
        for link in CaseReport.objects.filter(case__in=found).select_related("report__category").order_by("pk"):
            reports[link.case_id].append(link.report)
        yield [(case, reports[case.pk]) for case in found]
        last = found[-1].pk
