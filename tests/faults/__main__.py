"""`python3 run.py bench faults DRILL …`: the long runs of the drills whose short ones are in the suite."""

from __future__ import annotations

import importlib
import sys

DRILLS = {
    "faultsweep": "fail or kill every system call of every act, one at a time",
    "statementsweep": "fail or kill every statement and commit of every act, on either engine (--postgres)",
    "crashimg": "cut the power at any moment",
    "killstorm": "kill -9 everything while people work (--postgres: on a PostgreSQL of its own, killed as well)",
    "importkills": "kill the worker at any row of an import (--postgres)",
    "tamper": "edit history behind the application's back",
}


def main() -> int:
    if len(sys.argv) < 2 or sys.argv[1] not in DRILLS:
        print(
            "python3 run.py bench faults DRILL --help\n\n"
            + "\n".join(f"  {name:16}{what}" for name, what in DRILLS.items())
        )
        return 2
    name = sys.argv.pop(1)
    sys.argv[0] = f"faults {name}"
    return int(importlib.import_module(f"tests.faults.{name}").main())


if __name__ == "__main__":
    sys.exit(main())
