"""The job document as clients write it; ``ct schema job`` publishes its JSON Schema."""

from cloudtranscode.jobs.spec.document import JobSpec, job_schema, parse_job

__all__ = ["JobSpec", "job_schema", "parse_job"]
