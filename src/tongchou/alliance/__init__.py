"""What an alliance may spend, what it keeps or bears at the year's end, and how its members share it."""
