"""The settings of a test run: a city of its own for every process, on the engine that WENMING_TEST_ENGINE names."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from tests import postgres

# Before wenming.settings is read: whoever runs the tests may have a real city in their environment.
FOLDER = Path(tempfile.mkdtemp(prefix="wenming-test-"))
OWNER = os.getpid()
ENGINE = os.environ.get("WENMING_TEST_ENGINE", "sqlite")
# Chosen by the process that starts a run; the xdist workers it starts inherit the choice.
OWNS_TEMPLATE_CITIES = "WENMING_TEST_TEMPLATES" not in os.environ
TEMPLATE_CITIES = Path(os.environ.setdefault("WENMING_TEST_TEMPLATES", str(FOLDER / "templates")))
for _name in [name for name in os.environ if name.startswith("WENMING_") and not name.startswith("WENMING_TEST_")]:
    del os.environ[_name]
os.environ["WENMING_CITY"] = str(FOLDER)
os.environ["DATABASE_URL"] = postgres.url() if ENGINE == "postgres" else ""
os.environ.pop("CACHE_URL", None)

from wenming.settings import *  # noqa: E402, F403
from wenming.settings import DATABASES, STORAGES  # noqa: E402


@atexit.register
def _leave_nothing_behind() -> None:
    if os.getpid() == OWNER:  # a forked child must not take its parent's city away
        shutil.rmtree(FOLDER, ignore_errors=True)


# A file, not memory: the durability settings are read back only where there is something durable.
DATABASES["default"]["TEST"] = {
    "NAME": f"wenming_test_{os.getpid()}" if ENGINE == "postgres" else FOLDER / "test.sqlite3"
}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGGING = {"version": 1, "disable_existing_loggers": False}
# Else each page asks the map for it, the page of components too, which is shown and tested without a database.
CITY_NAME = "某市"
