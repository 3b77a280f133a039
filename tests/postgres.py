"""`python -m tests.postgres`: is there a PostgreSQL to test on, and does it have our ordinary user?

Tests run as a user who may create databases and nothing more; the checks of a superuser are not the checks of a city.
"""

from __future__ import annotations

import os
import sys

import psycopg
from psycopg import sql

USER = "wenming_test"
# Not a secret: the user owns nothing but test databases on this machine.
PASSWORD = "wenming-test"
OURS = f"postgres://{USER}:{PASSWORD}@127.0.0.1:5432/postgres"
ADMINISTRATORS = "postgres://postgres@127.0.0.1:5432/postgres"


def url() -> str:
    """Where the tests may create databases."""
    return os.environ.get("WENMING_TEST_DATABASE_URL") or OURS


def answers() -> bool:
    """True when `url()` can be used, after making our user where the administrator lets us."""
    return _can_connect(url()) or (_can_make_our_user() and _can_connect(url()))


def _can_connect(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.OperationalError as error:
        print(error, file=sys.stderr)
        return False
    return True


def _can_make_our_user() -> bool:
    try:
        with psycopg.connect(ADMINISTRATORS, connect_timeout=3, autocommit=True) as connection:
            command = sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}")
            connection.execute(command.format(sql.Identifier(USER), sql.Literal(PASSWORD)))
    except psycopg.errors.DuplicateObject:
        return True
    except psycopg.OperationalError:
        return False
    return True


if __name__ == "__main__":
    raise SystemExit(0 if answers() else 1)
