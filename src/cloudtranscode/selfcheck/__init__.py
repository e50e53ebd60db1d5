"""The self-check: one offline HTML page in which a client's admin examines a bucket policy before attaching it."""
