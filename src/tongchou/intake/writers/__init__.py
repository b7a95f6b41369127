"""Writers: from columns to files of a national format."""
