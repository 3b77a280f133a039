"""Compare every stored file with its hash and its row."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from wenming.evidence.verification import verify_blobs

WORDS = {"missing": "缺失", "changed": "内容变了", "orphan": "没有登记（不算丢失，满 7 天由系统清理）"}


class Command(BaseCommand):
    help = "检查照片和文件：有没有缺失、有没有被改动"

    def handle(self, *args: Any, **options: Any) -> None:
        problems = verify_blobs()
        for problem in problems:
            self.stdout.write(f"{WORDS[problem.what]}  {problem.stored_name}")
        losses = sum(problem.is_loss for problem in problems)
        if losses:
            raise CommandError(f"有 {losses} 个文件缺失或被改动。请从最近的备份里恢复上面列出的文件，再检查一次。")
        self.stdout.write("照片和文件齐全，没有一个被改动。")
