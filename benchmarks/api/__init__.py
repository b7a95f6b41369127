"""The working place under load: the API at a fixed rate, the pages, and what they take of memory."""
