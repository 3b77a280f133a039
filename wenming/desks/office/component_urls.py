"""The addresses of the register of components and of its imports."""

from __future__ import annotations

from django.urls import URLPattern, path

from .views import case_component, components
from .views import component_imports as importing

ROUTES: tuple[URLPattern, ...] = (
    path("components/", components.components, name="components"),
    path("components/list.<str:kind>", components.export, name="components_export"),
    path("components/new/", components.registration, name="component_registration"),
    path("components/imports/", importing.imports, name="component_imports"),
    path("components/imports/<int:pk>/", importing.batch, name="component_import"),
    path("components/imports/<int:pk>/columns/", importing.columns, name="component_import_columns"),
    path("components/imports/<int:pk>/decisions/", importing.decisions, name="component_import_decisions"),
    path("components/imports/<int:pk>/confirmation/", importing.confirmation, name="component_import_confirmation"),
    path("components/imports/<int:pk>/withdrawal/", importing.withdrawal, name="component_import_withdrawal"),
    path("components/imports/<int:pk>/annotated.xlsx", importing.annotated, name="component_import_file"),
    path("components/<str:component>/", components.component, name="component"),
    path("cases/<str:number>/component/", case_component.case_component, name="case_component"),
    *components.ACT_ROUTES,
)
