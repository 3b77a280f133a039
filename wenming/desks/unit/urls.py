"""Addresses of the unit desk (责任单位)."""

from __future__ import annotations

from django.urls import path

from .views import about, acts, cases, duties, home, notices

app_name = "unit"
urlpatterns = [
    path("", home.home, name="home"),
    path("notices/", notices.notices, name="notices"),
    path("notices/read/", notices.read, name="notices_read"),
    path("photos/", acts.photos, name="photos"),
    path("cases/", cases.cases, name="cases"),
    path("cases/<str:number>/", cases.case, name="case"),
    path("cases/<str:number>/acknowledgement/", acts.acknowledgement, name="acknowledgement"),
    path("cases/<str:number>/answers/", acts.answers, name="answers"),
    path("cases/<str:number>/extensions/", acts.extensions, name="extensions"),
    path("cases/<str:number>/returns/", acts.returns, name="returns"),
    path("cases/<str:number>/appeals/", acts.appeals, name="appeals"),
    path("cases/<str:number>/parts/<int:pk>/answers/", acts.part_answers, name="part_answers"),
    path("cases/<str:number>/parts/<int:pk>/returns/", acts.part_returns, name="part_returns"),
    path("duties/<int:pk>/", duties.duty, name="duty"),
    path("duties/<int:pk>/answers/", duties.answers, name="duty_answers"),
    path("beside/", cases.beside, name="beside"),
    path("about/", about.about, name="about"),
]
