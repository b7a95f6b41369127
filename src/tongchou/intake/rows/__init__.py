"""Rows of delimited text and of sheets, as columns of text under the names of their header."""
