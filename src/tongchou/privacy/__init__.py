"""Privacy: pseudonyms at the door, the sealed map behind them, views by purpose, exports, the log of access."""
