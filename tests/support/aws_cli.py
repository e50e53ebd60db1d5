"""An ``aws`` that reads a command line by the SDK's own models and sends it: for scripts where the AWS CLI is missing.

It knows what the scripts use: ``aws SERVICE OPERATION --name value…``, ``--region``, ``--query NAME[.NAME]`` and
``--output text``. An operation or option that AWS does not have is an error, as it is there.
"""

from __future__ import annotations

import sys
from functools import reduce
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

_SERVICES = {"s3api": "s3"}
_PATHS = Config(s3={"addressing_style": "path"})


def main(words: list[str]) -> int:
    """Run one command; 254 when AWS refuses it, as the AWS CLI has it."""
    service, operation, *rest = words
    options = {rest[at].removeprefix("--"): rest[at + 1] for at in range(0, len(rest), 2)}
    region, query = options.pop("region", None), options.pop("query", "")
    options.pop("output", None)
    session: Any = boto3.Session(region_name=region)
    client = session.client(_SERVICES.get(service, service), config=_PATHS)
    method = operation.replace("-", "_")
    members = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[method]).input_shape.members
    given = {name.replace("-", "").lower(): value for name, value in options.items()}
    known = {name.lower(): name for name in members}
    try:
        answer = getattr(client, method)(**{known[name]: value for name, value in given.items()})
    except ClientError as error:
        sys.stderr.write(f"\nAn error occurred {error}\n")
        return 254
    if query:
        sys.stdout.write(f"{reduce(lambda found, name: found[name], query.split('.'), answer)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
