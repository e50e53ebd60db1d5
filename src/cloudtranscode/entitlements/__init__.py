"""What IAM permits, decided without any AWS SDK, clock or network."""
