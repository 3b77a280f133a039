"""Static files under hashed names, so that they may be cached for ever, native JavaScript modules included."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

from .joining import joined

# Pages that citizens open on a slow line, and that need more modules than such a line can fetch.
JOINED_PAGES = ("js/public-report.js",)


def _without_semicolons(glob: str, patterns: Iterable[tuple[str, str]]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Django looks for imports that end in a semicolon; our modules write none."""
    return glob, tuple((found.replace(r"\s*;)", ")"), written.removesuffix(";")) for found, written in patterns)


class HashedModules(CompressedManifestStaticFilesStorage):
    """Hashes and compresses; follows `import` inside modules, so that a changed module changes its importers too.

    Before the first `collectstatic` (in tests, in a fresh checkout) there is no manifest: names are then
    served as they are, because a page without styles is a worse answer than a page with uncached ones.
    """

    support_js_module_import_aggregation = True
    # Missed, the same module would be loaded under two names and run twice: each key would press its button twice.
    _js_module_import_aggregation_patterns = _without_semicolons(
        *CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns
    )
    manifest_strict = False

    def stored_name(self, name: str) -> str:
        if settings.DEBUG or not self.hashed_files:
            return name
        return super().stored_name(name)

    def post_process(self, paths: dict[str, Any], *args: Any, **options: Any) -> Iterator[Any]:
        pages = {name: (_OneFile(paths), name) for name in JOINED_PAGES if name in paths}
        return super().post_process({**paths, **pages}, *args, **options)


class _OneFile(Storage):
    """Opens a page's module joined with what it imports; the sources stay where they are."""

    def __init__(self, paths: dict[str, Any]) -> None:
        self.paths = paths

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        folder, entry = posixpath.split(name)
        return ContentFile(joined(entry, lambda module: self._text(posixpath.join(folder, module))).encode())

    def _text(self, name: str) -> str:
        storage, path = self.paths[name]
        with storage.open(path) as source:
            return str(source.read().decode())
