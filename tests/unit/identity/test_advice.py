from __future__ import annotations

import pytest

from cloudtranscode.identity.credentials import CredentialSource
from cloudtranscode.identity.principal import parse_principal
from cloudtranscode.identity.whoami import advise

KEYS = CredentialSource("env", long_lived=True, renews=False)
PASTED = CredentialSource("env", long_lived=False, renews=False)
ROLE = CredentialSource("iam-role", long_lived=False, renews=True)


@pytest.mark.parametrize(
    ("arn", "source", "words"),
    [
        ("arn:aws:iam::111122223333:role/stack", ROLE, []),
        ("arn:aws:iam::111122223333:role/stack", PASTED, ["not renewed"]),
        ("arn:aws:iam::111122223333:user/stack", KEYS, ["never expire"]),
        ("arn:aws:iam::111122223333:root", KEYS, ["root", "never expire"]),
        ("arn:aws:iam::000111333444555:role/stack_prod", ROLE, ["12 digits"]),
        ("arn:aws:iam::tenant:user/stack", ROLE, []),
    ],
)
def test_each_unwise_choice_is_named_once(arn: str, source: CredentialSource, words: list[str]) -> None:
    advice = advise(parse_principal(arn), source)

    assert len(advice) == len(words)
    assert all(word in sentence for word, sentence in zip(words, advice, strict=True))
