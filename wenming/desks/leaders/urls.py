"""Addresses of the leaders' desk (市领导)."""

from __future__ import annotations

from django.urls import path

from .views import lists, orders, page

app_name = "leaders"
urlpatterns = [
    path("", page.home, name="home"),
    path("wall/", page.wall, name="wall"),
    path("towns/", lists.towns, name="towns"),
    path("towns/<str:code>/", lists.town, name="town"),
    path("departments/", lists.departments, name="departments"),
    path("departments/<str:code>/", lists.department, name="department"),
    path("cases/", lists.cases, name="cases"),
    path("cases/<str:number>/", lists.case, name="case"),
    path("orders/", orders.give, name="orders"),
    path("resolutions/", orders.resolutions, name="resolutions"),
    path("resolutions/<str:order>/", orders.resolution, name="resolution"),
    path("resolutions/<str:order>/acceptance/", orders.acceptance, name="acceptance"),
    path("resolutions/<str:order>/returns/", orders.returns, name="returns"),
]
