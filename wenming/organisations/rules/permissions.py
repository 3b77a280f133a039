"""Who may do what: one table, checked cell by cell by the permission matrix (law 5).

A permission says what a role may do at all; whose things it may do it to is the business of the `…_visible_to`
selectors. 三员分立: the system administrator, the auditor and the keeper of identities are three roles, and none of
them handles cases.
"""

from __future__ import annotations

from enum import StrEnum

from wenming.words import gettext_noop as _


class Role(StrEnum):
    """What an account is for. One account, one role; a person with two jobs has two accounts."""

    FIELD = "field"
    HANDLER = "handler"
    UNIT_LEAD = "unit_lead"
    DISPATCHER = "dispatcher"
    OFFICE = "office"
    LEADER = "leader"
    ADMIN = "admin"
    AUDITOR = "auditor"
    KEEPER = "keeper"
    API = "api"


ROLE_NAMES_ZH: dict[Role, str] = {
    Role.FIELD: _("网格员／巡查员"),
    Role.HANDLER: _("责任单位经办人"),
    Role.UNIT_LEAD: _("责任单位负责人"),
    Role.DISPATCHER: _("派遣员"),
    Role.OFFICE: _("创文办工作人员"),
    Role.LEADER: _("市领导"),
    Role.ADMIN: _("系统管理员"),
    Role.AUDITOR: _("审计员"),
    Role.KEEPER: _("身份信息保管员"),
    Role.API: _("对接系统"),
}

_COMMAND = frozenset({Role.DISPATCHER, Role.OFFICE})
_UNIT = frozenset({Role.HANDLER, Role.UNIT_LEAD})

PERMISSIONS: dict[str, frozenset[Role]] = {
    # cases: the command centre decides, the unit handles, somebody else verifies
    "cases.see": _COMMAND | _UNIT | {Role.FIELD, Role.LEADER, Role.AUDITOR, Role.API},
    "cases.oversee": _COMMAND | {Role.LEADER, Role.AUDITOR},
    "cases.enter": _COMMAND,
    "cases.find": frozenset({Role.FIELD, Role.DISPATCHER}),
    "cases.decide": _COMMAND,
    "cases.dispatch": _COMMAND,
    "cases.verify": _COMMAND | {Role.FIELD},
    "cases.answer": _UNIT,
    "cases.grant": _COMMAND,
    "cases.close": _COMMAND,
    # appeals against the appraisal: not for those whose own dispatching is appealed against
    "cases.appraise": frozenset({Role.OFFICE}),
    # whose a case is that a unit returned against the matrix: not for those who dispatched it
    "cases.arbitrate": frozenset({Role.OFFICE}),
    "duties.see": _COMMAND | _UNIT | {Role.FIELD, Role.LEADER},
    "reports.import": _COMMAND,
    # black spots and what the house suggests
    "spots.see": _COMMAND | {Role.LEADER, Role.AUDITOR},
    "spots.manage": _COMMAND,
    # what many people write about, for consultations
    "topics.see": _COMMAND | {Role.LEADER, Role.AUDITOR},
    "topics.manage": _COMMAND,
    # the ten focus problems, and who plans their patrols; walking them is looking on the spot (cases.verify)
    "focus.see": _COMMAND | {Role.LEADER, Role.AUDITOR},
    "patrols.plan": _COMMAND,
    "suggestions.set": frozenset({Role.OFFICE}),
    # the register of components
    "components.see": _COMMAND | {Role.LEADER, Role.AUDITOR, Role.API},
    "components.manage": _COMMAND,
    # who has which metres of which street, as a layer for other systems; nothing of households
    "streets.read": _COMMAND | {Role.LEADER, Role.AUDITOR, Role.API},
    # who answers for a point, a moment and a matter; proving that somebody does everywhere and always
    "who.ask": _COMMAND | {Role.LEADER, Role.AUDITOR, Role.ADMIN},
    "closure.prove": frozenset({Role.OFFICE}),
    # grids: whoever dispatches by them may redraw them in drafts and name their people; the office alone puts a version in force
    "grids.see": _COMMAND | {Role.LEADER, Role.AUDITOR},
    "grids.draw": _COMMAND,
    "grids.publish": frozenset({Role.OFFICE}),
    # the register of public places: a unit sees its own and its town's; who looks on the spot verifies what is told
    "places.see": _COMMAND | _UNIT | {Role.FIELD, Role.LEADER, Role.AUDITOR},
    "places.manage": _COMMAND,
    "places.verify": _COMMAND | _UNIT | {Role.FIELD},
    # a town on its own ground: what is found there, and whether the managing bodies put it right
    "places.own": _UNIT,
    # rosters: who plans them; one's own shifts, swaps and handovers (the group's lead approves, whoever that is)
    "rosters.see": _COMMAND | {Role.LEADER, Role.AUDITOR},
    "rosters.manage": _COMMAND,
    "rosters.own": _COMMAND | _UNIT | {Role.FIELD},
    # frontages 门前三包: the register and its agreements; lawful steps and fees are the office's alone
    "frontages.see": _COMMAND | {Role.LEADER, Role.AUDITOR},
    "frontages.manage": _COMMAND,
    # what of them is one's own ground: a town and a community keep theirs (own_ground.py), a contractor reads of its contract's
    "frontages.own": _UNIT,
    "frontages.enforce": frozenset({Role.OFFICE}),
    # leaders
    "leaders.read": frozenset({Role.LEADER, Role.OFFICE}),
    "leaders.order": frozenset({Role.LEADER}),
    "leaders.judge": frozenset({Role.LEADER, Role.OFFICE}),
    # what a city may change
    "organisations.manage": frozenset({Role.ADMIN}),
    "accounts.manage": frozenset({Role.ADMIN}),
    "matrix.manage": frozenset({Role.OFFICE, Role.ADMIN}),
    "calendar.manage": frozenset({Role.OFFICE, Role.ADMIN}),
    "standards.manage": frozenset({Role.OFFICE, Role.ADMIN}),
    # types and rules in drafts: whoever works by them may draft, the office alone makes a draft everybody's rule
    "standards.draft": _COMMAND,
    "standards.publish": frozenset({Role.OFFICE}),
    "admin.see": frozenset({Role.ADMIN, Role.OFFICE, Role.AUDITOR}),
    "interfaces.manage": frozenset({Role.ADMIN}),
    "health.see": frozenset({Role.ADMIN, Role.AUDITOR}),
    "health.mend": frozenset({Role.ADMIN}),
    # who watches
    "journal.see": frozenset({Role.AUDITOR}),
    "identity.look": frozenset({Role.KEEPER}),
    "api.use": frozenset({Role.API}),
    "account.own": frozenset(Role),
}

SECOND_FACTOR_NEEDED: frozenset[Role] = frozenset(
    {Role.DISPATCHER, Role.OFFICE, Role.LEADER, Role.ADMIN, Role.AUDITOR, Role.KEEPER}
)
"""Roles that may not work with a password alone (等保 2.0 third level: two factors)."""


def role_may(role: str, permission: str) -> bool:
    """Whether the role holds the permission. Raises KeyError for a permission that the table does not have."""
    return role in PERMISSIONS[permission]


def permissions_of(role: str) -> frozenset[str]:
    """Everything the role may do."""
    return frozenset(name for name, roles in PERMISSIONS.items() if role in roles)
