"""The doors of the field desk: who may look on the spot, and who may report what they found."""

from __future__ import annotations

from wenming.desks.common.access import desk

field_desk = desk("field")
VERIFY, FIND = "cases.verify", "cases.find"
PLACES = "places.verify"
