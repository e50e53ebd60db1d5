"""The packaged reference, and that the frozen one of the linter's tests does not tell stories."""

import pytest

from cloudtranscode.cli.iam_reference import PackagedReference
from cloudtranscode.entitlements.lint.reference import Reference
from support.iam_reference import FrozenReference

PACKAGED = PackagedReference()


@pytest.mark.parametrize("reference", [FrozenReference(), PACKAGED], ids=["frozen", "packaged"])
def test_both_references_answer_alike(reference: Reference) -> None:
    actions = reference.actions("s3")
    assert actions is not None
    assert actions["getobject"].name == "GetObject"
    assert "object" in actions["getobject"].resource_types
    assert "bucket" in actions["listbucket"].resource_types
    assert "s3:prefix" in actions["listbucket"].condition_keys
    assert "s3:prefix" not in actions["getobject"].condition_keys
    assert "Permissions management" in actions["putobjectacl"].levels
    keys = reference.condition_keys("s3")
    assert keys is not None
    assert "s3:x-amz-acl" in keys


def test_the_frozen_reference_says_nothing_that_the_packaged_one_does_not() -> None:
    frozen = FrozenReference()
    for service, actions in frozen.services.items():
        real = PACKAGED.actions(service)
        assert real is not None
        for name, facts in actions.items():
            assert facts.name == real[name].name
            assert facts.levels == real[name].levels, name
            assert facts.resource_types <= real[name].resource_types
            assert facts.condition_keys <= real[name].condition_keys
        assert (frozen.condition_keys(service) or frozenset()) <= (PACKAGED.condition_keys(service) or frozenset())


@pytest.mark.parametrize("service", ["", "nothing", "../actions/s3", "s3/../s3", "\x00", "S3"])
def test_a_service_that_does_not_exist_is_none_and_no_file(service: str) -> None:
    assert PACKAGED.actions(service) is None
    assert PACKAGED.condition_keys(service) is None
