"""Whether the grants give the stack what its jobs need, and nothing takes it away again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.entitlements.lint.case import Case, covers, grants, named
from cloudtranscode.entitlements.lint.draft import Clause, Kind, Spot
from cloudtranscode.entitlements.lint.finding import Finding, Rule, Severity, show
from cloudtranscode.entitlements.pattern import Token, glob, tokenize

READ_ALONE = Rule(
    "read-without-list",
    Severity.INFO,
    "A grant to read comes without s3:ListBucket.",
    "S3 then answers 403 for a key that does not exist as for a grant that does not: nobody can tell which it is.",
    "Grant s3:ListBucket on the bucket, bounded by s3:prefix.",
)
WRITE_ALONE = Rule(
    "write-without-abort",
    Severity.WARNING,
    "A grant to write comes without s3:AbortMultipartUpload.",
    "Aborting an upload and listing its parts is then left to luck: AWS lets the initiator do it, other servers do "
    "not, and the parts of a job that crashed stay on the bill. And where the bucket is not BucketOwnerEnforced, its "
    "owner may be unable to read what was written.",
    "Grant s3:AbortMultipartUpload on the same objects, and set the bucket's object ownership to BucketOwnerEnforced.",
)
UNREADABLE = Rule(
    "results-unreadable",
    Severity.ERROR,
    "A grant to write comes without s3:PutObjectAcl, and the bucket is known not to be BucketOwnerEnforced.",
    "What the stack writes belongs to the stack's account: the bucket's own owner gets 403 reading it.",
    "Set the bucket's object ownership to BucketOwnerEnforced, or grant s3:PutObjectAcl with StringEquals "
    "s3:x-amz-acl bucket-owner-full-control.",
)
NOT_NAMED = Rule(
    "stack-not-named",
    Severity.ERROR,
    "No grant names the stack.",
    "The stack is in another account: without a grant that names it every request is refused.",
    "Name the ARN that `ct whoami` prints, letter by letter.",
)
WRONG_KIND = Rule(
    "user-for-role",
    Severity.ERROR,
    "A grant names a user where the stack runs as a role of that name, or a role where it runs as a user.",
    "The two are different principals: the grant never matches the stack.",
    "Name the ARN that `ct whoami` prints, letter by letter.",
)
WRONG_ACCOUNT = Rule(
    "stack-other-account",
    Severity.ERROR,
    "A grant names a principal that is called like the stack, in another account or partition.",
    "It is somebody else, or nobody: the grant never matches the stack.",
    "Name the ARN that `ct whoami` prints, letter by letter.",
)
SHADOWED = Rule(
    "shadowed-by-deny",
    Severity.ERROR,
    "A statement allows actions that another one of the document denies altogether.",
    "A Deny always wins: of these actions the grant gives nothing.",
    "Remove the one of the two that is not meant, or bound the Deny by a condition.",
)
NO_POLICY = Rule(
    "no-policy",
    Severity.WARNING,
    "The bucket has no policy.",
    "Nobody of another account is entitled to anything in it.",
    "Attach the policy that `ct grant` prints.",
)
# What reading and writing are not complete without.
_WANTED = ("s3:listbucket", "s3:abortmultipartupload", "s3:putobjectacl")
RULES = (READ_ALONE, WRITE_ALONE, UNREADABLE, NOT_NAMED, WRONG_KIND, WRONG_ACCOUNT, SHADOWED, NO_POLICY)


def check(case: Case) -> Iterator[Finding]:
    """Find grants that are not enough, that miss the stack, or that a Deny takes back."""
    if case.draft.kind is Kind.BUCKET:
        yield from _alone(case)
        yield from _stack(case)
    yield from _shadowed(case)


def _alone(case: Case) -> Iterator[Finding]:
    clauses: dict[str, list[Clause]] = {}
    for clause, spot in named(case.draft):
        if not _is_cloudfront(spot):
            clauses.setdefault(spot.text, []).append(clause)
    everyone = [clause for clause in case.draft.allowing if clause.everyone]
    for who, own in clauses.items():
        yield from _incomplete(case, who, own, {action for action in _WANTED if _any_grants([*own, *everyone], action)})


def _any_grants(clauses: list[Clause], action: str) -> bool:
    return any(grants(clause, action) for clause in clauses)


def _is_cloudfront(spot: Spot) -> bool:
    """An origin access identity, which only delivers what is there."""
    return spot.arn is not None and spot.arn.account == "cloudfront"


def _incomplete(case: Case, who: str, clauses: list[Clause], granted: set[str]) -> Iterator[Finding]:
    """Find what ``who`` may begin and not end; ``granted`` are those of ``_WANTED`` that it has."""
    ownership = case.ownership_enforced
    if "s3:listbucket" not in granted:
        for spot in _granting(clauses, "s3:getobject"):
            message = f"{show(who)} may read, and cannot tell a missing key (403) from a missing grant (403)."
            yield case.finding(READ_ALONE, spot.path, message)
    for spot in _granting(clauses, "s3:putobject"):
        if "s3:abortmultipartupload" not in granted:
            message = f"{show(who)} may write, but not take back the parts of an upload that failed."
            if ownership is None and "s3:putobjectacl" not in granted:
                message += " Unless the bucket is BucketOwnerEnforced, its owner may be unable to read the results."
            yield case.finding(WRITE_ALONE, spot.path, message)
        if ownership is False and "s3:putobjectacl" not in granted:
            message = f"{show(who)} may write, but not hand over what it writes: the bucket's owner cannot read it."
            yield case.finding(UNREADABLE, spot.path, message)


def _granting(clauses: list[Clause], action: str) -> tuple[Spot, ...]:
    """Where the action is granted first, if anywhere: one finding is enough for each principal."""
    spots = (spot for clause in clauses if not clause.action_negated for spot in clause.actions)
    first = next((spot for spot in spots if covers((spot,), action)), None)
    return (first,) if first else ()


# --- does it name the stack? ------------------------------------------------------------------------------------


def _stack(case: Case) -> Iterator[Finding]:
    stack = case.around.stack
    spots = [spot for clause in case.draft.allowing for spot in clause.principals if not clause.principal_negated]
    if stack is None or not case.around.entitled or any(case.around.names_stack(spot.text) for spot in spots):
        return
    near = [finding for spot in spots for finding in _near(case, spot, stack)]
    yield from near
    if not near:
        yield case.finding(NOT_NAMED, "Statement", f"No grant names {show(str(stack))}.", _misspelt(stack, spots))


def _near(case: Case, spot: Spot, stack: Arn) -> Iterator[Finding]:
    arn = spot.arn
    if arn is None or arn.name != stack.name or not (arn.is_role or arn.is_user):
        return
    if arn.kind != stack.kind:
        message = f"{show(spot.text)} is a {arn.kind}, and the stack is the {stack.kind} {show(str(stack))}."
        yield case.finding(WRONG_KIND, spot.path, message, f"Name {stack}.")
    if (arn.partition, arn.account) != (stack.partition, stack.account):
        message = f"{show(spot.text)} is not the stack, which is {show(str(stack))}."
        yield case.finding(WRONG_ACCOUNT, spot.path, message, f"Name {stack}.")


def _misspelt(stack: Arn, spots: list[Spot]) -> str | None:
    same = [spot.text for spot in spots if spot.text.lower().strip() == str(stack).lower()]
    return f"Name {stack}; {show(same[0])} differs from it in case or spaces." if same else f"Name {stack}."


# --- Deny -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Denial:
    """A Deny without conditions and ``Not`` forms; its patterns are those whose reach can be told."""

    path: str
    principals: frozenset[str]
    actions: tuple[list[Token], ...]
    resources: tuple[list[Token], ...]

    @classmethod
    def of(cls, clause: Clause) -> _Denial:
        return cls(
            clause.path,
            frozenset(spot.text for spot in clause.principals),
            tuple(_patterns(spot.text.lower() for spot in clause.actions)),
            tuple(_patterns(spot.text for spot in clause.resources)),
        )

    def taken(self, grant: Clause, *, anybody: bool) -> list[Spot]:
        """The actions of a grant that this denies to every principal of it on every resource; in doubt none."""
        named_ones = bool(grant.principals) and not grant.others
        all_principals = (
            anybody
            or "*" in self.principals
            or (named_ones and {one.text for one in grant.principals} <= self.principals)
        )
        if not all_principals or not all(
            any(glob(one, spot.text) for one in self.resources) for spot in grant.resources
        ):
            return []
        return [spot for spot in grant.actions if any(glob(one, spot.text.lower()) for one in self.actions)]


def _shadowed(case: Case) -> Iterator[Finding]:
    plain = [clause for clause in case.draft.clauses if clause.effect == "Deny" and _is_plain(clause)]
    denials = [_Denial.of(clause) for clause in plain]
    anybody = case.draft.kind is Kind.IDENTITY
    for clause in case.draft.allowing:
        negated = clause.principal_negated or clause.action_negated or clause.resource_negated
        if negated or not (clause.actions and clause.resources):
            continue
        denied = {spot: denial.path for denial in denials for spot in denial.taken(clause, anybody=anybody)}
        if len(denied) == len(set(clause.actions)) and len(set(denied.values())) == 1:
            yield case.finding(
                SHADOWED, clause.path, f"{denied[clause.actions[0]]} denies all that this statement allows."
            )
        else:
            for spot, path in denied.items():
                yield case.finding(
                    SHADOWED, spot.path, f"{path} denies {show(spot.text)} wherever this statement allows it."
                )


def _is_plain(clause: Clause) -> bool:
    return not (clause.tests or clause.principal_negated or clause.action_negated or clause.resource_negated)


def _patterns(texts: Iterable[str]) -> Iterator[list[Token]]:
    """Read patterns without ``?`` and variables: such a one includes another pattern when it matches its text."""
    return (tokenize(text) for text in dict.fromkeys(texts) if "?" not in text and "${" not in text)


def without_policy(source: str) -> Finding:
    """Say that a bucket has no policy at all."""
    return NO_POLICY.at(source, "", "The bucket has no policy.")
