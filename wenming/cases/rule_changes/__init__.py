"""Changing the rules that cases follow: what a draft would do to them, and publishing it."""
