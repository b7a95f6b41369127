"""The main line: a region's period from cases to a settled, booked, explained and printed run."""
