"""Serving: the API and the pages put together in one process, started, stopped and kept."""
