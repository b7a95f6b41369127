"""Readers: from a file of some format to batches of documents."""
