"""Who the clients are, and which buckets and prefixes are theirs."""
