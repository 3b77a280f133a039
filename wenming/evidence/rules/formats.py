"""Which file formats are taken, told from their first bytes; the sender's word counts for nothing.

Two families share one signature (old Office files, and everything that is a ZIP inside). Only inside such a family
does the file name choose the member, and only among those listed: `fine.docx.html` stays what its bytes are.
"""

from __future__ import annotations

from typing import NamedTuple


class Format(NamedTuple):
    """A format that is taken: its kind, its media type, and the suffix it is handed out with."""

    kind: str
    media_type: str
    suffix: str


HEAD_BYTES = 512

JPEG = Format("photo", "image/jpeg", "jpg")
PNG = Format("photo", "image/png", "png")
WEBP = Format("photo", "image/webp", "webp")
HEIC = Format("photo", "image/heic", "heic")
MP4 = Format("video", "video/mp4", "mp4")
MP3 = Format("document", "audio/mpeg", "mp3")
PDF = Format("document", "application/pdf", "pdf")

_OPENXML = "application/vnd.openxmlformats-officedocument"
_OLE_MEMBERS = {
    "doc": Format("document", "application/msword", "doc"),
    "xls": Format("document", "application/vnd.ms-excel", "xls"),
    "ppt": Format("document", "application/vnd.ms-powerpoint", "ppt"),
    "wps": Format("document", "application/vnd.ms-works", "wps"),
    "et": Format("document", "application/vnd.ms-excel", "et"),
}
_ZIP_MEMBERS = {
    "docx": Format("document", f"{_OPENXML}.wordprocessingml.document", "docx"),
    "xlsx": Format("document", f"{_OPENXML}.spreadsheetml.sheet", "xlsx"),
    "pptx": Format("document", f"{_OPENXML}.presentationml.presentation", "pptx"),
    "ofd": Format("document", "application/ofd", "ofd"),
}
_MP4_BRANDS = frozenset(b"isom iso2 iso4 iso5 iso6 mp41 mp42 avc1 dash 3gp4 3gp5".split()) | {b"M4V "}
_HEIC_BRANDS = frozenset(b"heic heix heim heis hevc mif1 msf1".split())


def sniff(head: bytes, file_name: str = "") -> Format | None:
    """The format of a file from its first 512 bytes, or None when it is not one that is taken."""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp":
        return _iso_media(head[8:12])
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"ID3") or head[:2] in (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"):
        return MP3
    return _family_member(head, file_name)


def _iso_media(brand: bytes) -> Format | None:
    if brand in _HEIC_BRANDS:
        return HEIC
    return MP4 if brand in _MP4_BRANDS else None


def _family_member(head: bytes, file_name: str) -> Format | None:
    suffix = file_name.rpartition(".")[2].lower()
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _OLE_MEMBERS.get(suffix)
    if head.startswith(b"PK\x03\x04"):
        return _ZIP_MEMBERS.get(suffix)
    return None


def looks_like_markup(head: bytes) -> bool:
    """True for web pages, SVG and scripts: they are named in the refusal, because people save photos from the web."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<", b"#!"))


def looks_like_gif(head: bytes) -> bool:
    return head.startswith((b"GIF87a", b"GIF89a"))


def suffix_of(media_type: str) -> str:
    """The neutral suffix a stored file is handed out with; "bin" for a media type no longer taken."""
    known = (JPEG, PNG, WEBP, HEIC, MP4, MP3, PDF, *_OLE_MEMBERS.values(), *_ZIP_MEMBERS.values())
    return next((found.suffix for found in known if found.media_type == media_type), "bin")
