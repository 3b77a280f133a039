"""`python -m wenming found_city`: the first unit and the first account of a real city, from which all others follow."""

from __future__ import annotations

import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from wenming.organisations import services
from wenming.organisations.models import Account, UnitKind
from wenming.organisations.rules.permissions import Role


class Command(BaseCommand):
    requires_system_checks = []
    help = "为真实城市建立创文办和第一个系统管理员账号，装入工作日历和示例问题分类"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("office", help="创文办全称，例如“某某市文明创建工作办公室”")
        parser.add_argument("--short-name", default="创文办")
        parser.add_argument("--code", default="CWB", help="单位代码")
        parser.add_argument("--username", default="admin", help="第一个系统管理员的账号")

    @transaction.atomic
    def handle(self, *_args: Any, office: str, short_name: str, code: str, username: str, **_options: Any) -> None:
        if Account.objects.exists():
            raise CommandError("这个城市已经有账号了，请由系统管理员在“管理 → 账号”中办理。(Accounts exist already.)")
        call_command("load_calendar", stdout=self.stdout)
        call_command("load_standards", stdout=self.stdout)
        now = timezone.now()
        unit = services.found_unit(
            code=code, name=office, short_name=short_name, kind=UnitKind.OFFICE, parent=None,
            on=timezone.localdate(), by=None, now=now,
        )  # fmt: skip
        password = secrets.token_urlsafe(12)
        services.open_account(
            username=username, display_name="系统管理员", role=Role.ADMIN, unit=unit, password=password,
            by=None, now=now,
        )  # fmt: skip
        self.stdout.write(f"系统管理员账号：{username}　初始密码：{password}（只显示这一次，首次登录时要修改）")
        self.stdout.write("The first administrator's account; the password is shown this once.")
