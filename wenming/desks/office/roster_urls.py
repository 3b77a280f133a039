"""The addresses of 排班."""

from __future__ import annotations

from django.urls import URLPattern, path

from .views import roster, roster_lives, roster_settings

ROUTES: tuple[URLPattern, ...] = (
    path("roster/", roster.roster, name="roster"),
    path("roster/table.<str:kind>", roster.roster_file, name="roster_file"),
    path("roster/requests/", roster.requests, name="roster_requests"),
    path("roster/requests/<int:pk>/decision/", roster.decision, name="roster_decision"),
    path("roster/requests/<int:pk>/decision/removal/", roster.decision_removal, name="roster_decision_removal"),
    path("roster/new/", roster_settings.founding, name="roster_group_new"),
    path("roster/<str:group>/settings/", roster_settings.settings, name="roster_settings"),
    path("roster/<str:group>/settings/terms/", roster_settings.terms, name="roster_terms"),
    path("roster/<str:group>/settings/members/", roster_settings.members, name="roster_members"),
    path("roster/<str:group>/settings/members/<int:pk>/departure/", roster_lives.departure, name="roster_departure"),
    path("roster/<str:group>/settings/members/<int:pk>/leave/", roster_lives.office_leave, name="roster_office_leave"),
    path("roster/<str:group>/settings/paper/", roster_lives.paper, name="roster_paper"),
    path("roster/<str:group>/ending/", roster_lives.ending, name="roster_ending"),
    path("roster/<str:group>/ending/removal/", roster_lives.reopening, name="roster_reopening"),
    path("roster/<str:group>/pauses/", roster_lives.pausing, name="roster_pausing"),
    path("roster/<str:group>/pauses/<int:pause>/end/", roster_lives.resumption, name="roster_resumption"),
    path("roster/<str:group>/draft/", roster.draft, name="roster_draft"),
    path("roster/<str:group>/drawing/", roster.drawing, name="roster_drawing"),
    path("roster/<str:group>/drawing/cancellation/", roster.cancellation, name="roster_drawing_cancellation"),
    path("roster/<str:group>/draft/cells/", roster.cells, name="roster_cells"),
    path("roster/<str:group>/draft/undo/", roster.undo, name="roster_undo"),
    path("roster/<str:group>/draft/removal/", roster.removal, name="roster_removal"),
    path("roster/<str:group>/draft/publication/", roster.publication, name="roster_publication"),
    path("roster/<str:group>/changes/", roster_lives.changing, name="roster_changes"),
)
