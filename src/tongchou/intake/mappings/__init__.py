"""Mappings: which columns of a hospital's own tables hold which fields, written down, proposed and remembered."""
