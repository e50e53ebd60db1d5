"""Every known difference between the RADOS Gateway (16.2) and what AWS documents, as far as pairs can meet it.

A difference is a way to read a question, not an answer that is forgiven: the evaluator, given the question as the
gateway reads it, has to say what the gateway says. So one that is too wide spoils pairs, and one that is dead has no
witness. Whatever is not told here, both must agree on. What takes several requests to see (who began an upload may
not abort it, ``ExpectedBucketOwner`` is not looked at) is pinned in ``acceptance/test_s3_facts.py``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from support import rgw_reading as reading
from support.differential import HOME, Answer, Json, Pair, Question, Sent
from support.rgw_reading import Reading, clauses, statements

_MORE = (Answer.ALLOWED, Answer.REFUSED)
_IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
_S3 = "https://docs.aws.amazon.com/AmazonS3/latest/"
_OPERATORS = f"{_IAM}reference_policies_elements_condition_operators.html"
_PRINCIPAL = f"{_IAM}reference_policies_elements_principal.html"
_ACTIONS = f"{_S3}userguide/using-with-s3-policy-actions.html"


@dataclass(frozen=True, slots=True)
class Difference:
    """What the gateway does, what AWS does and where it says so; the reading; a pair that only this one decides.

    ``answers`` are the gateway's answer to this witness and the evaluator's by AWS's rules.
    """

    name: str
    gateway: str
    aws: str
    source: str
    read: Reading
    witness: Pair
    answers: tuple[Answer, Answer] = (Answer.REFUSED, Answer.ALLOWED)


def as_gateway(question: Question) -> Question:
    """Read a question with every difference."""
    return _read(question, DIFFERENCES)


def causes(question: Question) -> Iterator[str]:
    """Name the differences without which the gateway's answer would be another."""
    answer = as_gateway(question).answer()
    for number, difference in enumerate(DIFFERENCES):
        read = difference.read(question)
        if read is not question and _read(question, DIFFERENCES[number + 1 :]).answer() is not answer:
            yield difference.name
        question = read


def _read(question: Question, differences: Sequence[Difference]) -> Question:
    for difference in differences:
        question = difference.read(question)
    return question


def _policy(*written: Json) -> Json:
    return {"Version": "2012-10-17", "Statement": list(written)}


def _to(principal: Any, action: str = "s3:*", resource: str = "*", **elements: Any) -> Json:
    named = {"Principal": {"AWS": principal}} if principal else {}
    return {"Effect": "Allow", **named, "Action": action, "Resource": resource, **elements}


def _if(operator: str, key: str, *values: str, who: str = "") -> Json:
    """A policy that grants everything under one condition."""
    return _policy(_to(who or _ANN, Condition={operator: {key: list(values)}}))


_ANN, _CHIEF = f"arn:aws:iam::{HOME}:user/ann", f"arn:aws:iam::{HOME}:user/chief"
_CLERK, _BOB = f"arn:aws:iam::{HOME}:role/clerk", "arn:aws:iam::444455556666:user/bob"
_ALL = _policy(_to(None))
_READ = Sent("GetObject", "GET", "a/b/reel.mov")
_WRITE = Sent("PutObject", "PUT", "new/reel.mov", headers={"If-Match": '"none"'})


def _referred(by: str) -> Sent:
    return Sent("GetObject", "GET", "a/b/reel.mov", headers={"Referer": by})


def _writing(**headers: str) -> Sent:
    named = {f"x-amz-{name}": value for name, value in headers.items()}
    return Sent("PutObject", "PUT", "new/reel.mov", headers={"If-Match": '"none"', **named})


