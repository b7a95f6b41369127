"""The working place: what each role does, as whole acts: allowed or refused, noted, done by the rooms below."""
