"""Changing who is who: units, appointments, accounts, keys, and the vault."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.refusals import BadInput, NotAllowed

from . import vault
from .marks import mark_of
from .models import Account, ApiKey, Appointment, IdentityLook, Parenthood, Person, Post, ReporterIdentity, Unit
from .rules.permissions import Role


@transaction.atomic
def found_unit(
    *, code: str, name: str, short_name: str, kind: str, parent: Unit | None, on: date, by: Account | None,
    now: datetime, area_code: str = "",
) -> Unit:  # fmt: skip
    """Enter a unit into the tree from a day on."""
    unit = Unit(code=code, name=name, short_name=short_name, kind=kind, parent=parent, area_code=area_code, valid_from=on)
    unit.path = path_under(parent, code)
    unit.full_clean(exclude=["path"])
    unit.save()
    Parenthood.objects.create(unit=unit, parent=parent, valid_from=on)
    journal.record("unit.founded", by=by, about=unit, now=now, parent=parent.code if parent else "")
    return unit


@transaction.atomic
def move_unit(unit: Unit, *, to: Unit | None, on: date, by: Account | None, now: datetime) -> None:
    """Put a unit under another from a day on; the tree before that day stays readable."""
    unit = Unit.objects.select_for_update().get(pk=unit.pk)
    if to and to.path.startswith(unit.path):
        raise BadInput(_("不能把单位移到它自己或它的下级单位下面。请另选一个上级单位。"))
    old_path, unit.path, unit.parent = unit.path, path_under(to, unit.code), to
    unit.save(update_fields=["path", "parent"])
    for below in Unit.objects.filter(path__startswith=old_path).exclude(pk=unit.pk):
        below.path = unit.path + below.path[len(old_path) :]
        below.save(update_fields=["path"])
    Parenthood.objects.filter(unit=unit, valid_to=None).update(valid_to=on)
    Parenthood.objects.create(unit=unit, parent=to, valid_from=on)
    journal.record("unit.moved", by=by, about=unit, now=now, to=to.code if to else "")


@transaction.atomic
def appoint(person: Person, *, to: Post, on: date, by: Account | None, now: datetime) -> Appointment:
    """Give a post to a person; whoever held it before holds it until that day."""
    Appointment.objects.filter(post=to, valid_to=None).update(valid_to=on)
    appointment = Appointment.objects.create(post=to, person=person, valid_from=on)
    journal.record("post.filled", by=by, about=to.unit, now=now, post=to.title)
    return appointment


@transaction.atomic
def add_post(unit: Unit, *, kind: str, title: str, by: Account | None, now: datetime) -> Post:
    """Create a post; who holds it is an appointment."""
    post = Post(unit=unit, kind=kind, title=title.strip())
    post.full_clean()
    post.save()
    journal.record("post.added", by=by, about=unit, now=now, post=post.title, kind=kind)
    return post


@transaction.atomic
def close_unit(unit: Unit, *, on: date, by: Account | None, now: datetime) -> None:
    """End a unit by a day. It stays readable, since past duties name it; nothing new can be given to it."""
    unit = Unit.objects.select_for_update().get(pk=unit.pk)
    if unit.children.filter(valid_to=None).exists():
        raise BadInput(_("下面还有没撤销的单位。请先把它们移到别的单位，或者先撤销它们。"))
    if unit.accounts.filter(is_active=True).exists():
        raise BadInput(_("这个单位还有启用的账号。请先停用账号，或者把账号转到别的单位。"))
    if on <= unit.valid_from:
        raise BadInput(_("撤销的日子要在成立之后。请改一下日期。"))
    unit.valid_to = on
    unit.save(update_fields=["valid_to"])
    journal.record("unit.closed", by=by, about=unit, now=now, on=on.isoformat())


@transaction.atomic
def open_account(
    *, username: str, display_name: str, role: Role | str, unit: Unit, password: str, by: Account | None, now: datetime,
    person: Person | None = None, must_change_password: bool = True,
) -> Account:  # fmt: skip
    """Open an account for one role in one unit; the person chooses a password of their own at first log-in."""
    account = Account(
        username=username, display_name=display_name, role=role, unit=unit, person=person, opened_at=now
    )
    account.must_change_password = must_change_password
    account.set_password(password)
    account.full_clean()
    account.save()
    journal.record("account.opened", by=by, about=account, now=now, role=str(role), unit=unit.code)
    return account


@transaction.atomic
def change_account(account: Account, *, by: Account, now: datetime, **changes: object) -> None:
    """Change role, unit, name or switch an account on and off. Nobody changes their own role (三员分立)."""
    account = Account.objects.select_for_update().get(pk=account.pk)
    if account.pk == by.pk and {"role", "is_active"} & changes.keys():
        raise NotAllowed(_("不能改自己的角色，也不能停用自己的账号。请由另一位系统管理员办理。"))
    before = {name: str(getattr(account, name)) for name in changes}
    for name, value in changes.items():
        setattr(account, name, value)
    account.full_clean(exclude=["password"])
    account.save(update_fields=[*changes])
    after = {name: str(getattr(account, name)) for name in changes}
    journal.record("account.changed", by=by, about=account, now=now, before=before, after=after)


@transaction.atomic
def reset_password(account: Account, *, password: str, by: Account, now: datetime) -> None:
    """Give a new first password; whoever is logged in with the old one is out, and must choose an own one."""
    account = Account.objects.select_for_update().get(pk=account.pk)
    account.set_password(password)
    account.must_change_password = True
    account.save(update_fields=["password", "must_change_password"])
    journal.record("account.password-reset", by=by, about=account, now=now)


@transaction.atomic
def issue_api_key(account: Account, *, name: str, by: Account | None, now: datetime) -> str:
    """A new key for another system; shown this once, stored only as a hash."""
    key = f"wm_{secrets.token_urlsafe(32)}"
    ApiKey.objects.create(account=account, name=name, prefix=key[:8], key_hash=hash_key(key), created_at=now)
    journal.record("api-key.issued", by=by, about=account, now=now, name=name)
    return key


@transaction.atomic
def seal_identity(*, name: str, phone: str, now: datetime) -> ReporterIdentity:
    """Put a reporter's name and phone into the vault; everybody else gets only the reference."""
    sealed = vault.seal(json.dumps({"name": name, "phone": phone}, ensure_ascii=False))
    return ReporterIdentity.objects.create(sealed=sealed, mark=mark_of(phone), created_at=now)


@transaction.atomic
def look_at_identity(identity: ReporterIdentity, *, reason: str, by: Account, now: datetime) -> dict[str, str]:
    """Open one identity, on the record. The look is stored before the answer exists (P7).

    Returns name and phone. Raises NotAllowed without the permission, BadInput without a reason.
    """
    if not by.may("identity.look"):
        raise NotAllowed()
    if not reason.strip():
        raise BadInput(_("查看举报人联系方式要写明事由。请写清为哪一件事、要做什么。"))
    IdentityLook.objects.create(reference=identity.reference, by=by, reason=reason.strip(), at=now)
    journal.record("identity.looked-at", by=by, about=identity, now=now, reason=reason.strip())
    opened: dict[str, str] = json.loads(vault.open_sealed(bytes(identity.sealed)))
    return opened


def hash_key(key: str) -> str:
    """Keys are random 256-bit strings, so a fast hash is enough."""
    return hashlib.sha256(key.encode()).hexdigest()


def path_under(parent: Unit | None, code: str) -> str:
    """The unit's place in the tree as text: /442000/442000001/."""
    return f"{parent.path if parent else '/'}{code}/"
