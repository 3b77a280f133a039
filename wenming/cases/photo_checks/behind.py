"""Which case a photo belongs to: evidence knows only what kind of matter it was shown for, and under which number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from wenming.evidence.models import Exhibit

from ..models import Case, CaseReport, Recheck, Support, Verification


def cases_behind(exhibits: Iterable[Exhibit]) -> dict[int, Case]:
    """{exhibit: its case, through any merge}, in one query for each kind of matter. Photos of no case are left out."""
    by_kind: dict[str, list[Exhibit]] = defaultdict(list)
    for exhibit in exhibits:
        by_kind[exhibit.subject_type].append(exhibit)
    found: dict[int, int] = {}
    for kind, group in by_kind.items():
        keys = _case_keys(kind, {exhibit.subject_id for exhibit in group})
        found |= {exhibit.pk: keys[exhibit.subject_id] for exhibit in group if exhibit.subject_id in keys}
    cases = Case.objects.select_related("placement", "merged_into__placement").in_bulk(set(found.values()))
    return {exhibit: cases[case].merged_into or cases[case] for exhibit, case in found.items()}


def case_behind(exhibit: Exhibit) -> Case | None:
    """The case of one photo; None for the seconds before its report has one, and for what belongs to no case."""
    return cases_behind([exhibit]).get(exhibit.pk)


def _case_keys(kind: str, ids: set[str]) -> dict[str, int]:
    """{number of the matter: key of its case}."""
    if kind == "case":
        return dict(Case.objects.filter(number__in=ids).values_list("number", "pk"))
    # Only what is asked for: a place's number is no key of a report.
    of_kind: dict[str, Callable[[], Iterable[tuple[int, int]]]] = {
        "report": lambda: CaseReport.objects.filter(report__in=[int(each) for each in ids]).values_list("report", "case"),
        "verification": lambda: Verification.objects.filter(pk__in=ids).values_list("pk", "case"),
        "support": lambda: Support.objects.filter(pk__in=ids).values_list("pk", "case"),
        "recheck": lambda: Recheck.objects.filter(pk__in=ids).values_list("pk", "case"),
    }
    return {str(key): case for key, case in of_kind[kind]()} if kind in of_kind else {}
