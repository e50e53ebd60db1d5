"""How the RADOS Gateway (16.2) reads a question where it reads it otherwise than AWS.

Each reading turns a question into one to which the evaluator's answer is the gateway's. What each is good for is told
in :mod:`support.rgw_differences`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from typing import Any

from cloudtranscode.entitlements.condition import Context, compile_condition
from cloudtranscode.entitlements.evaluate import Effect, Request
from cloudtranscode.entitlements.pattern import glob, tokenize
from cloudtranscode.entitlements.principal import PrincipalKind
from cloudtranscode.entitlements.truth import Truth
from support.differential import ADMINISTRATOR, ASSUMED_BY, HOME, OWNER, Json, Question

ABSENT = "gateway:absent"  # a key that no request carries
_NOWHERE = "arn:aws:s3:::-"  # a resource that nobody asks for
_IDLE: Json = {"Effect": "Deny", "Action": "s3:Nothing", "Resource": "*"}  # where no statement of a policy is left
_RESOURCE = ("Resource", "NotResource")
_MATCHED = ("Action", "NotAction", *_RESOURCE)

Reading = Callable[[Question], Question]


# --- conditions -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Clause:
    """One test of a Condition block; ``variables`` tells whether the document's version has policy variables."""

    operator: str
    key: str
    values: tuple[str, ...]
    variables: bool

    @property
    def base(self) -> str:
        return self.operator.rpartition(":")[2].removesuffix("IfExists")

    @property
    def negated(self) -> bool:
        return "Not" in self.base

    @property
    def if_exists(self) -> bool:
        return self.operator.endswith("IfExists")

    def carried(self, question: Question) -> tuple[str, ...]:
        """The request's values of the key."""
        return _context(question).values.get(self.key.lower(), ())

    def each(self, question: Question) -> dict[str, Truth]:
        """Whether the test would hold with one of its values alone."""
        alone = {
            value: compile_condition(self.operator, self.key, (value,), variables=self.variables)
            for value in self.values
        }
        return {value: condition.holds(_context(question)) for value, condition in alone.items()}


def _context(question: Question) -> Context:
    return Request(question.principal, "s3:GetObject", "*", HOME, question.context).full_context()


def clauses(read: Callable[[Clause, Question], Clause | bool]) -> Reading:
    """Read every test of every condition: as another test, or as one that always or never holds."""

    def statement(written: Json, variables: bool, question: Question) -> Json | None:
        asked = [
            Clause(operator, key, tuple(listed(values)), variables)
            for operator, keys in written.get("Condition", {}).items()
            for key, values in keys.items()
        ]
        found = [read(clause, question) for clause in asked]
        if found == asked:
            return written
        left: dict[str, Json] = {}
        for clause in found:
            if isinstance(clause, Clause):
                left.setdefault(clause.operator, {})[clause.key] = list(clause.values)
        rest = {**without(written, "Condition"), **({"Condition": left} if left else {})}
        return None if False in found else rest

    return statements(statement)


def key_spelling(clause: Clause, _question: Question) -> Clause | bool:
    """A key is known by one spelling, and these are known."""
    return clause if clause.key in _KNOWN or clause.key.startswith("gateway:") else replace(clause, key=ABSENT)


_KNOWN = {
    *("aws:CurrentTime", "aws:EpochTime", "aws:SourceIp", "aws:UserAgent", "aws:Referer", "aws:username"),
    *("aws:PrincipalType", "aws:SecureTransport", "s3:prefix", "s3:delimiter", "s3:max-keys", "s3:x-amz-acl"),
    *("s3:ExistingObjectTag/stage", "s3:ExistingObjectTag/owner", "s3:RequestObjectTag/stage"),
}


def no_transport(clause: Clause, _question: Question) -> Clause | bool:
    return replace(clause, key=ABSENT) if clause.key.lower() == "aws:securetransport" else clause


def who_asks(question: Question) -> Question:
    """A session has the name of who assumed the role, the anonymous have one too, and everybody is a user."""
    seen = {"gateway:username": (_user_name(question),), "gateway:principaltype": ("User",)}
    renamed = {"aws:username": "gateway:username", "aws:principaltype": "gateway:principaltype"}
    return _renamed(replace(question, context={**question.context, **seen}), renamed)


def _user_name(question: Question) -> str:
    principal = question.principal
    if principal.kind is PrincipalKind.ANONYMOUS:
        return "anonymous"
    return _last(ASSUMED_BY[_last(principal.arn)] if principal.kind is PrincipalKind.ROLE else principal.arn)


