"""What the documents point at exists: no reader is sent to a page, picture or folder that is not there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\(([^)\s]+)\)")
ELSEWHERE = re.compile(r"[a-z]+:")
HEADING = re.compile(r"^#+ (.+)$", re.M)


def documents() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", "*.md"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:  # an unpacked archive has no history
        return [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("wenming/**/README.md")]
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


def anchors(document: Path) -> set[str]:
    """The names under which the headings of a document are reached, as they are made where the project is hosted."""
    headings = HEADING.findall(re.sub(r"```.*?```", "", document.read_text(), flags=re.S))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def broken(document: Path) -> list[str]:
    found = []
    for link in LINK.findall(document.read_text()):
        path, _sharp, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        if ELSEWHERE.match(link):
            continue
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            found.append(link)
    return found


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    assert not broken(document)


def test_a_missing_page_and_a_missing_heading_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One part\n[here](#one-part) [there](https://example.org/x) [gone](gone.md) [no](#another)\n")

    assert broken(page) == ["gone.md", "#another"]


def test_every_picture_of_the_documents_is_shown_and_light() -> None:
    told = "".join(document.read_text() for document in documents())

    for picture in (ROOT / "docs" / "pictures").iterdir():
        assert picture.name in told, f"{picture.name} is shown nowhere"
        assert picture.stat().st_size <= 150_000, f"{picture.name} weighs {picture.stat().st_size:,} bytes"
