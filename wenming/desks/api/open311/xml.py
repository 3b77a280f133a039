"""An answer of GeoReport v2 as XML: the same nested lists and facts as in JSON, with the element names of the standard."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

# What one entry of a list is called.
ENTRY = {
    "services": "service", "attributes": "attribute", "values": "value", "service_requests": "request",
    "endpoints": "endpoint", "formats": "format", "errors": "error",
}  # fmt: skip
# Characters that no XML 1.0 document may hold, not even escaped; people paste them all the same.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_xml(root: str, value: Any) -> bytes:
    """A whole document in UTF-8. root: `services`, `service_requests`, `service_definition`, `discovery`, `errors`."""
    element = Element(root)
    _fill(element, value)
    document: bytes = tostring(element, encoding="utf-8", xml_declaration=True)
    return document


def _fill(element: Element, value: Any) -> None:
    if isinstance(value, Mapping):
        for name, each in value.items():
            _fill(SubElement(element, name), each)
    elif isinstance(value, list):
        for each in value:
            _fill(SubElement(element, ENTRY[element.tag]), each)
    else:
        element.text = _text(value)


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return FORBIDDEN.sub("", str(value))
