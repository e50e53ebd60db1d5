"""The message to the client: what was tried, what S3 said, what is most likely wrong and how to mend it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from cloudtranscode.entitlements.explain.catalogue import BY_ID
from cloudtranscode.entitlements.explain.cause import Family
from cloudtranscode.entitlements.explain.evidence import Access, Evidence
from cloudtranscode.entitlements.explain.explanation import Explanation, Suspect
from cloudtranscode.errors import Side

_DOING = {
    Access.READ: "read",
    Access.WRITE: "write",
    Access.CLIENT_READ: "write, and hand over to you,",
}
_MOST = 4  # causes in one letter; who gets more reads none


def write_message(explanation: Explanation) -> str:
    """Return a mail in plain text, ready to paste; ``""`` when no likely cause is the client's to mend."""
    theirs = _theirs(explanation.evidence, explanation.causes)
    return "\n\n".join(_paragraphs(explanation, theirs)) + "\n" if theirs else ""


def _theirs(evidence: Evidence, causes: Sequence[Suspect]) -> list[Suspect]:
    """What the client can mend: everything that was found, else the likeliest few."""
    first = causes[0] if causes else None
    if first is None or (first.found and first.side is Side.STACK):
        return []
    if not evidence.named:  # nobody can upload what was made up
        causes = [suspect for suspect in causes if suspect.id not in {"key-missing", "key-case"}]
    found = [suspect for suspect in causes if suspect.found and suspect.side is not Side.STACK]
    likely = [suspect for suspect in causes if suspect.side is not Side.STACK and suspect.likelihood >= 0.02]  # noqa: PLR2004
    return (found or likely)[:_MOST]


def _paragraphs(explanation: Explanation, theirs: list[Suspect]) -> Iterator[str]:
    evidence = explanation.evidence
    yield f"Dear {evidence.order.client} team,"
    yield _what_happened(evidence)
    # Who reads this has no `ct`: the policy stands in the letter, or comes with it.
    policy = "the policy below" if explanation.documents else "the policy that we send you"
    yield _what_is_wrong(theirs).replace(f"the policy that `ct grant {evidence.order.client}` prints", policy)
    grants = any(BY_ID[suspect.id].family is Family.GRANT for suspect in theirs)
    for bucket, text in explanation.documents.items() if grants else ():
        pretty = text if "\n" in text else json.dumps(json.loads(text), indent=2)
        held = evidence.bucket is not None and evidence.bucket.policy is not None
        what = "is the present one with what is needed" if held else "is what is needed"
        keep = "" if held else " Keep the statements that are there already: we could not read them."
        yield f"This policy for the bucket {bucket} {what}.{keep}\n\n{pretty}"
    if ruled_out := _ruled_out(explanation):
        yield ruled_out
    yield "We try again as soon as you tell us that it is done. Thank you!"


def _what_happened(evidence: Evidence) -> str:
    when = f" at {evidence.at:%Y-%m-%d %H:%M:%S} UTC" if evidence.at else ""
    tried = (
        f"to do the work that you ordered, our service tried to {_DOING[evidence.access]} {evidence.target.uri}{when} "
        f"({evidence.access.action}), as {evidence.order.principal}."
    )
    answer = f" The answer was: {evidence.answer}." if evidence.answer else " It was refused."
    return tried + answer


def _what_is_wrong(theirs: list[Suspect]) -> str:
    if len(theirs) == 1 or theirs[0].found:
        head = "What is wrong:" if theirs[0].found else "What is most likely wrong:"
    else:
        head = "S3 does not say why. What is most likely wrong, the likeliest first:"
    points = (f"{number}. {suspect.cause}\n   {suspect.remedy}" for number, suspect in enumerate(theirs, start=1))
    return "\n".join([head, *points])


def _ruled_out(explanation: Explanation) -> str:
    """What the client need not look at, once for each family that is out of the question as a whole."""
    left = {BY_ID[suspect.id].family for suspect in explanation.causes}
    words = {
        Family.REQUEST: "that our credentials, our clock, or the bucket's name and region are wrong",
        Family.STACK: "that our own policies refuse",
        Family.GRANT: "that the bucket's policy grants too little",
        Family.DENIAL: "that the bucket's policy denies",
    }
    out = [text for family, text in words.items() if _is_out(family, explanation, left)]
    return f"We have ruled out {'; '.join(out)}." if out else ""


def _is_out(family: Family, explanation: Explanation, left: set[Family]) -> bool:
    if any(BY_ID[name].family is family for name in explanation.excluded) and family not in left:
        return True
    remaining = [suspect for suspect in explanation.causes if BY_ID[suspect.id].family is family]
    return family is Family.REQUEST and bool(remaining) and all(one.id == "account-problem" for one in remaining)