# In the order in which the gateway's readings build on each other.
DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "last-statement",
        "Under a session policy, how the bucket policy's last statement names the session (as role, as session, or not"
        " at all) is taken for how all its statements do.",
        "Each statement grants by itself; only one that names the session itself escapes the session policy.",
        f"{_IAM}access_policies.html#policies_session",
        reading.last_statement,
        Pair("clerk", _READ, _policy(_to(_CLERK), _to(_ANN)), session=_ALL),
    ),
    Difference(
        "empty-acl",
        "A PutObject without an ACL carries s3:x-amz-acl with an empty value.",
        "The key is there when the header is.",
        f"{_S3}userguide/amazon-s3-policy-keys.html",
        reading.empty_acl,
        Pair("ann", _WRITE, _if("Null", "s3:x-amz-acl", "true")),
    ),
    Difference(
        "thousand-keys",
        "A listing that does not say how many keys it wants carries s3:max-keys with 1000.",
        "The key is there when the parameter is.",
        f"{_S3}userguide/amazon-s3-policy-keys.html",
        reading.thousand_keys,
        Pair("ann", Sent("ListObjectsV2", "GET", query="list-type=2"), _if("Null", "s3:max-keys", "true")),
    ),
    Difference(
        "no-tags-to-set",
        "Conditions do not see the tags that PutObjectTagging sets.",
        "s3:RequestObjectTag holds them.",
        f"{_S3}userguide/tagging-and-policies.html",
        reading.no_tags_to_set,
        Pair(
            "ann",
            Sent(
                "PutObjectTagging",
                "PUT",
                "a/reel.mov",
                "tagging",
                body=b"<Tagging><TagSet><Tag><Key>stage</Key><Value>final</Value></Tag></TagSet></Tagging>",
            ),
            _if("StringEquals", "s3:RequestObjectTag/stage", "final"),
        ),
    ),
    Difference(
        "key-spelling",
        "The name of a condition key counts with its case; keys that the gateway does not know are absent.",
        "Names of condition keys are not case-sensitive.",
        f"{_IAM}reference_policies_elements_condition.html",
        clauses(reading.key_spelling),
        Pair("ann", _READ, _if("StringEquals", "aws:useragent", "ct")),
    ),
    Difference(
        "no-secure-transport",
        "Over plain HTTP aws:SecureTransport is absent, so a Deny of what is not secure never applies.",
        "Every request carries it, as true or false.",
        f"{_IAM}reference_policies_condition-keys.html#condition-keys-securetransport",
        clauses(reading.no_transport),
        Pair("ann", _READ, _if("Bool", "aws:SecureTransport", "false")),
    ),
    Difference(
        "variables-in-conditions",
        "A variable has a meaning only when it is a whole value, and of several values only the last is looked at.",
        "Variables may stand anywhere in a value, in each of them, under version 2012-10-17 only.",
        f"{_IAM}reference_policies_variables.html",
        clauses(reading.variables),
        Pair("ann", _READ, _if("StringEquals", "s3:ExistingObjectTag/owner", "${aws:username}", "bob")),
    ),
    Difference(
        "who-asks",
        "aws:PrincipalType is always User; a session carries in aws:username who assumed the role, and an anonymous"
        " request is made by anonymous.",
        "aws:PrincipalType tells them apart; only IAM users have an aws:username.",
        f"{_IAM}reference_policies_variables.html#principaltable",
        reading.who_asks,
        Pair("clerk", _READ, _if("StringEquals", "aws:PrincipalType", "AssumedRole", who=_CLERK)),
    ),
    Difference(
        "no-variables-in-resources",
        "A variable in a resource is so many characters.",
        "It is filled in, or with ${*}, ${?} and ${$} one plain character.",
        f"{_IAM}reference_policies_variables.html",
        statements(reading.no_variables),
        Pair(
            "ann",
            Sent("GetObject", "GET", "${aws:username}/reel.mov"),
            _policy(_to(_ANN, resource="arn:aws:s3:::film/${$}*")),
        ),
    ),
    Difference(
        "null-false",
        "Null asks whether the key is absent, also where it says false.",
        "Null with false asks whether the key is there.",
        f"{_OPERATORS}#Conditions_Null",
        clauses(reading.presence),
        Pair("ann", _referred("x"), _if("Null", "aws:Referer", "false")),
    ),
    Difference(
        "address-versions",
        "An IPv4 address is within an IPv6 range when the bare numbers are: ::/0 holds every address.",
        "Addresses of the two versions never match each other.",
        f"{_OPERATORS}#Conditions_IPAddress",
        clauses(reading.address_versions),
        Pair("ann", _READ, _if("IpAddress", "aws:SourceIp", "::/0")),
        answers=_MORE,
    ),
    Difference(
        "no-arn-operators",
        "The Arn operators are read and never hold for a key that is there.",
        "They compare ARNs segment by segment.",
        f"{_OPERATORS}#Conditions_ARN",
        clauses(reading.no_arn_operators),
        Pair("ann", _referred("arn:aws:s3:::film"), _if("ArnEquals", "aws:Referer", "arn:aws:s3:::film")),
    ),
    Difference(
        "absent-is-no",
        "A negated test (StringNotEquals) of a key that the request does not carry does not hold.",
        "It holds.",
        _OPERATORS,
        clauses(reading.absent_is_no),
        Pair("ann", _READ, _if("StringNotEquals", "aws:Referer", "x")),
    ),
    Difference(
        "no-second-try-in-values",
        "In StringLike a star ends where the character after it first stands.",
        "A star stands for any characters, however many.",
        f"{_OPERATORS}#Conditions_String",
        clauses(reading.hasty_like),
        Pair("ann", _referred("a/b/"), _if("StringLike", "aws:Referer", "*/")),
    ),
    Difference(
        "unreadable-is-no",
        "A negated test skips the values that cannot be compared, and does not hold when none is left.",
        "Not told: the evaluator leaves it open.",
        _OPERATORS,
        clauses(reading.unreadable_is_no),
        Pair(
            "ann",
            Sent("ListObjectsV2", "GET", query="list-type=2&max-keys=10"),
            _if("NumericNotEquals", "s3:max-keys", "ten"),
        ),
        answers=(Answer.REFUSED, Answer.UNKNOWN),
    ),
    Difference(
        "other-than-one",
        "A negated test of several values holds when the request's value differs from any one of them.",
        "It holds when it differs from all.",
        f"{_IAM}reference_policies_condition-logic-multiple-context-keys-or-values.html",
        clauses(reading.other_than_one),
        Pair("ann", _READ, _if("StringNotEquals", "aws:UserAgent", "ct", "other")),
        answers=_MORE,
    ),
    Difference(
        "not-action",
        "A statement with NotAction never applies.",
        "It applies to every action that is not listed.",
        f"{_IAM}reference_policies_elements_notaction.html",
        statements(reading.not_action),
        Pair("ann", _READ, _policy({**reading.without(_to(_ANN), "Action"), "NotAction": "s3:PutObject"})),
    ),
    Difference(
        "not-principal",
        "NotPrincipal goes with Allow, too, and spares whom it names by any one name: the user, the role, the session,"
        " who assumed the role, or a user's account.",
        "NotPrincipal is for Deny alone, and has to name who is spared under every name.",
        f"{_IAM}reference_policies_elements_notprincipal.html",
        statements(reading.not_principal),
        Pair("ann", _READ, _policy({**_to(None), "NotPrincipal": {"AWS": _BOB}})),
        answers=_MORE,
    ),
    Difference(
        "account-principal",
        "An account as principal is each of its users, without a policy of their own; sessions of its roles it is not.",
        "It delegates to the account, whose own policies then decide, and includes its roles.",
        f"{_PRINCIPAL}#principal-accounts",
        statements(reading.account_principal),
        Pair("ann", _READ, _policy(_to(HOME))),
        answers=_MORE,
    ),
    Difference(
        "user-behind-session",
        "To name who assumed a role is to name the session.",
        "A session has the role's principal, not that of who assumed it.",
        f"{_PRINCIPAL}#principal-role-session",
        statements(reading.user_behind_session),
        Pair("clerk", _READ, _policy(_to(_CHIEF))),
        answers=_MORE,
    ),
    Difference(
        "not-resource-abroad",
        "A statement with NotResource in a policy of another account's user reaches every bucket, as no ARN there is"
        " one of this account.",
        "Across accounts the bucket's policy has to allow as well, and ARNs of buckets carry no account.",
        f"{_IAM}reference_policies_evaluation-logic-cross-account.html",
        reading.not_resource_abroad,
        Pair(
            "bob",
            _READ,
            identity=_policy({**reading.without(_to(None), "Resource"), "NotResource": "arn:aws:s3:::other/*"}),
        ),
        answers=_MORE,
    ),
    Difference(
        "own-account-not-asked",
        "The bucket's policy lets in another account's user alone.",
        "The user's own account has to allow it as well.",
        f"{_IAM}reference_policies_evaluation-logic-cross-account.html",
        reading.own_account_not_asked,
        Pair("bob", _READ, _policy(_to(_BOB))),
        answers=_MORE,
    ),
    Difference(
        "no-put-acl",
        "An ACL sent along with a write takes no permission.",
        "It takes s3:PutObjectAcl.",
        _ACTIONS,
        reading.no_put_acl,
        Pair("ann", _writing(acl="private"), _policy(_to(_ANN, "s3:PutObject"))),
        answers=_MORE,
    ),
    Difference(
        "no-put-tagging",
        "Tags sent along with a write take no permission.",
        "They take s3:PutObjectTagging.",
        _ACTIONS,
        reading.no_put_tagging,
        Pair("ann", _writing(tagging="stage=final"), _policy(_to(_ANN, "s3:PutObject"))),
        answers=_MORE,
    ),
    Difference(
        "listing-alone",
        "Who may list, by whichever policy says so first, is told that a key is missing; the owner always is.",
        "Who may read and list is; everybody else gets 403.",
        f"{_S3}API/API_GetObject.html",
        reading.listing_alone,
        Pair("ann", Sent("GetObject", "GET", "gone.mov"), _policy(_to(_ANN, "s3:ListBucket"))),
        answers=_MORE,
    ),
    Difference(
        "put-for-abort",
        "To abort an upload, a session's policy is asked for s3:PutObject.",
        "It is asked for s3:AbortMultipartUpload, as every other policy.",
        f"{_S3}userguide/mpuoverview.html",
        reading.put_for_abort,
        Pair(
            "clerk",
            Sent("AbortMultipartUpload", "DELETE", "new/reel.mov", "uploadId=none-such"),
            _policy(_to(_CLERK)),
            session=_policy(_to(None, "s3:AbortMultipartUpload")),
        ),
    ),
    Difference(
        "bytes",
        "A question mark in a resource is one byte of UTF-8.",
        "It is one character.",
        f"{_IAM}reference_policies_elements_resource.html",
        statements(reading.by_bytes),
        Pair("ann", Sent("GetObject", "GET", "é/1:2 3+4.mov"), _policy(_to(_ANN, resource="arn:aws:s3:::film/?/*"))),
    ),
    Difference(
        "no-second-try",
        "In actions and resources a star ends where the character after it first stands.",
        "A star stands for any characters, however many.",
        f"{_IAM}reference_policies_elements_resource.html",
        statements(reading.hasty_statement),
        Pair("ann", _READ, _policy(_to(_ANN, resource="arn:aws:s3:::film/*/reel.mov"))),
    ),
)
