from __future__ import annotations

from django.urls import URLPattern, path

from wenming.desks.common.access import PUBLIC

from . import views
from .layers import LAYERS

urlpatterns: list[URLPattern] = [
    path("", views.served(PUBLIC, views.landing), name="features"),
    path("conformance", views.served(PUBLIC, views.conformance), name="features_conformance"),
    path("api", views.served(PUBLIC, views.api), name="features_api"),
    path("collections", views.served(PUBLIC, views.collections), name="features_collections"),
]
for _layer in LAYERS.values():
    # One address per collection, so that each states its own permission.
    _at = f"collections/{_layer.name}"
    urlpatterns += [
        path(_at, views.collection_of(_layer), name=f"features_{_layer.name}"),
        path(f"{_at}/items", views.items_of(_layer), name=f"features_{_layer.name}_items"),
        path(f"{_at}/items/<str:feature>", views.item_of(_layer), name=f"features_{_layer.name}_item"),
    ]
urlpatterns.append(path("<path:rest>", views.served(PUBLIC, views.nothing_here), name="features_nothing_here"))
