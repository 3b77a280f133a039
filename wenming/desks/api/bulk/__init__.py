"""Whole files of service requests, in: another Open311 city's export, or a load for measuring."""
