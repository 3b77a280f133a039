"""Asking who is who."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from wenming.engine.asking import Given, Question

from .models import Account, ApiKey, Appointment, Parenthood, Person, PostKind, Unit, UnitKind
from .rules.permissions import Role
from .services import hash_key

SEES_THE_WHOLE_CITY = frozenset({Role.DISPATCHER, Role.OFFICE, Role.LEADER, Role.AUDITOR, Role.ADMIN})

HANDLING_KINDS = [UnitKind.DEPARTMENT, UnitKind.TOWN, UnitKind.COMMUNITY, UnitKind.CONTRACTOR]
_HANDLES = Question(lambda: units_that_handle().filter(code=Given("code")))


def sees_whole_city(user: Account | AnonymousUser) -> bool:
    """Whether this account's work covers every unit; so does that of field staff and systems of the command centre."""
    if not isinstance(user, Account) or not user.is_active:
        return False
    return user.role in SEES_THE_WHOLE_CITY or (
        user.role in {Role.FIELD, Role.API} and user.unit.kind in {UnitKind.COMMAND_CENTRE, UnitKind.OFFICE}
    )


def units_visible_to(user: Account | AnonymousUser) -> QuerySet[Unit]:
    """The whole tree for those who work for the whole city, else one's own unit and everything below it."""
    if sees_whole_city(user):
        return Unit.objects.all()
    if not isinstance(user, Account) or not user.is_active:
        return Unit.objects.none()
    return Unit.objects.filter(path__startswith=user.unit.path)


def accounts_visible_to(user: Account | AnonymousUser) -> QuerySet[Account]:
    """Accounts are seen by those who manage them, and by each person their own."""
    if not isinstance(user, Account) or not user.is_active:
        return Account.objects.none()
    if user.may("accounts.manage"):
        return Account.objects.select_related("unit").order_by("unit__path", "username")
    return Account.objects.filter(pk=user.pk)


def units_that_handle() -> QuerySet[Unit]:
    """Units to which a case may be dispatched today."""
    return Unit.objects.filter(kind__in=HANDLING_KINDS, valid_to=None).order_by("path")


def unit_that_handles(code: str) -> Unit | None:
    """The unit of that code, if a case may be dispatched to it today."""
    return _HANDLES.first(code=code)


def town_unit(area_code: str) -> Unit | None:
    """The town's own unit, by its administrative code of 9 digits."""
    return Unit.objects.filter(kind=UnitKind.TOWN, area_code=area_code[:9], valid_to=None).first()


def tree_on(day: date) -> dict[str, str | None]:
    """{unit code: parent's code} as it stood on a day."""
    held = Q(valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gt=day))
    return dict(Parenthood.objects.filter(held).values_list("unit__code", "parent__code"))


def head_of(unit: Unit, on: date) -> Person | None:
    """Who answers for the unit on that day (主要负责人); None is a vacancy, and is shown as one."""
    return (
        Person.objects.filter(appointments__post__unit=unit, appointments__post__kind=PostKind.HEAD)
        .filter(appointments__valid_from__lte=on)
        .filter(Q(appointments__valid_to=None) | Q(appointments__valid_to__gt=on))
        .first()
    )


def account_for_key(key: str) -> Account | None:
    """The account behind an API key, when both are still in force."""
    found = ApiKey.objects.select_related("account__unit").filter(key_hash=hash_key(key), revoked_at=None).first()
    return found.account if found and found.account.is_active else None


def heads_of(units: Iterable[Unit], on: date) -> dict[int, Person]:
    """{unit pk: who answers for it on that day} in one query; a unit that is missing has a vacancy."""
    held = Appointment.objects.filter(post__unit__in=list(units), post__kind=PostKind.HEAD, valid_from__lte=on)
    held = held.filter(Q(valid_to=None) | Q(valid_to__gt=on)).select_related("person", "post").order_by("-valid_from")
    return {one.post.unit_id: one.person for one in held}
