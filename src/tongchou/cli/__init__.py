"""The commands: thin, they call the rooms below."""
