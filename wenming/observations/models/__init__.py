"""What was seen: reports from every channel in one shape, and the batches that brought them."""

from .handed_in import HandedIn
from .imports import ImportBatch, ImportMapping, ImportPiece, ImportRow
from .patrols import AreaKind, Patrol, PatrolPlan, PatrolPoint, PointAnswer, PointLook
from .places import PlaceProposal, PlaceVerification, ProposalEnd, SeenBy
from .reports import Channel, DoorCount, FrontageReport, Report

__all__ = [
    "AreaKind", "Channel", "DoorCount", "FrontageReport", "HandedIn", "ImportBatch", "ImportMapping", "ImportPiece", "ImportRow",
    "Patrol", "PatrolPlan", "PatrolPoint", "PlaceProposal", "PlaceVerification", "PointAnswer", "PointLook", "ProposalEnd", "Report", "SeenBy",
]  # fmt: skip
