"""Grouping: a scheme is data (tables of rules and code lists), one matcher runs every scheme and says why."""
