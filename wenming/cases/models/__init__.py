"""What is being done: cases, their moves, verifications and the citizens' verdicts; appeals and re-checks; black spots."""

from .appeals import Appeal, Ruling
from .boundary import BoundaryCase, BoundaryDistance
from .cases import Case, CaseReport, DayNumbers
from .components import CaseComponent
from .disputes import Arbitration, Dispute
from .frontages import CaseFrontage
from .moves import CaseMove, Rating, Verification
from .places import PlaceFinding
from .rechecks import Recheck, RecheckDraw, RecheckFinding
from .spots import BlackSpot, SpotMove
from .stages import StageLimit
from .suggestions import ConfidenceAsked, LearnedTypes, TypeSuggestion
from .supports import Support
from .texts import CaseText
from .topics import Topic, TopicMessage, TopicMove, TopicRun

__all__ = [
    "Appeal",
    "Arbitration",
    "BlackSpot",
    "BoundaryCase",
    "BoundaryDistance",
    "Case",
    "CaseComponent",
    "CaseFrontage",
    "CaseMove",
    "CaseReport",
    "CaseText",
    "ConfidenceAsked",
    "DayNumbers",
    "Dispute",
    "LearnedTypes",
    "PlaceFinding",
    "Rating",
    "Recheck",
    "RecheckDraw",
    "RecheckFinding",
    "Ruling",
    "SpotMove",
    "StageLimit",
    "Support",
    "Topic",
    "TopicMessage",
    "TopicMove",
    "TopicRun",
    "TypeSuggestion",
    "Verification",
]
