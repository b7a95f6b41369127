"""The money of referrals: which are valid, who is paid for the episode, what is added, and who loses by it."""
