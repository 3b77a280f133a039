"""The addresses of version 1. Importing the operations puts them into the frame."""

from __future__ import annotations

from django.urls import path

from wenming.desks.common.access import PUBLIC, public

from ..callers import stated
from . import cases, orders, reference, reports, who
from .documentation import documentation, nothing_here, openapi
from .frame import api, stated_urls

__all__ = ["cases", "orders", "reference", "reports", "urlpatterns", "who"]
urlpatterns = [
    path("", public(documentation), name="documentation"),
    path("openapi.json", public(openapi), name="openapi"),
    *stated_urls(api),
    path("<path:rest>", stated(PUBLIC, nothing_here), name="nothing_here"),
]
