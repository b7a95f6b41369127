"""The lake and the engines: where facts are kept and what computes on them."""
