"""What an inpatient case is paid: its kind, its worth by the method, its price."""
