"""Examining schemes and codings: checks, search, comparison, what-if."""
