"""Drafts of a change: edits collected where nobody else is affected, until they are published as one new version."""
