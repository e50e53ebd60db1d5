"""The job document as clients write it; ``ct schema job`` publishes its JSON Schema."""

from cloudtranscode.jobs.spec.document import JobSpec, job_schema, parse_job
from cloudtranscode.jobs.spec.outputs import LadderOutput

__all__ = ["JobSpec", "LadderOutput", "job_schema", "parse_job"]