def _renamed(question: Question, names: Mapping[str, str]) -> Question:
    return clauses(lambda one, _: replace(one, key=names.get(one.key.lower(), one.key)))(question)


def variables(clause: Clause, question: Question) -> Clause | bool:
    """Where one value is a variable as a whole, only the last counts, under every version, and is then a pattern."""
    if not any("${" in value for value in clause.values):
        return clause
    seen = {**question.context, "aws:username": (_user_name(question),)}
    if clause.key in seen and any(value.startswith("${") for value in clause.values):
        filled = seen.get(clause.values[-1][2:-1])
        return replace(clause, values=filled) if filled else False
    return replace(clause, values=tuple(_literal(value, active=clause.variables) for value in clause.values))


def presence(clause: Clause, _question: Question) -> Clause | bool:
    return replace(clause, values=("true",)) if clause.operator == "Null" else clause


def address_versions(clause: Clause, question: Question) -> Clause | bool:
    """An address of version 4 is in a range of version 6 when the bare numbers are."""
    if "IpAddress" not in clause.base or clause.key != "aws:SourceIp":
        return clause
    source = int(ip_address(question.context["aws:SourceIp"][0]))
    networks = [ip_network(value, strict=False) for value in clause.values]
    shifts = [128 - network.prefixlen if network.version == 6 else 0 for network in networks]
    within = [
        network.version == 6 and source >> shift == int(network.network_address) >> shift
        for network, shift in zip(networks, shifts, strict=True)
    ]
    pairs = zip(clause.values, within, strict=True)
    return replace(clause, values=tuple("0.0.0.0/0" if is_within else value for value, is_within in pairs))


def no_arn_operators(clause: Clause, question: Question) -> Clause | bool:
    return False if clause.base.startswith("Arn") and clause.carried(question) else clause


def absent_is_no(clause: Clause, question: Question) -> Clause | bool:
    return clause if not clause.negated or clause.if_exists or clause.carried(question) else False


def other_than_one(clause: Clause, question: Question) -> Clause | bool:
    """A negated test of several values holds where the request's value differs from any one of them."""
    if not clause.negated or clause.base == "NotIpAddress" or len(clause.values) == 1 or not clause.carried(question):
        return clause
    return any(clause.each(question).values())


def unreadable_is_no(clause: Clause, question: Question) -> Clause | bool:
    """A value that cannot be compared is skipped."""
    if not clause.negated or not clause.carried(question):
        return clause
    readable = tuple(value for value, truth in clause.each(question).items() if truth is not None)
    return replace(clause, values=readable) if readable else False


def hasty_like(clause: Clause, question: Question) -> Clause | bool:
    """Let nothing match what only a second try matches."""
    carried = clause.carried(question)
    if not clause.base.endswith("Like") or not carried:
        return clause
    return replace(clause, values=tuple("-" if _needs_second_try(one, carried[0]) else one for one in clause.values))


# --- statements -----------------------------------------------------------------------------------------------------


def statements(read: Callable[[Json, bool, Question], Json | None]) -> Reading:
    """Read every statement of every document; ``None`` is one that never applies. No change: the same question."""

    def document(written: Json, question: Question) -> Json:
        active = written.get("Version") == "2012-10-17"
        kept = [read(one, active, question) for one in written["Statement"]]
        if kept == written["Statement"]:
            return written
        return {**written, "Statement": [one for one in kept if one is not None] or [_IDLE]}

    def question(asked: Question) -> Question:
        layers = (asked.resource, asked.identity, asked.session)
        resource, identity, session = (tuple(document(one, asked) for one in layer) for layer in layers)
        changed = replace(asked, resource=resource, identity=identity, session=session)
        return asked if changed == asked else changed

    return question


def not_action(statement: Json, _variables: bool, _question: Question) -> Json | None:
    return None if "NotAction" in statement else statement


def no_variables(statement: Json, active: bool, _question: Question) -> Json | None:
    """A variable in a resource is so many characters."""
    read = {name: [_literal(one, active=active) for one in listed(statement[name])] for name in _in(statement)}
    return {**statement, **read} if "${" in str(statement) else statement


def by_bytes(statement: Json, _variables: bool, question: Question) -> Json | None:
    """A question mark in a resource is one byte of UTF-8."""

    def read(pattern: str) -> str:
        by_characters, by_bytes = _matches(pattern, resource), _matches(_bytes(pattern), _bytes(resource))
        return pattern if by_bytes is by_characters else "*" if by_bytes else _NOWHERE

    resource = question.call.resource
    changed = {name: [read(one) for one in listed(statement[name])] for name in _in(statement)}
    return (
        {**statement, **changed} if any(listed(statement[name]) != new for name, new in changed.items()) else statement
    )


