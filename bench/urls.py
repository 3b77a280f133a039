"""The house's addresses and the empty view that others are measured against. Never part of a served city."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from wenming import urls as house
from wenming.desks.common.access import public
from wenming.desks.office.views import queue as office_queue
from wenming.desks.unit.views import cases as unit_cases

# The bar asks for lists of 100 rows; the product shows 50 at a time.
office_queue.PAGE_ROWS = unit_cases.PAGE_ROWS = 100


@public
def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [path("bench/empty/", empty), *house.urlpatterns]
