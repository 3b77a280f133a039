"""Asking about focus problems. Reference data for everybody."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from django.db.models import Max, Q

from ..models import ProblemType
from ..rules.focus_facts import FocusFacts, ItemFacts
from .models import FocusEdition


def focuses() -> list[FocusEdition]:
    """Each focus in its version in force, in the policy's order, with its checklist."""
    newest = FocusEdition.objects.values("code").annotate(newest=Max("version")).values_list("code", "newest")
    wanted = Q(pk=None)
    for code, version in newest.order_by():
        wanted |= Q(code=code, version=version)
    return list(FocusEdition.objects.filter(wanted).prefetch_related("items").order_by("position", "code"))


def focus(code: str) -> FocusEdition | None:
    """The focus of that code in its version in force."""
    found = FocusEdition.objects.filter(code=code).prefetch_related("items")
    return found.order_by("-version").first()


def editions_of(code: str) -> list[FocusEdition]:
    """Every version, the newest first."""
    return list(FocusEdition.objects.filter(code=code).order_by("-version"))


def types_of(patterns: Iterable[str]) -> list[ProblemType]:
    """The problem types of every published version of the schemes that the patterns name, in the order of their codes."""
    asked = list(patterns)
    schemes = {pattern.partition(":")[0] for pattern in asked}
    types = ProblemType.objects.filter(scheme__code__in=schemes).exclude(scheme__published_at=None)
    ordered = types.select_related("scheme").order_by("scheme__code", "-scheme__version", "kind", "code")
    return [each for each in ordered if any(fnmatchcase(each.full_code, pattern) for pattern in asked)]


def types_by_focus(editions: Iterable[FocusEdition]) -> dict[str, set[int]]:
    """{focus: the keys of its types}, in one statement."""
    wanted = {edition.code: edition.patterns for edition in editions}
    known = types_of({pattern for patterns in wanted.values() for pattern in patterns})
    return {
        code: {each.pk for each in known if any(fnmatchcase(each.full_code, pattern) for pattern in patterns)}
        for code, patterns in wanted.items()
    }


def unknown_patterns(patterns: Iterable[str]) -> list[str]:
    """Those that no published type answers to: a mistake of typing, or a scheme that this city does not have."""
    asked = list(patterns)
    codes = [each.full_code for each in types_of(asked)]
    return [pattern for pattern in asked if not any(fnmatchcase(code, pattern) for code in codes)]


def facts_of(edition: FocusEdition) -> FocusFacts:
    """An edition as plain facts, for whoever changes one of them."""
    items = tuple(
        ItemFacts(item.key, item.words, item.condition, item.type_code, item.confidence) for item in edition.items.all()
    )
    return FocusFacts(
        code=edition.code, name=edition.name, position=edition.position, cycle_days=edition.cycle_days,
        patterns=tuple(edition.patterns), items=items, near_kinds=tuple(edition.near_kinds), near_m=edition.near_m,
        source=edition.source, confidence=edition.confidence,
    )  # fmt: skip
