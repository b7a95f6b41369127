"""Table contracts: columns, types, keys, grain and meaning, in Chinese and English."""
