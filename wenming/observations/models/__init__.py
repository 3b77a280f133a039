"""What was seen: reports from every channel in one shape, and the batches that brought them."""

from .handed_in import HandedIn
from .imports import ImportBatch, ImportMapping, ImportRow
from .patrols import AreaKind, Patrol, PatrolPlan, PatrolPoint, PointAnswer, PointLook
from .places import PlaceVerification, SeenBy
from .reports import Channel, DoorCount, FrontageReport, Report

__all__ = [
    "AreaKind", "Channel", "DoorCount", "FrontageReport", "HandedIn", "ImportBatch", "ImportMapping", "ImportRow", "Patrol",
    "PatrolPlan", "PatrolPoint", "PlaceVerification", "PointAnswer", "PointLook", "Report", "SeenBy",
]  # fmt: skip
