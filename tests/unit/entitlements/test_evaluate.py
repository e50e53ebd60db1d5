"""The evaluator, rule by rule; the numbers are those of the rule list in the design notes."""

from typing import Any

import pytest

from cloudtranscode.entitlements.evaluate import Decision, Effect, PolicySet, Principal, Request, evaluate
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.errors import InvalidDocument, InvalidPolicy

STACK, CLIENT = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{STACK}:role/stack_prod"
USER = f"arn:aws:iam::{STACK}:user/stack_prod"
SESSION = f"arn:aws:sts::{STACK}:assumed-role/stack_prod/job-1"
ROOT = f"arn:aws:iam::{STACK}:root"
KEY = "arn:aws:s3:::in/a/film.mov"

ALLOW, IMPLICIT, EXPLICIT, UNKNOWN = Effect.ALLOW, Effect.IMPLICIT_DENY, Effect.EXPLICIT_DENY, Effect.UNKNOWN


def statement(effect: str = "Allow", *, principal: Any = None, **elements: Any) -> dict[str, Any]:
    written = {"Effect": effect, **elements}
    if "NotAction" not in elements:
        written.setdefault("Action", "s3:GetObject")
    if "NotResource" not in elements:
        written.setdefault("Resource", "arn:aws:s3:::in/*")
    return written if principal is None else {**written, "Principal": principal}


def policy(*statements: dict[str, Any], version: str | None = "2012-10-17") -> Policy:
    document: dict[str, Any] = {"Statement": list(statements)}
    return Policy.parse(document if version is None else {"Version": version, **document})


def ask(
    policies: PolicySet, who: str | Principal = ROLE, owner: str | None = CLIENT, key: str = KEY, **context: str
) -> Decision:
    """Decide s3:GetObject on ``key``; keyword ``aws_SourceIp`` becomes the condition key ``aws:SourceIp``."""
    principal = Principal.from_arn(who) if isinstance(who, str) else who
    values = {name.replace("_", ":", 1): (value,) for name, value in context.items()}
    return evaluate(Request(principal, "s3:GetObject", key, owner, values), policies)


IDENTITY = policy(statement(Action="s3:*", Resource="*"))
OTHER = policy(statement(Action="sqs:*", Resource="*"))


def granting(principal: Any) -> Any:
    return policy(statement(principal=principal))


def own(principal: Any, who: str | Principal, **layers: Any) -> Effect:
    """Same account, with no identity policy that would allow."""
    return ask(PolicySet.closed(resource=granting(principal), **layers), who, owner=STACK).effect


def across(resource: Any, who: str | Principal = ROLE, **context: str) -> Effect:
    return ask(PolicySet.closed(identity=(IDENTITY,), resource=resource), who, **context).effect


def test_rule_01_nothing_allows_by_default() -> None:
    assert ask(PolicySet.closed()).effect is IMPLICIT


@pytest.mark.parametrize("layer", ["identity", "resource", "boundary", "session", "endpoint", "scps", "rcps"])
def test_rule_01_a_deny_in_any_layer_wins(layer: str) -> None:
    everything: dict[str, Any] = {"Action": "*", "Resource": "*"}
    private = policy(statement(**everything))
    public = policy(statement(principal="*", **everything))
    layers: dict[str, Any] = {
        "identity": (private,),
        "resource": (public,),
        "boundary": (private,),
        "session": (private,),
        "endpoint": (public,),
        "scps": ((private,),),
        "rcps": ((public,),),
    }
    assert ask(PolicySet(**layers), SESSION).effect is ALLOW
    needs_principal = layer in {"resource", "endpoint", "rcps"}
    deny = policy(statement("Deny", principal="*" if needs_principal else None, **everything))
    levelled = layer in {"scps", "rcps"}
    decision = ask(PolicySet(**{**layers, layer: (*layers[layer], (deny,) if levelled else deny)}), SESSION)
    assert decision.effect is EXPLICIT
    assert [(finding.layer, finding.statement) for finding in decision.trace] == [(layer.rstrip("s"), 0)]


