"""What everybody may know: whether the city answers, its problem types, its towns."""

from __future__ import annotations

from typing import Annotated, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_noop as _
from ninja import Query

from wenming.journal import selectors as journal
from wenming.standards.models import ProblemType, PublicCategory, Scheme
from wenming.standards.selectors import public_categories, published_schemes, types_in
from wenming.territory.models import Area
from wenming.territory.selectors import communities_of, towns

from .frame import ANYBODY, NotFound, api
from .shapes import AreaShown, Category, Health, ProblemTypeShown, Refused, SchemeShown

# Reference lists are bounded by their standards (some 170 types, 24 towns); the cap is against what a mistake loads.
MOST = 1000


@api.get("/health", auth=ANYBODY, response=Health, tags=[_("参考")], summary=_("城市是否在线"))
def health(request: HttpRequest) -> dict[str, object]:
    """Answers from the database; a monitor may ask every few seconds."""
    return {"status": "ok", "interface": "v1", "journal_entries": journal.head()[0]}


@api.get("/categories", auth=ANYBODY, response=list[Category], tags=[_("参考")], summary=_("市民选项"))
def categories(request: HttpRequest) -> QuerySet[PublicCategory]:
    """The words that citizens choose from."""
    return public_categories()[:MOST]


@api.get("/schemes", auth=ANYBODY, response=list[SchemeShown], tags=[_("参考")], summary=_("问题分类的各个版本"))
def schemes(request: HttpRequest) -> QuerySet[Scheme]:
    """Classifications side by side; the city works by the current one."""
    return published_schemes()[:MOST]


@api.get(
    "/problem-types", auth=ANYBODY, response={200: list[ProblemTypeShown], 404: Refused, 422: Refused},
    tags=[_("参考")], summary=_("部件和事件的小类，附立案条件和时限"),
)  # fmt: skip
def problem_types(
    request: HttpRequest,
    scheme: Annotated[str, Query(max_length=24, description="code of a scheme; the current one without it")] = "",
    kind: Annotated[Literal["component", "incident"] | None, Query()] = None,
) -> QuerySet[ProblemType]:
    """The types of one scheme in the order of their codes, with conditions to establish and limits."""
    found = published_schemes().filter(code=scheme) if scheme else Scheme.objects.filter(is_current=True)
    chosen = found.order_by("-version").first()
    if chosen is None:
        raise NotFound
    return types_in(chosen, kind=kind).prefetch_related("rules")[:MOST]


@api.get("/towns", auth=ANYBODY, response=list[AreaShown], tags=[_("参考")], summary=_("镇街"))
def town_list(request: HttpRequest) -> QuerySet[Area]:
    """The towns and subdistricts of today."""
    return towns().select_related("parent").defer("wkb")[:MOST]


@api.get(
    "/towns/{code}/communities", auth=ANYBODY, response={200: list[AreaShown], 404: Refused},
    tags=[_("参考")], summary=_("一个镇街的村居"),
)  # fmt: skip
def community_list(request: HttpRequest, code: str) -> QuerySet[Area]:
    """The communities and villages of one town today."""
    town = towns().filter(code=code[:12]).first()
    if town is None:
        raise NotFound
    return communities_of(town).select_related("parent").defer("wkb")[:MOST]
