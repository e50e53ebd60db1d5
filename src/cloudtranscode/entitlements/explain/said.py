"""What S3's own words and codes tell."""

from __future__ import annotations

from collections.abc import Iterator

from cloudtranscode.entitlements.explain.answer import CODES, Answer, Words, cause_of_code, read_words
from cloudtranscode.entitlements.explain.catalogue import CATALOGUE
from cloudtranscode.entitlements.explain.cause import Family
from cloudtranscode.entitlements.explain.clue import FAINT, PROOF, REFUTED, STRONG, Clue, each
from cloudtranscode.entitlements.explain.evidence import Evidence

_OF_LAYER = {
    ("identity", False): "identity-policy",
    ("identity", True): "identity-deny",
    ("boundary", False): "permissions-boundary",
    ("boundary", True): "permissions-boundary",
    ("session", False): "session-policy",
    ("session", True): "session-policy",
    ("scp", False): "service-control-policy",
    ("scp", True): "service-control-policy",
    ("rcp", False): "resource-control-policy",
    ("rcp", True): "resource-control-policy",
    ("endpoint", False): "endpoint-policy",
    ("endpoint", True): "endpoint-policy",
    ("key", False): "key-policy",
    ("key", True): "key-policy",
    ("public", True): "public-access-block",
}
_CREDENTIALS = ("credentials-unknown", "credentials-wrong", "credentials-expired")
# They have a code, and may stand behind a bare 403 as well.
_ALSO_BARE = {"key-missing", "account-problem"}


def clues(evidence: Evidence) -> Iterator[Clue]:
    """What the answer to the job's own request gives away."""
    answer = evidence.answer
    if answer is None:
        return
    told = cause_of_code(answer)
    if told is not None:
        yield Clue(told, PROOF, f"The server said so: {answer}.")
    elif answer.refused and answer.code:
        yield from _bare(evidence, answer)
        yield from _worded(answer)


def _bare(evidence: Evidence, answer: Answer) -> Iterator[Clue]:
    """What a server that accepts the credentials would have said with another code."""
    if evidence.accepted is False:
        words = "The server refuses to say even that a bucket does not exist: it does not take the credentials."
        yield from each(_CREDENTIALS, PROOF, words)
    else:
        words = f"The server answered {answer.code}, and has codes of its own for credentials that it does not take."
        yield from each(_CREDENTIALS, REFUTED if evidence.accepted else FAINT, words)
    others = {*CODES.values()} - {*_CREDENTIALS} - _ALSO_BARE
    yield from each(others, REFUTED, f"S3 answered {answer.code}, and has a code of its own for that.")


def _worded(answer: Answer) -> Iterator[Clue]:
    words = read_words(answer.message)
    if words is None:
        return
    text = f"S3 named what refused: {answer.message}"
    told = set(_told(words))
    for cause in CATALOGUE:
        yield Clue(cause.id, STRONG if cause.id in told else FAINT, text)


def _told(words: Words) -> Iterator[str]:
    """The causes that a layer stands for; the bucket's policy has many ways to refuse."""
    if words.layer == "resource":
        family = Family.DENIAL if words.explicit else Family.GRANT
        yield from (cause.id for cause in CATALOGUE if cause.family is family)
    else:
        yield _OF_LAYER[words.layer, words.explicit]
