"""Payment: weights and rates, the price of a case, and an institution's clearing."""
