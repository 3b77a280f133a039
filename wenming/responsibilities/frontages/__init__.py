"""Frontages: what the premises owe, how they were told, what was agreed, paid and done about it. Policy: 3.1-3.5."""
