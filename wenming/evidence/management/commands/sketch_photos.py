"""Put the photos that came before there were sketches into the index, so that their reuse is found."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from wenming.evidence.reuse import sketch_older


class Command(BaseCommand):
    help = "给以前收到的照片补做特征草图，以后再用这些照片就查得出来；可以中断，下次接着做"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--after", type=int, default=0, help="从这个编号之后开始（上次中断时显示的编号）")
        parser.add_argument("--batch", type=int, default=200, help="每做多少张报一次进度")

    def handle(self, *_args: Any, after: int, batch: int, **_options: Any) -> None:
        looked_at = made = 0
        for done in sketch_older(after=after, at_once=batch):
            looked_at, made = looked_at + done.looked_at, made + done.made
            self.stdout.write(f"看过 {looked_at} 张，补做 {made} 张；中断的话，下次用 --after {done.last}")
        self.stdout.write(f"全部做完：看过 {looked_at} 张，补做 {made} 张。")