def hasty(pattern: str, text: str) -> bool:
    """Match as the gateway does: a star ends where the character after it first stands, without a second try."""
    if not pattern or pattern == "*":
        return bool(pattern) or not text
    if pattern[0] == "*":
        at = text.find(pattern[1])
        return hasty(pattern[1:], text[at:] if at >= 0 else "")
    return bool(text) and pattern[0] in ("?", text[0]) and hasty(pattern[1:], text[1:])


def hasty_statement(statement: Json, _variables: bool, question: Question) -> Json | None:
    """Take out the patterns of actions and resources that only a second try matches."""
    call = question.call
    actions = [action.lower() for action in call.permissions]
    read = dict(statement)
    for name in _in(statement, "Action", "NotAction"):
        kept = [one for one in listed(statement[name]) if not any(_needs_second_try(one.lower(), it) for it in actions)]
        read[name] = kept or ["s3:Nothing"]
    for name in _in(statement):
        kept = [one for one in listed(statement[name]) if not _needs_second_try(one, call.resource)]
        read[name] = kept or [_NOWHERE]
    return read if any(read[name] != listed(statement[name]) for name in _in(statement, *_MATCHED)) else statement


def not_principal(statement: Json, _variables: bool, question: Question) -> Json | None:
    """Whoever is named by any one name is spared, and everybody else allowed or denied."""
    if "NotPrincipal" not in statement:
        return statement
    spared = {"*", *_known_as(question)} & set(_named(statement["NotPrincipal"]))
    return None if spared else {**without(statement, "NotPrincipal"), "Principal": "*"}


def account_principal(statement: Json, _variables: bool, question: Question) -> Json | None:
    """An account stands for each of its users, and not for sessions of its roles."""
    principal = question.principal
    if "Principal" not in statement or not principal.account:
        return statement
    named, account = _named(statement["Principal"]), _account(principal.account)
    others = [name for name in named if name not in account]
    if others == named:
        return statement
    if principal.kind is not PrincipalKind.ROLE:
        others.append(principal.arn or "")
    return {**statement, "Principal": {"AWS": others}} if others else None


def user_behind_session(statement: Json, _variables: bool, question: Question) -> Json | None:
    """Who assumed the role is named, and with that the session."""
    principal = question.principal
    if "Principal" not in statement or principal.kind is not PrincipalKind.ROLE:
        return statement
    named = _named(statement["Principal"])
    behind = ASSUMED_BY[_last(principal.arn)] in named
    return {**statement, "Principal": {"AWS": [*named, principal.session_arn]}} if behind else statement


# --- whole questions ------------------------------------------------------------------------------------------------


def empty_acl(question: Question) -> Question:
    """A write without an ACL carries an empty one."""
    is_write = question.operation in {"PutObject", "UploadPart"}
    return replace(question, context={"s3:x-amz-acl": ("",), **question.context}) if is_write else question


def thousand_keys(question: Question) -> Question:
    """A listing that does not say how many keys it wants says 1000."""
    listing = question.operation in {"ListObjectsV2", "ListObjectVersions"}
    return replace(question, context={"s3:max-keys": ("1000",), **question.context}) if listing else question


def no_put_acl(question: Question) -> Question:
    return replace(question, acl=None)


def no_put_tagging(question: Question) -> Question:
    """Tags sent along are seen by conditions and need no permission."""
    if question.operation != "PutObject":
        return question
    names = {key: key.replace("s3:", "gateway:") for key in question.context if key.startswith("s3:RequestObjectTag")}
    context = {names.get(key, key): values for key, values in question.context.items()}
    return _renamed(replace(question, context=context), {key.lower(): name for key, name in names.items()})


def no_tags_to_set(question: Question) -> Question:
    """The tags that PutObjectTagging sets are not seen by conditions."""
    if question.operation != "PutObjectTagging":
        return question
    context = {key: values for key, values in question.context.items() if not key.startswith("s3:RequestObjectTag")}
    return replace(question, context=context)


