"""Who owes what, by when: the calendar, the matrix of territory and department, duties, notices, rosters."""

from .calendar import CalendarDay, CalendarVersion, WorkSchedule
from .closure import ClosureReport
from .duties import Duty, DutyExtension, DutyMove, DutyPause
from .matrix import MatrixEntry, MatrixProposal, RoleHolding
from .notices import Notice
from .places import PlaceEducation, PlaceGuide, PlacePact
from .rosters import (
    Handover,
    HandoverTaking,
    RequestKind,
    RequestState,
    RosterAmendment,
    RosterDraft,
    RosterEdition,
    RosterFeed,
    RosterGroup,
    RosterMember,
    RosterMethod,
    RosterPost,
    RosterRemoval,
    RosterRequest,
    RosterRequestStep,
    RosterShift,
    RosterTerms,
)

__all__ = [
    "CalendarDay",
    "CalendarVersion",
    "ClosureReport",
    "Duty",
    "DutyExtension",
    "DutyMove",
    "DutyPause",
    "Handover",
    "HandoverTaking",
    "MatrixEntry",
    "MatrixProposal",
    "Notice",
    "PlaceEducation",
    "PlaceGuide",
    "PlacePact",
    "RequestKind",
    "RequestState",
    "RoleHolding",
    "RosterAmendment",
    "RosterDraft",
    "RosterEdition",
    "RosterFeed",
    "RosterGroup",
    "RosterMember",
    "RosterMethod",
    "RosterPost",
    "RosterRemoval",
    "RosterRequest",
    "RosterRequestStep",
    "RosterShift",
    "RosterTerms",
    "WorkSchedule",
]
