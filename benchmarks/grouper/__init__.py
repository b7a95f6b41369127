"""How fast grouping is, by every door, beside other groupers on the same machine in the same run."""
