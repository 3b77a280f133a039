"""Frontages 门前责任区: streets, premises and who has which metre of the edge. Policy: 3.1, 3.2."""
