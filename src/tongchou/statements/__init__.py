"""Statements: a settled period as papers that people can check, per institution and for the region."""