def put_for_abort(question: Question) -> Question:
    """To abort an upload, a session's policy is asked about writing."""
    if question.operation != "AbortMultipartUpload":
        return question

    def change(statement: Json, _variables: bool, _question: Question) -> Json | None:
        writes = any(hasty(one.lower(), "s3:putobject") for one in listed(statement.get("Action", [])))
        return {**statement, "Action": "s3:AbortMultipartUpload"} if writes else None

    return replace(question, session=statements(change)(question).session)


def last_statement(question: Question) -> Question:
    """Under a session policy, the way the last statement names the session counts for all that do."""
    if not question.session or not question.resource or not question.exists:
        return question
    role, session, user = _known_as(question)
    last = _named(question.resource[0]["Statement"][-1].get("Principal"))
    wide = role if {role, "*"} & set(last) else session if user in last else None
    name = session if session in last else wide

    def rename(statement: Json, _variables: bool, _question: Question) -> Json | None:
        named = {"*", role, session, user} & set(_named(statement.get("Principal", statement.get("NotPrincipal"))))
        if statement["Effect"] == "Deny" or bool(named) == ("NotPrincipal" in statement):
            return statement
        return {**without(statement, "NotPrincipal"), "Principal": {"AWS": name}} if name else None

    return replace(question, resource=statements(rename)(replace(question, identity=(), session=())).resource)


def own_account_not_asked(question: Question) -> Question:
    return replace(question, identity=(ADMINISTRATOR,)) if _from_abroad(question) and question.exists else question


def not_resource_abroad(question: Question) -> Question:
    reaching = _reaching(question) if _from_abroad(question) and question.exists else ()
    return replace(question, resource=question.resource + reaching)


def listing_alone(question: Question) -> Question:
    """Of a missing key, the first of the layers with a say about listing decides; the owner is always told."""
    if question.exists:
        return question
    listing = replace(question.listing(), identity=(), resource=(), session=())
    if question.principal.arn == OWNER:
        return replace(listing, identity=(ADMINISTRATOR,))
    abroad = replace(listing, identity=(ADMINISTRATOR,)) if _from_abroad(question) else listing
    layers = (
        replace(abroad, resource=_reaching(question))
        if abroad.identity
        else replace(listing, identity=question.identity),
        replace(abroad, resource=question.resource),
        replace(listing, identity=question.session),
    )
    decided = (layer for layer in layers if layer.decision().effect in {Effect.ALLOW, Effect.EXPLICIT_DENY})
    return next(decided, listing)


# --- small things ---------------------------------------------------------------------------------------------------


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _named(element: Any) -> list[str]:
    """The members of a ``Principal`` element; of none: none."""
    return listed(element["AWS"] if isinstance(element, dict) else [] if element is None else element)


def _known_as(question: Question) -> tuple[str, ...]:
    """The names the gateway knows somebody by; of a session: its role, itself, who assumed the role."""
    principal = question.principal
    if principal.kind is PrincipalKind.ROLE:
        return principal.arn or "", principal.session_arn or "", ASSUMED_BY[_last(principal.arn)]
    return (principal.arn, *_account(principal.account)) if principal.arn else ()


def _account(account: str | None) -> tuple[str, ...]:
    return (account, f"arn:aws:iam::{account}:root") if account else ()


def _from_abroad(question: Question) -> bool:
    """Whether the caller has another account than the bucket."""
    return question.principal.account is not None and question.principal.account != HOME


def _reaching(question: Question) -> tuple[Json, ...]:
    """Statements with NotResource of another account's policies, as if they stood in the bucket's policy."""
    granted = {"Resource": "*", "Principal": {"AWS": question.principal.arn}}
    return tuple(
        {**policy, "Statement": [{**without(statement, "NotResource"), **granted}]}
        for policy in question.identity
        for statement in policy["Statement"]
        if "NotResource" in statement
    )


def _needs_second_try(pattern: str, text: str) -> bool:
    wanted, found = _bytes(pattern), _bytes(text)
    return _matches(wanted, found) and not hasty(wanted, found)


def _matches(pattern: str, text: str) -> bool:
    return glob(tokenize(pattern), text)


def _bytes(text: str) -> str:
    """One character for each byte of UTF-8."""
    return text.encode().decode("latin-1")


def _literal(text: str, *, active: bool) -> str:
    """Take the meaning from ``${``, where it has one."""
    return text.replace("${", "${$}{") if active else text


def _in(statement: Json, *names: str) -> list[str]:
    return [name for name in names or _RESOURCE if name in statement]


def without(statement: Json, name: str) -> Json:
    return {element: value for element, value in statement.items() if element != name}


def _last(arn: str | None) -> str:
    return (arn or "").rpartition("/")[2]
