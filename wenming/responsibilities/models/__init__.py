"""Who owes what, by when: the calendar, the matrix of territory and department, duties, notices."""

from .calendar import CalendarDay, CalendarVersion, WorkSchedule
from .duties import Duty, DutyExtension, DutyMove, DutyPause
from .matrix import MatrixEntry, MatrixProposal, RoleHolding
from .notices import Notice

__all__ = [
    "CalendarDay",
    "CalendarVersion",
    "Duty",
    "DutyExtension",
    "DutyMove",
    "DutyPause",
    "MatrixEntry",
    "MatrixProposal",
    "Notice",
    "RoleHolding",
    "WorkSchedule",
]
