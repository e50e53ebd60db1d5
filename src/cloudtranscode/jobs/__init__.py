"""The job document, the job record and the states between them."""
