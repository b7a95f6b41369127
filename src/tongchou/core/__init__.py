"""Money, text in two languages, errors, explanations and hashes: what every room may use and what uses no room."""
