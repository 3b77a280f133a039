"""The addresses of the register of public places and of its imports."""

from __future__ import annotations

from django.urls import URLPattern, path

from .views import place_proposals, places
from .views.register_imports import PLACES

ROUTES: tuple[URLPattern, ...] = (
    path("places/", places.places, name="places"),
    path("places/list.<str:kind>", places.export, name="places_export"),
    path("places/proposals/", place_proposals.proposals, name="place_proposals"),
    path("places/proposals/<int:proposal>/verdict/", place_proposals.verdicts, name="place_proposal_verdict"),
    path("places/new/", places.registration, name="place_registration"),
    path("places/completeness/", places.completeness, name="places_completeness"),
    path("places/plates/", places.plates, name="place_plates"),
    path("places/checklists/", places.kinds, name="place_kinds"),
    path("places/checklists/<str:place_kind>/", places.checklist, name="place_checklist"),
    *PLACES.routes("places/imports/"),
    path("places/<str:place>/", places.place, name="place"),
    *places.ACT_ROUTES,
)
