"""People's records: who works here, what they ordered, changed, applied for and decided, and the audit of it all."""
