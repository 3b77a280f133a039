"""The addresses of 谁负责: the question, and the proof that it has an answer everywhere."""

from __future__ import annotations

from django.urls import URLPattern, path

from .views import who

ROUTES: tuple[URLPattern, ...] = (
    path("who/", who.who, name="who"),
    path("who/map/", who.point_map, name="point_map"),
    path("who/proof/", who.proofs, name="proofs"),
    path("who/proof/wanted/", who.asked, name="proof_wanted"),
    path("who/proof/<int:report>/", who.proof, name="proof"),
    path("who/proof/<int:report>/open.<str:kind>", who.proof_file, name="proof_file"),
)
