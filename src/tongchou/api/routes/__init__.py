"""The routes of the API, a theme each."""
