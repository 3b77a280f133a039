"""The city's own settings, and one empty page: what a request costs before it does anything."""

from wenming.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