def test_rule_02_same_account_identity_or_bucket_policy_suffices() -> None:
    assert ask(PolicySet.closed(identity=(IDENTITY,)), owner=STACK).effect is ALLOW
    assert own({"AWS": ROLE}, ROLE) is ALLOW


def test_rule_03_cross_account_needs_both() -> None:
    assert across(granting({"AWS": ROLE})) is ALLOW
    assert across(None) is IMPLICIT
    assert ask(PolicySet.closed(resource=granting({"AWS": ROLE}))).effect is IMPLICIT


@pytest.mark.parametrize("layer", ["boundary", "session", "endpoint", "scps", "rcps"])
def test_rule_04_every_cap_intersects(layer: str) -> None:
    layers: dict[str, Any] = {"identity": (IDENTITY,), "resource": (granting({"AWS": ROLE}),)}
    layers |= {"boundary": (), "session": (), "endpoint": (), "scps": (), "rcps": ()}
    assert ask(PolicySet(**layers)).effect is ALLOW
    cap = (OTHER,) if layer in {"boundary", "session", "endpoint"} else ((OTHER,),)
    assert ask(PolicySet(**{**layers, layer: cap})).effect is IMPLICIT


def test_rule_04_each_level_of_service_control_has_to_allow() -> None:
    def under(*levels: Any) -> Effect:
        return ask(PolicySet((IDENTITY,), (granting({"AWS": ROLE}),), (), (), (), levels, ())).effect

    assert under((IDENTITY,), (OTHER, IDENTITY)) is ALLOW
    assert under((IDENTITY,), (OTHER,)) is IMPLICIT


@pytest.mark.parametrize(
    ("principal", "who", "effect"),
    [
        ({"AWS": USER}, USER, ALLOW),
        ({"AWS": SESSION}, SESSION, ALLOW),
        ("*", SESSION, ALLOW),
        ({"AWS": ROLE}, SESSION, IMPLICIT),
    ],
)
def test_rule_05_same_account_implicit_boundary_deny(principal: Any, who: str, effect: Effect) -> None:
    assert own(principal, who) is ALLOW
    assert own(principal, who, boundary=OTHER) is effect


@pytest.mark.parametrize("principal", [{"AWS": SESSION}, "*", {"AWS": ROLE}])
def test_rule_05_cross_account_caps_always_apply(principal: Any) -> None:
    layers = PolicySet.closed(identity=(IDENTITY,), resource=granting(principal), boundary=OTHER)
    assert ask(layers, SESSION).effect is IMPLICIT


def test_rule_05_a_session_policy_caps_a_role_grant_but_not_a_session_grant() -> None:
    assert own({"AWS": ROLE}, SESSION, session=(OTHER,)) is IMPLICIT
    assert own({"AWS": SESSION}, SESSION, session=(OTHER,)) is ALLOW


def test_rule_06_principal_arn_is_role() -> None:
    def only(arn: str) -> Effect:
        condition = {"ArnEquals": {"aws:PrincipalArn": arn}}
        return across(policy(statement(principal="*", Condition=condition)), Principal.session(SESSION, ROLE))

    assert only(ROLE) is ALLOW
    assert only(SESSION) is IMPLICIT


