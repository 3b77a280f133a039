"""The addresses of the register of public places and of its imports."""

from __future__ import annotations

from django.urls import URLPattern, path

from .views import place_imports as importing
from .views import places

ROUTES: tuple[URLPattern, ...] = (
    path("places/", places.places, name="places"),
    path("places/list.<str:kind>", places.export, name="places_export"),
    path("places/new/", places.registration, name="place_registration"),
    path("places/completeness/", places.completeness, name="places_completeness"),
    path("places/plates/", places.plates, name="place_plates"),
    path("places/checklists/", places.kinds, name="place_kinds"),
    path("places/checklists/<str:place_kind>/", places.checklist, name="place_checklist"),
    path("places/imports/", importing.imports, name="place_imports"),
    path("places/imports/<int:pk>/", importing.batch, name="place_import"),
    path("places/imports/<int:pk>/columns/", importing.columns, name="place_import_columns"),
    path("places/imports/<int:pk>/decisions/", importing.decisions, name="place_import_decisions"),
    path("places/imports/<int:pk>/confirmation/", importing.confirmation, name="place_import_confirmation"),
    path("places/imports/<int:pk>/withdrawal/", importing.withdrawal, name="place_import_withdrawal"),
    path("places/imports/<int:pk>/annotated.xlsx", importing.annotated, name="place_import_file"),
    path("places/<str:place>/", places.place, name="place"),
    *places.ACT_ROUTES,
)
