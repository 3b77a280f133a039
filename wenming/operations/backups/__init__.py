"""Copies of a whole city that prove themselves: consistent, sealed by hashes, checked again before they are used."""
