"""The ledger: append-only double entry over the fund's accounts, corrected only by reversal."""
