"""Asking what is good: the scheme in force, its types, what a citizen's word may mean. Reference data for everybody."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from .models import EstablishRule, ProblemType, PublicCategory, Scheme, TypeMapping

UNCLEAR = "unclear"
KIND_OF_LETTER = {"C": "component", "E": "incident"}


def current_scheme() -> Scheme:
    """The scheme the city works by. Raises Scheme.DoesNotExist before one is adopted."""
    scheme = Scheme.objects.filter(is_current=True).first()
    if scheme is None:
        raise Scheme.DoesNotExist(_("还没有启用问题分类：请先运行 python3 run.py manage load_standards"))
    return scheme


def published_schemes() -> QuerySet[Scheme]:
    """All of them side by side, the newest version of each code first."""
    return Scheme.objects.exclude(published_at=None)


def types_in(scheme: Scheme, *, kind: str | None = None) -> QuerySet[ProblemType]:
    """The scheme's types in the order of their codes, ready to show full codes. kind: component or incident."""
    types = ProblemType.objects.filter(scheme=scheme).select_related("scheme", "public_category")
    return types.filter(kind=kind) if kind else types


def public_categories() -> QuerySet[PublicCategory]:
    """The citizen's choices in the order they are shown."""
    return PublicCategory.objects.order_by("position")


def types_for_category(category: PublicCategory, scheme: Scheme | None = None) -> QuerySet[ProblemType]:
    """What a citizen may have meant by that choice, in the scheme in force; 说不清 may mean anything."""
    types = types_in(scheme or current_scheme())
    return types if category.code == UNCLEAR else types.filter(public_category=category)


def rules_for(problem_type: ProblemType) -> QuerySet[EstablishRule]:
    """The type's conditions with their limits, in the standard's order; none for schemes that state no limits."""
    return EstablishRule.objects.filter(problem_type=problem_type).order_by("position")


def type_by_full_code(full_code: str) -> ProblemType | None:
    """`GB30428:E0192` in the newest published version of that scheme; None when there is no such type."""
    scheme_code, _colon, short = full_code.partition(":")
    types = ProblemType.objects.select_related("scheme").exclude(scheme__published_at=None)
    found = types.filter(scheme__code=scheme_code, kind=KIND_OF_LETTER.get(short[:1], ""), code=short[1:])
    return found.order_by("-scheme__version").first()


def counterparts(problem_type: ProblemType, scheme: Scheme) -> QuerySet[TypeMapping]:
    """Which types of another scheme are the same thing, and how sure that is."""
    return TypeMapping.objects.filter(from_type=problem_type, to_type__scheme=scheme).select_related("to_type__scheme")


def kinds_like(kind: ProblemType) -> set[str]:
    """The full codes under which the register may hold this kind: its own, and what other schemes call the same."""
    pairs = TypeMapping.objects.filter(Q(from_type=kind) | Q(to_type=kind)).select_related("from_type__scheme", "to_type__scheme")
    return {kind.full_code, *(one.full_code for pair in pairs for one in (pair.from_type, pair.to_type))}


def kinds_alike(full_codes: Iterable[str]) -> dict[str, set[str]]:
    """`kinds_like` of many kinds by their full codes, in one question."""
    alike = {code: {code} for code in full_codes}
    for pair in TypeMapping.objects.select_related("from_type__scheme", "to_type__scheme"):
        one, other = pair.from_type.full_code, pair.to_type.full_code
        for code, same in ((one, other), (other, one)):
            if code in alike:
                alike[code].add(same)
    return alike


def kind_names(full_codes: Iterable[str]) -> dict[str, str]:
    """{`GB30428:C0137`: “路灯”} for those codes of published schemes, in one query."""
    wanted = set(full_codes)
    digits = {code.rpartition(":")[2][1:] for code in wanted}
    types = ProblemType.objects.filter(code__in=digits, scheme__published_at__isnull=False).select_related("scheme")
    return {one.full_code: one.name for one in types.order_by("scheme__version") if one.full_code in wanted}
