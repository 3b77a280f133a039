"""Who: units as a tree over time, posts and people, accounts, and the vault of reporters' identities."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from wenming.engine.hexadecimal import HexField

from .rules.permissions import ROLE_NAMES_ZH, Role, role_may


class UnitKind(models.TextChoices):
    """What a unit is in the city's machinery (条 and 块)."""

    LEADING_GROUP = "leading_group", _("领导小组")
    OFFICE = "office", _("创文办")
    COMMAND_CENTRE = "command_centre", _("指挥中心")
    DEPARTMENT = "department", _("部门")
    TOWN = "town", _("镇街")
    COMMUNITY = "community", _("村居")
    CONTRACTOR = "contractor", _("服务承包单位")


class Unit(models.Model):
    """A unit that can owe something (责任单位)."""

    code = models.CharField(max_length=24, unique=True)
    name = models.CharField(max_length=80)
    short_name = models.CharField(max_length=20)
    kind = models.CharField(max_length=16, choices=UnitKind.choices)
    # The administrative code of a town or community; the shapes live downstream, in territory.
    area_code = models.CharField(max_length=12, blank=True, db_index=True)
    # `parent` and `path` repeat the newest Parenthood, so that "my unit and everything below it" is one prefix test.
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=160, db_index=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["path"]
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="unit_has_a_code"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="unit_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return self.short_name

    @property
    def journal_key(self) -> str:
        return self.code

    @property
    def handles_cases(self) -> bool:
        """Whether cases may be dispatched to it at all."""
        return self.kind in {UnitKind.DEPARTMENT, UnitKind.TOWN, UnitKind.COMMUNITY, UnitKind.CONTRACTOR}


class Parenthood(models.Model):
    """Which unit stood under which, and when: the tree as of any day."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="parenthoods")
    parent = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit"], condition=Q(valid_to=None), name="unit_stands_under_one_unit_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="parenthood_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} < {self.parent}"


class Person(models.Model):
    """A duty-holder: somebody who holds a post. Purpose: to name who answers (7.3); kept while a post is held + 3 years."""

    name = models.CharField(max_length=40)

    def __str__(self) -> str:
        return self.name


class PostKind(models.TextChoices):
    HEAD = "head", _("主要负责人")
    DEPUTY = "deputy", _("分管负责人")
    LIAISON = "liaison", _("联络员")
    CLERK = "clerk", _("经办人")
    INSPECTOR = "inspector", _("巡查员")


class Post(models.Model):
    """A post in a unit (岗位); people come and go, the post answers."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="posts")
    kind = models.CharField(max_length=12, choices=PostKind.choices)
    title = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "title"], name="post_title_is_unique_in_its_unit")]

    def __str__(self) -> str:
        return f"{self.unit} {self.title}"


class Appointment(models.Model):
    """Who held the post from when to when."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="appointments")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="appointments")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post"], condition=Q(valid_to=None), name="post_has_one_holder_at_a_time"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="appointment_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.post}"


class AccountManager(BaseUserManager["Account"]):
    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(username=username)


class Account(AbstractBaseUser):
    """A way to log in: one role in one unit. Never deleted; an account that has ended is switched off."""

    username = models.CharField(_("账号"), max_length=60, unique=True)
    display_name = models.CharField(_("姓名"), max_length=40)
    role = models.CharField(_("角色"), max_length=16, choices=[(r.value, _(ROLE_NAMES_ZH[r])) for r in Role])
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="accounts", verbose_name=_("单位"))
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="accounts")
    is_active = models.BooleanField(_("启用"), default=True)
    must_change_password = models.BooleanField(default=False)
    opened_at = models.DateTimeField()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = AccountManager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(role__in=[r.value for r in Role]), name="account_has_a_known_role"),
            models.CheckConstraint(condition=~Q(username=""), name="account_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.display_name or self.username

    @property
    def journal_key(self) -> str:
        return self.username

    def may(self, permission: str) -> bool:
        """Whether this account's role holds the permission; an account switched off holds none."""
        return self.is_active and role_may(self.role, permission)


class ApiKey(models.Model):
    """A key for another system, acting as one account. Only its hash is stored."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=60)
    prefix = models.CharField(max_length=8)
    key_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} {self.prefix}…"


class ReporterIdentity(models.Model):
    """How to reach a reporter, if they wished it (举报人身份). Encrypted; never joined to a work order, export or log.

    Purpose: to tell the reporter what was done. Basis: the reporter's own wish. Kept 180 days after the last case closes.
    """

    reference = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sealed = models.BinaryField()
    # The same for the same phone (marks.py). Purpose: many messages of one person count once in a topic. Goes with the row.
    mark = HexField(null=True)
    created_at = models.DateTimeField()
    forget_on = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return str(_("〔身份已封存〕"))


class IdentityLook(models.Model):
    """Every look into the vault: who, when, why. Append-only."""

    reference = models.UUIDField(db_index=True)
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="identity_looks")
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="a_look_states_its_reason")]

    def __str__(self) -> str:
        return f"{self.by} {self.at:%Y-%m-%d}"
