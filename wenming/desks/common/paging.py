"""Pages of long lists."""

from __future__ import annotations

from typing import TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.utils.functional import cached_property

MOST_ROWS = 10_000
Row = TypeVar("Row", bound=Model)


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


def rows_on(page: Page, rows: QuerySet[Row]) -> list[Row]:
    """The rows of a page of primary keys, in its order.

    A long list is sorted by its keys alone; what a line shows is joined to the few that are shown.
    """
    page.object_list = list(page.object_list)
    found = rows.in_bulk(page.object_list)
    return [found[key] for key in page.object_list if key in found]
