"""How long a region's year takes, how much memory, and how near that is to what the engine alone needs."""
