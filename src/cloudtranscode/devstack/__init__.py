"""An embedded S3 with two accounts and enforced bucket policies, for the demo and the fast tests."""
