"""The reference as data says what it said before."""

import json

import pytest

from cloudtranscode.selfcheck.reference import CarriedReference, export
from support.iam_reference import FrozenReference

SERVICES = ("s3", "sts", "kms")
WRITTEN = FrozenReference()
CARRIED = CarriedReference(json.loads(json.dumps(export(WRITTEN, SERVICES))))


@pytest.mark.parametrize("service", [*SERVICES, "nosuch", "../etc"])
def test_what_is_carried_is_what_was_exported(service: str) -> None:
    assert CARRIED.actions(service) == WRITTEN.actions(service)
    assert CARRIED.condition_keys(service) == WRITTEN.condition_keys(service)
