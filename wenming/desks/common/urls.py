from django.urls import path

from . import health, photos, views

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("look/", views.look, name="look"),
    path("design/", views.design, name="design"),
    path("photo/<uuid:exhibit>/<slug:size>/<int:until>/<str:seal>/", photos.photo, name="photo"),
]
