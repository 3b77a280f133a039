from __future__ import annotations

from django.urls import path, re_path

from . import views

# Every address ends in the form that it answers in.
FORM = r"(?P<form>json|xml)$"
urlpatterns = [
    re_path(rf"^discovery\.{FORM}", views.discovery, name="discovery"),
    re_path(rf"^services\.{FORM}", views.services, name="services"),
    re_path(rf"^services/(?P<code>[^/]+)\.{FORM}", views.service, name="service"),
    re_path(rf"^requests\.{FORM}", views.requests, name="requests"),
    re_path(rf"^requests/(?P<number>[^/]+)\.{FORM}", views.request_status, name="request"),
    re_path(rf"^tokens/(?P<number>[^/]+)\.{FORM}", views.token, name="token"),
    path("<path:rest>", views.nothing_here, {"form": "json"}, name="open311_nothing_here"),
]
