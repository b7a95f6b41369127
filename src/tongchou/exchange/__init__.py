"""Exchange: what a region and its runs hold, written in the formats of others."""
