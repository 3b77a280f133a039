"""The addresses of the register of components and of its imports."""

from __future__ import annotations

from django.urls import URLPattern, path

from .views import case_component, components
from .views.register_imports import COMPONENTS

ROUTES: tuple[URLPattern, ...] = (
    path("components/", components.components, name="components"),
    path("components/list.<str:kind>", components.export, name="components_export"),
    path("components/new/", components.registration, name="component_registration"),
    *COMPONENTS.routes("components/imports/"),
    path("components/<str:component>/", components.component, name="component"),
    path("cases/<str:number>/component/", case_component.case_component, name="case_component"),
    *components.ACT_ROUTES,
)
