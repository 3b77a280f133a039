"""`python -m wenming tls [NAME …]`: make or renew the certificates for HTTPS on an intranet."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from wenming.operations import tls
from wenming.operations.serving import host_names


class Command(BaseCommand):
    help = "生成（或续签）内网 HTTPS 证书：本市自己的根证书和服务器证书"
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", help="浏览器里会输入的名称和地址；不写时用本机的名称和地址")

    def handle(self, *_args: Any, names: list[str], **_options: Any) -> None:
        every = list(dict.fromkeys([*names, *host_names("0.0.0.0" if not names else "127.0.0.1")]))  # noqa: S104
        pair = tls.issue(settings.CITY.make(), every, now=timezone.now())
        root = tls.authority_pair(settings.CITY).certificate
        self.stdout.write(f"服务器证书已生成，适用于：{'、'.join(tls.names_in(pair.certificate))}")
        self.stdout.write(f"请在每台电脑和手机上安装根证书一次：{root}")
        self.stdout.write(f"安装时核对指纹 SHA-256：{tls.fingerprint(root)}")
        self.stdout.write("然后启动：python3 run.py --host 0.0.0.0 --https（安装办法见 docs/operations/tls.md）")
