"""Deliveries: files of documents taken in, several at a time, each a batch of its own."""