def test_rule_06_a_role_whose_path_is_not_known_passes_no_condition_on_its_arn() -> None:
    condition = {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{STACK}:role/teams/stack_prod"}}
    denied = policy(statement(principal="*"), statement("Deny", principal="*", Condition=condition))
    assert across(denied, SESSION) is UNKNOWN
    assert across(denied, Principal.session(SESSION, ROLE)) is ALLOW


def test_rule_06_the_caller_cannot_set_what_follows_from_the_principal() -> None:
    resource = policy(statement(principal="*", Condition={"StringEquals": {"AWS:principalARN": ROLE}}))
    request = Request(Principal.anonymous(), "s3:GetObject", KEY, CLIENT, {"aws:PrincipalArn": (ROLE,)})
    assert evaluate(request, PolicySet.closed(resource=resource)).effect is IMPLICIT


@pytest.mark.parametrize("account", [STACK, ROOT])
def test_rule_07_an_account_only_delegates(account: str) -> None:
    assert own({"AWS": account}, ROLE) is IMPLICIT
    assert across(granting({"AWS": account})) is ALLOW
    assert ask(PolicySet.closed(resource=granting({"AWS": account}))).effect is IMPLICIT


def test_root_needs_no_identity_policy_of_its_own() -> None:
    assert ask(PolicySet.closed(), ROOT, owner=STACK).effect is ALLOW
    assert ask(PolicySet.closed(), ROOT, owner=CLIENT).effect is IMPLICIT
    assert ask(PolicySet.closed(resource=granting({"AWS": STACK})), ROOT, owner=CLIENT).effect is ALLOW
    denied = policy(statement("Deny", principal={"AWS": ROOT}))
    assert ask(PolicySet.closed(resource=denied), ROOT, owner=STACK).effect is EXPLICIT


def test_rule_08_a_role_matches_its_sessions_and_a_session_only_itself() -> None:
    assert across(granting({"AWS": ROLE}), SESSION) is ALLOW
    assert across(granting({"AWS": SESSION}), SESSION) is ALLOW
    assert across(granting({"AWS": SESSION}), f"{SESSION}0") is IMPLICIT
    assert across(granting({"AWS": SESSION}), ROLE) is UNKNOWN
    assert across(granting({"AWS": USER}), ROLE) is IMPLICIT
    assert across(granting({"AWS": ROLE.lower().replace("stack", "Stack")})) is IMPLICIT


@pytest.mark.parametrize("principal", [f"arn:aws:iam::{STACK}:role/*", "1111*", f"arn:aws:iam::{STACK}:role/a?"])
def test_rule_08_partial_wildcards_in_a_principal_are_an_error(principal: str) -> None:
    with pytest.raises(InvalidPolicy, match=r"Statement\[0\]\.Principal\.AWS"):
        granting({"AWS": principal})


def test_rule_08_a_session_whose_roles_path_is_not_known_is_never_cleared() -> None:
    pathed = f"arn:aws:iam::{STACK}:role/teams/video/stack_prod"
    deny = policy(statement(principal="*"), statement("Deny", principal={"AWS": pathed}))
    assert across(deny, SESSION) is UNKNOWN
    assert across(deny, Principal.session(SESSION, pathed)) is EXPLICIT
    assert across(granting({"AWS": pathed}), Principal.session(SESSION, pathed)) is ALLOW


@pytest.mark.parametrize("everyone", ["*", {"AWS": "*"}, {"AWS": [ROLE, "*"]}])
def test_rule_09_everyone_includes_anonymous(everyone: Any) -> None:
    assert ask(PolicySet.closed(resource=granting(everyone)), Principal.anonymous()).effect is ALLOW
    assert ask(PolicySet.closed(resource=granting({"AWS": ROLE})), Principal.anonymous()).effect is IMPLICIT


def test_rule_09_without_principal_a_bucket_policy_says_nothing() -> None:
    assert across(policy(statement())) is IMPLICIT


def test_a_principal_where_none_belongs_never_allows() -> None:
    misplaced = policy(statement(principal="*"))
    assert ask(PolicySet.closed(identity=(misplaced,)), owner=STACK).effect is IMPLICIT


@pytest.mark.parametrize(
    ("spared", "who", "effect"),
    [
        ([SESSION, ROLE, ROOT], SESSION, ALLOW),
        ([SESSION, ROLE, STACK], SESSION, ALLOW),
        ([SESSION, ROLE], SESSION, EXPLICIT),
        ([ROLE, ROOT], SESSION, EXPLICIT),
        ([USER, ROOT], USER, ALLOW),
        ([USER], USER, EXPLICIT),
        ([SESSION, ROLE, ROOT], ROLE, UNKNOWN),
    ],
)
def test_rule_10_not_principal_has_to_list_every_name(spared: list[str], who: str, effect: Effect) -> None:
    deny = {"Effect": "Deny", "NotPrincipal": {"AWS": spared}, "Action": "s3:*", "Resource": "*"}
    assert across(policy(statement(principal="*"), deny), who) is effect


def test_not_principal_with_allow_never_matches() -> None:
    allow = {"Effect": "Allow", "NotPrincipal": {"AWS": CLIENT}, "Action": "s3:*", "Resource": "*"}
    assert across(policy(allow)) is IMPLICIT


@pytest.mark.parametrize(
    ("elements", "effect"),
    [
        ({"Action": "S3:getobject"}, ALLOW),
        ({"Action": ["s3:PutObject", "s3:Get*"]}, ALLOW),
        ({"Action": "s3:GetObject?"}, IMPLICIT),
        ({"Action": "*"}, ALLOW),
        ({"NotAction": "s3:Put*"}, ALLOW),
        ({"NotAction": "s3:get*"}, IMPLICIT),
        ({"Resource": "arn:aws:s3:::in/A/*"}, IMPLICIT),
        ({"Resource": "arn:aws:s3:::in*mov"}, ALLOW),
        ({"Resource": "arn:aws:s3:::in?a/film.mov"}, ALLOW),
        ({"Resource": "arn:aws:s3:::in"}, IMPLICIT),
        ({"Resource": "arn:*:s3:::in/*"}, ALLOW),
        ({"NotResource": "arn:aws:s3:::out/*"}, ALLOW),
        ({"NotResource": "arn:aws:s3:::in/a/*"}, IMPLICIT),
    ],
)
def test_rule_11_actions_and_resources(elements: dict[str, Any], effect: Effect) -> None:
    assert across(policy(statement(principal="*", **elements))) is effect


@pytest.mark.parametrize("version", ["2008-10-17", None])
def test_rule_12_before_2012_variables_are_literal(version: str | None) -> None:
    literal = policy(statement(principal="*", Resource="arn:aws:s3:::in/${aws:PrincipalAccount}/*"), version=version)
    layers = PolicySet.closed(identity=(IDENTITY,), resource=literal)
    assert ask(layers, key=f"arn:aws:s3:::in/{STACK}/x").effect is IMPLICIT
    assert ask(layers, key="arn:aws:s3:::in/${aws:PrincipalAccount}/x").effect is ALLOW


@pytest.mark.parametrize(
    ("pattern", "key", "effect"),
    [
        ("${aws:PrincipalAccount}/*", f"{STACK}/x", ALLOW),
        ("${aws:username}/*", "stack_prod/x", IMPLICIT),
        ("${aws:username, 'nobody'}/*", "nobody/x", ALLOW),
        ("a${*}b${?}c${$}d", "a*b?c$d", ALLOW),
        ("a${*}b", "axxb", IMPLICIT),
        ("${aws:PrincipalTag/team}", "*", ALLOW),
        ("${aws:PrincipalTag/team}", "anything", IMPLICIT),
    ],
)
def test_rule_13_variables(pattern: str, key: str, effect: Effect) -> None:
    resource = policy(statement(principal="*", Resource=f"arn:aws:s3:::in/{pattern}"))
    request = Request(
        Principal.from_arn(ROLE), "s3:GetObject", f"arn:aws:s3:::in/{key}", CLIENT, {"aws:PrincipalTag/team": ("*",)}
    )
    assert evaluate(request, PolicySet.closed(identity=(IDENTITY,), resource=resource)).effect is effect


def test_rule_13_an_unresolved_variable_never_opens_a_negated_element() -> None:
    loose = statement(principal="*", NotResource="arn:aws:s3:::in/${aws:username}/*")
    assert across(policy(loose)) is UNKNOWN
    condition = {"StringNotEquals": {"aws:PrincipalArn": "${aws:username}"}}
    assert across(policy(statement(principal="*", Condition=condition))) is UNKNOWN


def test_rule_13_what_fills_a_variable_matters_only_where_the_text_before_it_fits() -> None:
    def under(**resource: str) -> Effect:
        return across(policy(statement(principal="*", **resource)))

    assert under(Resource="arn:aws:s3:::in/${aws:userid}/*") is UNKNOWN
    assert under(Resource="arn:aws:s3:::out/${aws:userid}/*") is IMPLICIT
    assert under(NotResource="arn:aws:s3:::out/${aws:userid}/*") is UNKNOWN


def test_rule_19_a_layer_not_supplied_is_unknown_and_named() -> None:
    decision = ask(PolicySet(identity=(IDENTITY,), resource=(granting({"AWS": ROLE}),)))
    assert decision.effect is UNKNOWN
    assert set(decision.unknown) == {"boundary", "session", "endpoint", "scp", "rcp"}
    assert ask(PolicySet(resource=())).effect is IMPLICIT  # nothing that is missing could allow this


@pytest.mark.parametrize("layer", ["identity", "boundary", "session"])
def test_rule_19_a_layer_that_a_grant_escapes_could_still_deny(layer: str) -> None:
    known: dict[str, Any] = {"identity": (), "boundary": (), "session": (), "endpoint": (), "scps": (), "rcps": ()}
    granted = {**known, "resource": (granting({"AWS": SESSION}),)}
    assert ask(PolicySet(**granted), SESSION, owner=STACK).effect is ALLOW
    assert ask(PolicySet(**{**granted, layer: None}), SESSION, owner=STACK).effect is UNKNOWN


def test_rule_19_an_owner_not_known_is_unknown_unless_it_changes_nothing() -> None:
    one_sided = ask(PolicySet.closed(identity=(IDENTITY,)), owner=None)
    assert one_sided.effect is UNKNOWN
    assert one_sided.unknown == ("resource_account",)
    assert ask(PolicySet.closed(identity=(IDENTITY,), resource=granting({"AWS": ROLE})), owner=None).effect is ALLOW
    assert ask(PolicySet.closed(), owner=None).effect is IMPLICIT


def test_rule_19_a_condition_key_of_unknown_value_never_allows() -> None:
    def decide(*statements: dict[str, Any]) -> Decision:
        request = Request(Principal.from_arn(ROLE), "s3:GetObject", KEY, CLIENT, {}, frozenset({"aws:SourceIp"}))
        return evaluate(request, PolicySet.closed(identity=(IDENTITY,), resource=policy(*statements)))

    office = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    assert decide(statement(principal="*", Condition=office)).effect is UNKNOWN
    assert decide(statement(principal="*"), statement("Deny", principal="*", Condition=office)).effect is UNKNOWN


def test_rule_31_the_id_of_a_deleted_principal_never_matches() -> None:
    assert across(granting({"AWS": "AROAEXAMPLEEXAMPLE22"})) is IMPLICIT


def test_rule_34_partitions_do_not_mix() -> None:
    layers = PolicySet.closed(identity=(IDENTITY,), resource=policy(statement(principal="*", Resource="*")))
    assert ask(layers, key="arn:aws-cn:s3:::in/a").effect is IMPLICIT
    assert ask(layers, key="arn:aws:s3:::in/a").effect is ALLOW


@pytest.mark.parametrize("kind", ["CanonicalUser", "Federated"])
def test_a_principal_that_cannot_be_compared_settles_nothing(kind: str) -> None:
    assert across(policy(statement(principal="*"), statement("Deny", principal={kind: "x"}))) is UNKNOWN


@pytest.mark.parametrize("action", ["s3", "s3:", "s3:Get*", " s3:GetObject", "s3:GetObject\n"])
def test_a_request_names_one_action(action: str) -> None:
    with pytest.raises(InvalidDocument):
        Request(Principal.from_arn(ROLE), action, KEY, CLIENT)


@pytest.mark.parametrize("arn", ["", "role/x", f"arn:aws:iam::{STACK}:role/", f"arn:aws:iam::{STACK}:group/g", KEY])
def test_only_users_roles_sessions_and_roots_make_requests(arn: str) -> None:
    with pytest.raises(InvalidDocument):
        Principal.from_arn(arn)


def test_rule_04_scps_follow_the_principal_and_rcps_the_owner_whoever_asks() -> None:
    nothing: dict[str, Any] = {"identity": None, "resource": (granting("*"),), "boundary": None, "session": None}
    closed = PolicySet(**nothing, endpoint=(), scps=((OTHER,),), rcps=())
    assert ask(closed, Principal.anonymous()).effect is ALLOW  # who has no account has no SCP
    root = PolicySet(**nothing, endpoint=(), scps=((OTHER,),), rcps=())
    assert ask(root, ROOT, owner=STACK).effect is IMPLICIT
    rcps = PolicySet(**nothing, endpoint=(), scps=(), rcps=((OTHER,),))
    assert ask(rcps, Principal.anonymous()).effect is IMPLICIT


def test_rule_13_a_variable_of_unknown_value_settles_nothing() -> None:
    resource = policy(statement(principal="*", Resource="arn:aws:s3:::in/${aws:PrincipalTag/team}/*"))
    request = Request(
        Principal.from_arn(ROLE), "s3:GetObject", KEY, CLIENT, unknown_keys=frozenset({"aws:principaltag/team"})
    )
    assert evaluate(request, PolicySet.closed(identity=(IDENTITY,), resource=resource)).effect is UNKNOWN


def test_rule_19_what_every_request_carries_is_unknown_until_given() -> None:
    deny = statement("Deny", principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})
    assert across(policy(statement(principal="*"), deny)) is UNKNOWN
    assert across(policy(statement(principal="*"), deny), aws_SecureTransport="true") is ALLOW
    assert across(policy(statement(principal="*"), deny), aws_SecureTransport="false") is EXPLICIT


