"""Rosters: who is on duty when (7.4)."""
