"""文明: the open working system of a city's civility office."""

__version__ = "0.1.0"
