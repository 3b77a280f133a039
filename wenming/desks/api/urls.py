from __future__ import annotations

from django.urls import include, path

from wenming.desks.common.access import PUBLIC

from .features import views as features

app_name = "api"
urlpatterns = [
    path("api/v1/", include("wenming.desks.api.v1.urls")),
    # As its own links name it, without the slash at the end.
    path("api/features", features.served(PUBLIC, features.landing), name="features_landing"),
    path("api/features/", include("wenming.desks.api.features.urls")),
    path("open311/v2/", include("wenming.desks.api.open311.urls")),
]
