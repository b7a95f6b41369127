"""Payment of what is no inpatient case by group: service events, heads, their router and the methods."""
