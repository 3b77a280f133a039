"""The addresses of 谁负责: the question, and the proof that it has an answer everywhere."""

from __future__ import annotations

from django.urls import URLPattern, path

from .views import who

ROUTES: tuple[URLPattern, ...] = (path("who/", who.who, name="who"),)
