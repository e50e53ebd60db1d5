"""The durable story of a job."""
