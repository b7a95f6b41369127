"""DIP (按病种分值付费): building a local catalogue, grouping by it, auxiliary catalogues, deviation and drift."""
