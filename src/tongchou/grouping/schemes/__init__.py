"""What a grouping scheme is: its tables, its rule language, its lists, and where schemes and code sets are kept."""