def test_rule_19_the_owners_account_is_known_when_it_is_named() -> None:
    own_only = policy(statement(principal="*", Condition={"StringEquals": {"aws:ResourceAccount": CLIENT}}))
    request = Request(
        Principal.from_arn(ROLE), "s3:GetObject", KEY, CLIENT, unknown_keys=frozenset({"aws:ResourceAccount"})
    )
    assert evaluate(request, PolicySet.closed(identity=(IDENTITY,), resource=own_only)).effect is ALLOW
    layers = PolicySet.closed(identity=(IDENTITY,), resource=own_only)
    assert ask(layers, owner=None).effect is UNKNOWN


def test_the_keys_that_an_outcome_depends_on() -> None:
    guarded = statement(
        principal="*",
        Resource="arn:aws:s3:::in/${aws:username}/*",
        Condition={"StringLike": {"s3:Prefix": "${aws:PrincipalTag/team}/*"}},
    )
    levels = (policy(statement(Condition={"Null": {"aws:SourceVpce": "true"}})),)
    assert PolicySet(resource=(policy(guarded),), scps=(levels,)).keys == {
        *("aws:username", "s3:prefix", "aws:principaltag/team", "aws:sourcevpce"),
    }


@pytest.mark.parametrize(
    ("session", "role"),
    [
        (ROLE, None),
        (SESSION, f"arn:aws:iam::{STACK}:role/other"),
        (SESSION, f"arn:aws:iam::{CLIENT}:role/stack_prod"),
        (SESSION, USER),
    ],
)
def test_a_session_belongs_to_its_role(session: str, role: str | None) -> None:
    with pytest.raises(InvalidDocument):
        Principal.session(session, role)


def test_rule_08_users_are_neither_roles_nor_sessions() -> None:
    assert across(granting({"AWS": [ROLE, SESSION]}), USER) is IMPLICIT
    assert across(granting({"AWS": f"arn:aws:sts::{STACK}:federated-user/ann"}), USER) is IMPLICIT


def test_a_finding_reads_as_a_sentence() -> None:
    allowed = ask(PolicySet.closed(identity=(policy({"Sid": "All", **statement(Resource="*")}),)), owner=STACK)
    assert [str(finding) for finding in allowed.trace] == ["identity policy 0 statement 0 (All): Allow, matches"]
    denied = ask(PolicySet.closed(), owner=STACK)
    assert [str(finding) for finding in denied.trace] == [
        "identity or resource (same account): ImplicitDeny, does not allow"
    ]
