"""Telling the client what became of a job."""
