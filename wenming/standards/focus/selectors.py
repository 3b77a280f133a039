"""Asking about focus problems. Reference data for everybody."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from ..models import ProblemType
from ..rules.focus_facts import FocusFacts, ItemFacts
from .models import FocusEdition, FocusItem


def focuses() -> list[FocusEdition]:
    """Each focus in its version in force, in the policy's order, with its checklist: one statement for all of it."""
    return _with_items(FocusEdition.objects.all())


def focus(code: str) -> FocusEdition | None:
    """The focus of that code in its version in force."""
    return next(iter(_with_items(FocusEdition.objects.filter(code=code))), None)


def _with_items(editions: QuerySet[FocusEdition]) -> list[FocusEdition]:
    """Of these the newest of each code, each with its checklist; by way of the items, of which each has one (`check_focus`)."""
    newer = FocusEdition.objects.filter(code=OuterRef("code"), version__gt=OuterRef("version"))
    items = FocusItem.objects.filter(edition__in=editions.exclude(Exists(newer)).values("pk")).select_related("edition")
    found: dict[int, list[FocusItem]] = {}
    for item in items.order_by("edition__position", "edition__code", "position"):
        found.setdefault(item.edition_id, []).append(item)
    return [_holding(own[0].edition, own) for own in found.values()]


def _holding(edition: FocusEdition, items: list[FocusItem]) -> FocusEdition:
    """The edition as `prefetch_related("items")` leaves it, without another statement."""
    held: Any = edition.items.all()
    held._result_cache, held._prefetch_done = items, True
    edition._prefetched_objects_cache = {"items": held}  # type: ignore[attr-defined]
    return edition


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
