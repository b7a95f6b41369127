"""Browsing a region: the figures that pages, the API and downloads show, read from what runs have left."""
