"""What is asked: who wants to do what to which resource, and what the request carries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cloudtranscode.entitlements.condition import Context
from cloudtranscode.entitlements.principal import PRINCIPAL_KEYS, Principal
from cloudtranscode.errors import InvalidDocument

_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9]+")
_ASSUME = "sts:assumerole"
_OWNER_KEY = "aws:resourceaccount"
# What every request carries: without a value here it is not known, never absent.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
_ALWAYS_CARRIED = frozenset({"aws:currenttime", "aws:epochtime", "aws:securetransport", "aws:userid"})
# What nobody can put into a request: what follows from the principal; and rule 35.
_NOT_CARRIED = PRINCIPAL_KEYS | {"sts:externalid"}


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants to do what to which resource.

    ``action`` is ``service:Name``; ``resource`` an ARN or ``*``; ``resource_account`` the owner's account id, ``None``
    when not known. ``context`` maps condition keys (any case) to their values; a key left out is absent from the
    request, unless ``unknown_keys`` names it: the request carries it, the caller does not know with what value.
    The keys that follow from principal and owner are filled in here; those that every request carries (time, transport,
    user id) are not known until given. Errors: :class:`InvalidDocument`.
    """

    principal: Principal
    action: str
    resource: str
    resource_account: str | None
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unknown_keys: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not _ACTION.fullmatch(self.action):
            raise InvalidDocument(f"{self.action!r} is not one action, such as s3:GetObject.")

    def full_context(self, of_principal: Mapping[str, tuple[str, ...]] | None = None) -> Context:
        """Return the context as conditions see it, with lower-case keys.

        ``of_principal`` is what ``principal.context()`` returns, for who has asked already.
        """
        excluded = PRINCIPAL_KEYS if self.action.lower() == _ASSUME else _NOT_CARRIED
        values: dict[str, tuple[str, ...]] = {}
        for key, carried in self.context.items():
            name = key.lower()
            if name not in excluded:
                values[name] = (*values.get(name, ()), *carried)
        values.update(self.principal.context() if of_principal is None else of_principal)
        if self.resource_account is not None:
            values[_OWNER_KEY] = (self.resource_account,)
        unknown = _ALWAYS_CARRIED.difference(values)
        if self.unknown_keys:
            unknown = unknown.union(map(str.lower, self.unknown_keys)).difference(values, excluded)
        if not self.principal.path_known:
            unknown |= {"aws:principalarn"}
        if self.resource_account is None:
            unknown |= {_OWNER_KEY}
        return Context(values, unknown)
