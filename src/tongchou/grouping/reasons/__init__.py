"""Why a case is in its group."""
