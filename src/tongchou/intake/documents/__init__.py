"""Documents: settlement lists, front pages, claims and messages, as read and before anything is made of them."""
