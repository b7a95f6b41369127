"""Who may do what, and who somebody is: rights, sign-in, tokens, and the audit of reads and refusals."""
