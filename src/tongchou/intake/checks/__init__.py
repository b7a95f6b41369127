"""Checks of documents as data: what each demands is written in packs, what it finds is a table."""
