"""Asking for the checklists of public places. Reference data for everybody."""

from __future__ import annotations

from ..models import PlaceChecklist


def checklists() -> dict[str, PlaceChecklist]:
    """{kind: its checklist in force}, in one statement."""
    return {one.kind: one for one in PlaceChecklist.objects.order_by("version")}


def checklist_of(kind: str) -> PlaceChecklist | None:
    """The checklist of a kind in force; None before the city loaded any."""
    return PlaceChecklist.objects.filter(kind=kind).order_by("-version").first()


def versions_of(kind: str) -> list[PlaceChecklist]:
    """Every version, the newest first."""
    return list(PlaceChecklist.objects.filter(kind=kind).select_related("published_by").order_by("-version"))
