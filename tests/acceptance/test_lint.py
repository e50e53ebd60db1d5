"""The linter on the buckets of a client: their policies, and the settings that change what these mean."""

import json

from support.ct import Ct
from support.world import OUTPUT, World


def test_the_linter_sees_the_settings_of_a_live_bucket(world: World) -> None:
    ct = Ct(world.environment)

    def found() -> set[str]:
        return {one["id"] for one in ct("lint", "ClientA", "--profile", "ClientA", "--json").data}

    assert found() == {"bucket-name"}, "the sheet has no fault but the buckets' old-fashioned names"
    policy = json.loads(world.s3.get_bucket_policy(Bucket=OUTPUT)["Policy"])
    trailer = f"arn:aws:s3:::{OUTPUT}/trailer.mp4"
    policy["Statement"].append({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": trailer})
    world.s3.put_bucket_policy(Bucket=OUTPUT, Policy=json.dumps(policy))

    assert "public-may-cut-off" in found()
    world.s3.put_public_access_block(Bucket=OUTPUT, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})
    assert "public-cuts-off" in found()
