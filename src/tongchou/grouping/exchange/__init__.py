"""Schemes and code sets in the forms in which bureaus hand them around: workbooks and folders of tables."""
