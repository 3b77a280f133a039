"""The office's addresses. What can be done to a case is a noun under the case; acts.py is their one table."""

from __future__ import annotations

from django.urls import URLPattern, path

from .acts import ACTS
from .component_urls import ROUTES as COMPONENT_ROUTES
from .frontage_urls import ROUTES as FRONTAGE_ROUTES
from .grid_urls import ROUTES as GRID_ROUTES
from .place_urls import ROUTES as PLACE_ROUTES
from .roster_urls import ROUTES as ROSTER_ROUTES
from .rule_urls import ROUTES as RULE_ROUTES
from .views import (
    batches,
    case,
    comparing,
    dispatching,
    disputes,
    entry,
    focus,
    home,
    importing,
    photo_hints,
    queue,
    rechecks,
    spots,
    stats,
    topics,
    wall,
)
from .views.map import ROUTES as MAP_ROUTES
from .who_urls import ROUTES as WHO_ROUTES

app_name = "office"
urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("readings/", home.readings, name="readings"),
    path("dispatch/", dispatching.dispatch, name="dispatch"),
    path("dispatch/detail/", dispatching.detail, name="dispatch_detail"),
    path("dispatch/rows/", dispatching.rows, name="dispatch_rows"),
    path("dispatch/news/", dispatching.news, name="dispatch_news"),
    path("dispatch/pins/", dispatching.pins, name="dispatch_pins"),
    path("dispatch/ground/", dispatching.ground, name="dispatch_ground"),
    path("dispatch/choices/", dispatching.choices, name="dispatch_choices"),
    path("wall/", wall.wall, name="wall"),
    path("entry/", entry.entry, name="entry"),
    path("entry/places/", entry.places, name="entry_places"),
    path("imports/", importing.imports, name="imports"),
    path("imports/<int:pk>/", importing.batch, name="import"),
    path("imports/<int:pk>/columns/", importing.columns, name="import_columns"),
    path("imports/<int:pk>/confirmation/", importing.confirmation, name="import_confirmation"),
    path("imports/<int:pk>/withdrawal/", importing.withdrawal, name="import_withdrawal"),
    path("imports/<int:pk>/annotated.xlsx", importing.annotated, name="import_file"),
    path("spots/", spots.spots, name="spots"),
    *spots.ACT_ROUTES,
    path("focus/", focus.overview, name="focus"),
    path("focus/table.<str:kind>", focus.overview_file, name="focus_file"),
    path("focus/patrols/<str:patrol>/", focus.patrol, name="patrol"),
    path("focus/plans/<int:pk>/ending/", focus.plan_ending, name="focus_plan_ending"),
    path("focus/<str:focus>/", focus.one, name="focus_one"),
    path("focus/<str:focus>/table.<str:kind>", focus.one_file, name="focus_one_file"),
    path("focus/<str:focus>/cases/", focus.rows, name="focus_cases"),
    path("focus/<str:focus>/cases.<str:kind>", focus.rows_file, name="focus_cases_file"),
    path("focus/<str:focus>/looks/", focus.looks, name="focus_looks"),
    path("focus/<str:focus>/walks/", focus.walks, name="focus_walks"),
    path("focus/<str:focus>/plans/", focus.plans, name="focus_plans"),
    path("focus/<str:focus>/plans/additions/", focus.plan, name="focus_plan"),
    path("focus/<str:focus>/edition/", focus.edition, name="focus_edition"),
    path("focus/<str:focus>/edition/publication/", focus.publication, name="focus_publication"),
    *COMPONENT_ROUTES,
    *PLACE_ROUTES,
    *ROSTER_ROUTES,
    *GRID_ROUTES,
    *FRONTAGE_ROUTES,
    *RULE_ROUTES,
    *WHO_ROUTES,
    *MAP_ROUTES,
    path("topics/", topics.topics_list, name="topics"),
    path("topics/table.<str:kind>", topics.topics_file, name="topics_file"),
    path("topics/<str:topic>/", topics.topic, name="topic"),
    path("topics/<str:topic>/cases.<str:kind>", topics.topic_file, name="topic_file"),
    path("topics/<str:topic>/parts/", topics.topic_split, name="topic_split"),
    *topics.ACT_ROUTES,
    path("suggestions/", spots.suggestions, name="suggestions"),
    path("suggestions/confidence/", spots.confidence, name="confidence"),
    path("photo-hints/", photo_hints.rates, name="photo_hints"),
    path("disputes/", disputes.disputes, name="disputes"),
    path("stats/", stats.stats, name="stats"),
    path("stats/table.<str:kind>", stats.stats_file, name="stats_file"),
    path("rechecks/", rechecks.rechecks, name="rechecks"),
    path("rechecks/<int:pk>/", rechecks.recheck_draw, name="recheck_draw"),
    path("cases/", queue.cases, name="cases"),
    path("cases/list.<str:kind>", queue.export, name="export"),
    path("cases/compare/", comparing.compare, name="compare"),
    path("cases/batches/", batches.batches, name="batches"),
    path("cases/batches/withdrawal/", batches.withdrawal, name="batch_withdrawal"),
    path("cases/<str:number>/", case.case, name="case"),
    path("cases/<str:number>/sheet/", case.sheet, name="sheet"),
    path("cases/<str:number>/photo-hints/<int:pk>/verdicts/", photo_hints.verdicts, name="photo_hint_verdicts"),
    *(path(f"cases/<str:number>/{act.noun}/", case.view_of(act), name=act.url_name) for act in ACTS),
]
