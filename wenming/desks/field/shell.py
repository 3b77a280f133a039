"""The shell: the files that the field desk needs to stand without network, and the version they make together.

The service worker keeps them under that version: a new release is another version, is fetched whole beside the old one,
and takes over only when it is complete. What people have written lies elsewhere and is not touched.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.templatetags.static import static

# `test_shell.py` follows every import: what a module needs stands here, and nothing that no page of the desk needs.
FILES = (
    "wm.css",
    "css/desks/field.css",
    "territory/map.css",
    "img/icon.svg",
    "img/icon-192.png",
    "vendor/icons.svg",
    *(
        f"js/{name}.js"
        for name in (
            "wm", "photo-picker", "shrink", "place-picker", "photo-viewer", "keys", "undo-act", "ghost-camera", "field-asking",
            "field-components", "field-form",
            "field-hash", "field-me", "field-near", "field-nearest", "field-outbox", "field-pack", "field-send", "field-shell",
            "field-store", "field-today", "field-tus", "field-zip",
        )
    ),
)  # fmt: skip


def urls() -> list[str]:
    """Where the files are, under the names that pages call them by."""
    return [static(name) for name in FILES]


@cache
def version() -> str:
    """Twelve hex digits of the names and contents; computed once, because files change only with a restart."""
    digest = hashlib.sha256("\n".join(urls()).encode())
    for name in FILES:
        digest.update(_content(name))
    return digest.hexdigest()[:12]


def _content(name: str) -> bytes:
    """Hashed names say it all; the files of a checkout that was never collected have only their contents."""
    found = finders.find(name)
    return Path(found).read_bytes() if isinstance(found, str) else b""
