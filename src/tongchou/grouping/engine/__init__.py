"""A scheme made ready to group: compiled to bits, for batches and for single cases."""
