"""What to make of a source: probe, plan, commands, checks. Knows no client, job or storage."""
