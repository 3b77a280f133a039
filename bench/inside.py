"""One benchmark in the process of its city: `python -m bench.inside NAME --size SIZE [--quick]`."""

from __future__ import annotations

import argparse
import importlib
import logging
from dataclasses import dataclass

import django


@dataclass(frozen=True)
class Effort:
    """How much is measured: pairs of blocks, and operations in a block."""

    size: str
    pairs: int
    block: int

    @property
    def quick(self) -> bool:
        return self.pairs < 5


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("--size", required=True)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    django.setup()
    logging.disable(logging.INFO)
    effort = Effort(options.size, pairs=2, block=4) if options.quick else Effort(options.size, pairs=9, block=40)
    importlib.import_module(f"bench.{options.name}").measure(effort)


if __name__ == "__main__":
    main()
