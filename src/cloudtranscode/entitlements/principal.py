"""Who makes a request, and whether a ``Principal`` element names them.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.entitlements.policy import Principals
from cloudtranscode.entitlements.truth import Truth, all_of, any_of, negate
from cloudtranscode.errors import InvalidDocument

# Condition keys that follow from the principal alone; nothing else may set them.
PRINCIPAL_KEYS = frozenset({"aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:username"})


class PrincipalKind(StrEnum):
    """The requesters that the engine knows; the value is what ``aws:PrincipalType`` says."""

    USER = "User"
    ROLE = "AssumedRole"
    ROOT = "Account"
    ANONYMOUS = "Anonymous"


class Grip(IntEnum):
    """How a ``Principal`` element took hold of the requester; it decides which caps a grant escapes (rule 5)."""

    ACCOUNT = 1
    ROLE = 2
    EVERYONE = 3
    USER = 4
    SESSION = 5


@dataclass(frozen=True, slots=True)
class Principal:
    """A requester. ``arn`` is the user's, the root's, or the role's behind a session; ``None`` for anonymous.

    ``path_known`` is false for a session whose role may have an IAM path: STS leaves the path out of session ARNs.
    """

    kind: PrincipalKind
    account: str | None = None
    arn: str | None = None
    session_arn: str | None = None
    path_known: bool = True

    @classmethod
    def from_arn(cls, text: str) -> Principal:
        """Read a user, role, root or session ARN. Errors: :class:`InvalidDocument`."""
        arn = Arn.parse(text)
        if arn.is_session:
            return cls.session(text)
        kinds = {PrincipalKind.USER: arn.is_user, PrincipalKind.ROLE: arn.is_role, PrincipalKind.ROOT: arn.is_root}
        for kind, found in kinds.items():
            if found:
                return cls(kind, arn.account, text)
        raise InvalidDocument(
            f"{text!r} does not name a user, role, session or account root.",
            remedy="Give the ARN of the role or user that makes the requests.",
        )

    @classmethod
    def session(cls, text: str, role_arn: str | None = None) -> Principal:
        """Read ``arn:aws:sts::<account>:assumed-role/<role>/<session>``.

        ``role_arn`` tells a role's path (``role/path/name``), which the session's ARN does not carry; without it
        what ``aws:PrincipalArn`` holds is not known to conditions.
        Errors: :class:`InvalidDocument`, also when the two do not belong together.
        """
        arn = Arn.parse(text)
        if not arn.is_session:
            raise InvalidDocument(f"{text!r} is not an assumed role's session.")
        role = Arn.parse(role_arn) if role_arn else arn.role
        if not role.is_role or (role.partition, role.account, role.name) != (arn.partition, arn.account, arn.role.name):
            raise InvalidDocument(f"{role_arn!r} is not the role behind {text!r}.")
        return cls(PrincipalKind.ROLE, arn.account, str(role), text, role_arn is not None)

    @classmethod
    def anonymous(cls) -> Principal:
        """Return the requester who signs nothing."""
        return cls(PrincipalKind.ANONYMOUS)

    @property
    def partition(self) -> str | None:
        """``aws``, ``aws-cn``, ``aws-us-gov``; ``None`` for anonymous."""
        return Arn.parse(self.arn).partition if self.arn else None

    def context(self) -> dict[str, tuple[str, ...]]:
        """Return the condition keys that follow from who asks, in lower case; ``aws:PrincipalArn`` by rule 6."""
        keys: dict[str, tuple[str, ...]] = {"aws:principaltype": (self.kind.value,)}
        if self.arn and self.account:
            keys |= {"aws:principalarn": (self.arn,), "aws:principalaccount": (self.account,)}
        if self.kind is PrincipalKind.USER and self.arn:
            keys["aws:username"] = (Arn.parse(self.arn).name,)
        return keys


def grips(principal: Principal, element: Principals) -> dict[Grip, Truth]:
    """Return how a ``Principal`` element holds ``principal``: one entry per kind of grip that does or may.

    ``None`` is for a session that is not known, a role's path that is not known, and identities (canonical user,
    federated) that cannot be compared with an ARN.
    """
    found: dict[Grip, Truth] = {Grip.EVERYONE: True} if element.everyone else {}
    if principal.kind is PrincipalKind.ANONYMOUS:
        return found  # rule 9: only "*" includes who has no ARN
    for text in element.aws:
        grip, truth = _grip(principal, text)
        if truth is not False:
            found[grip] = any_of([truth, found.get(grip, False)])
    if any(kind != "Service" for kind, _ in element.others):
        found.setdefault(Grip.ACCOUNT, None)
    return found


def named(principal: Principal, element: Principals) -> Truth:
    """Whether a statement with this ``Principal`` or ``NotPrincipal`` applies to ``principal``."""
    held = grips(principal, element)
    if not element.negated:
        return any_of(held.values())
    # Rule 10: NotPrincipal spares only who is listed under every name: session, role or user, and account.
    return negate(any_of([held.get(Grip.EVERYONE, False), all_of(held.get(grip, False) for grip in _names(principal))]))


def accounts(element: Principals) -> frozenset[str] | None:
    """Return the accounts of all whom a ``Principal`` may name; ``None``: they may be of any."""
    if element.everyone or element.others or element.negated:
        return None
    return frozenset(text.split(":")[4] if text.startswith("arn:") else text for text in element.aws)


def _names(principal: Principal) -> tuple[Grip, ...]:
    return {
        PrincipalKind.USER: (Grip.USER, Grip.ACCOUNT),
        PrincipalKind.ROLE: (Grip.SESSION, Grip.ROLE, Grip.ACCOUNT),
        PrincipalKind.ROOT: (Grip.ACCOUNT,),
        PrincipalKind.ANONYMOUS: (Grip.EVERYONE,),
    }[principal.kind]


def _grip(principal: Principal, text: str) -> tuple[Grip, Truth]:
    """Compare one member of ``Principal.AWS``: an account id, an ARN, or the id of a deleted principal (rule 31)."""
    if not text.startswith("arn:"):
        return Grip.ACCOUNT, text == principal.account  # rule 7
    arn = Arn.parse(text)
    if (arn.partition, arn.account) != (principal.partition, principal.account):
        return Grip.ACCOUNT, False
    if arn.is_session:
        return Grip.SESSION, _same_session(principal, arn)
    if arn.is_role:
        return Grip.ROLE, _same_role(principal, arn)
    return (Grip.ACCOUNT, True) if arn.is_root else (Grip.USER, text == principal.arn)


def _same_session(principal: Principal, arn: Arn) -> Truth:
    if principal.kind is not PrincipalKind.ROLE or principal.arn is None:
        return False
    if principal.session_arn is not None:
        return principal.session_arn == str(arn)  # rule 8: one session
    return None if Arn.parse(principal.arn).name == arn.role.name else False


def _same_role(principal: Principal, arn: Arn) -> Truth:
    if principal.kind is not PrincipalKind.ROLE or principal.arn is None:
        return False
    if principal.arn == str(arn):
        return True  # rule 8: all its sessions
    # Role names are unique in an account whatever their path, so the name alone says "perhaps".
    return None if not principal.path_known and Arn.parse(principal.arn).name == arn.name else False
