"""Pages of long lists."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Count, Model, QuerySet, Window
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property

MOST_ROWS = 10_000
Row = TypeVar("Row", bound=Model)


# Pages so near the beginning that a list in its own order comes to them soon.
NEAR_PAGES = 4


class CappedPages(Paginator):
    """Pages whose count stops at 10,000: nobody turns the 201st page, and counting a million rows is not free."""

    known: int | None = None
    """Set it where the number has been counted already."""

    @cached_property
    def count(self) -> int:
        assert isinstance(self.object_list, QuerySet)
        return min(self.known, MOST_ROWS) if self.known is not None else self.object_list.order_by()[:MOST_ROWS].count()

    @property
    def full(self) -> bool:
        """Whether there are that many or more."""
        return self.count == MOST_ROWS


def known_by_key(found: QuerySet[Row]) -> tuple[QuerySet[Row], int]:
    """The same rows in the same order by keys that were fetched here, and how many: for what is dear to ask again.

    Where 10,000 rows or more answer, the question comes back as it was: their page is better found along the list.
    """
    keys = list(found.order_by().values_list("pk", flat=True)[:MOST_ROWS])
    if len(keys) == MOST_ROWS:
        return found, MOST_ROWS
    return found.model._default_manager.filter(pk__in=keys).order_by(*found.query.order_by), len(keys)


def rows_on(page: Page, rows: QuerySet[Row]) -> list[Row]:
    """The rows of a page of primary keys, in its order.

    A long list is sorted by its keys alone; what a line shows is joined to the few that are shown.
    """
    page.object_list = list(page.object_list)
    found = rows.in_bulk(page.object_list)
    return [found[key] for key in page.object_list if key in found]


def first_of(found: QuerySet[Row], most: int) -> tuple[list[Row], int]:
    """The first of them and how many there are: one question, the database counts beside."""
    rows = list(found.annotate(of_all=Window(Count("pk")))[:most])
    return rows, rows[0].of_all if rows else 0  # type: ignore[attr-defined]


def listed_or_found(listed: Iterable[Row], found: QuerySet[Row], **wanted: Any) -> Row:
    """The one that was selected: mostly it is on the list that was just read. Raises Http404."""
    there = (one for one in listed if all(getattr(one, name) == value for name, value in wanted.items()))
    return next(there, None) or get_object_or_404(found, **wanted)
