from __future__ import annotations

import pytest

from cloudtranscode.errors import InvalidDocument
from cloudtranscode.identity.principal import Kind, parse_principal, principal_arn


@pytest.mark.parametrize(
    ("caller", "arn", "kind", "account"),
    [
        ("arn:aws:iam::111122223333:user/stack", "arn:aws:iam::111122223333:user/stack", Kind.USER, "111122223333"),
        ("arn:aws:iam::1:user/a/b/stack", "arn:aws:iam::1:user/a/b/stack", Kind.USER, "1"),
        ("arn:aws:iam::1:role/a/stack", "arn:aws:iam::1:role/a/stack", Kind.ROLE, "1"),
        ("arn:aws:sts::1:assumed-role/stack_prod/i-0abc", "arn:aws:iam::1:role/stack_prod", Kind.ROLE, "1"),
        ("arn:aws-cn:sts::1:assumed-role/stack/x@y", "arn:aws-cn:iam::1:role/stack", Kind.ROLE, "1"),
        ("arn:aws-us-gov:iam::1:root", "arn:aws-us-gov:iam::1:root", Kind.ROOT, "1"),
        ("arn:aws:sts::1:federated-user/bob", "arn:aws:sts::1:federated-user/bob", Kind.FEDERATED, "1"),
        ("arn:aws:iam:::user/stack", "arn:aws:iam:::user/stack", Kind.USER, ""),
        ("arn:aws:iam::tenant:user/x", "arn:aws:iam::tenant:user/x", Kind.USER, "tenant"),
    ],
)
def test_the_principal_behind_a_caller(caller: str, arn: str, kind: Kind, account: str) -> None:
    principal = parse_principal(caller)

    assert (principal.arn, principal.kind, principal.account) == (arn, kind, account)
    assert principal_arn(caller) == arn


def test_only_an_assumed_role_keeps_its_session() -> None:
    session = "arn:aws:sts::1:assumed-role/stack/job-7"

    assert parse_principal(session).session_arn == session
    assert parse_principal("arn:aws:iam::1:role/stack").session_arn is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "stack_prod",
        "arn:aws:iam::1:role/*",
        "arn:aws:iam::1:role",
        "arn:aws:iam::1:role/",
        "arn:aws:iam::1:role/stack\n",
        "arn:aws:iam::1:group/stack",
        "arn:aws:iam::1:assumed-role/stack/session",
        "arn:aws:sts::1:role/stack",
        "arn:aws:sts::1:assumed-role/stack",
        "arn:aws:s3:::bucket",
    ],
)
def test_what_is_no_principal_is_refused(text: str) -> None:
    with pytest.raises(InvalidDocument):
        principal_arn(text)
