"""Writers: from batches of documents to files of a format, for exchanges that go both ways."""
