"""The condition keys that do not belong to one service.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import difflib
from collections.abc import Collection

_GLOBAL = frozenset(
    f"aws:{name.lower()}"
    for name in (
        *("AssumedRoot", "CalledVia", "CalledViaAWSMCP", "CalledViaFirst", "CalledViaLast", "ChatbotSourceArn"),
        *("CurrentTime", "Ec2InstanceSourcePrivateIPv4", "Ec2InstanceSourceVpc", "EpochTime", "FederatedProvider"),
        *("IsMcpServiceAction", "MultiFactorAuthAge", "MultiFactorAuthPresent", "PrincipalAccount", "PrincipalArn"),
        *("PrincipalIsAWSService", "PrincipalOrgID", "PrincipalOrgPaths", "PrincipalServiceName"),
        *("PrincipalServiceNamesList", "PrincipalType", "Referer", "RequestedRegion", "ResourceAccount"),
        *("ResourceOrgID", "ResourceOrgPaths", "SecureTransport", "SignInSessionArn", "SourceAccount", "SourceArn"),
        *("SourceIdentity", "SourceIp", "SourceOrgID", "SourceOrgPaths", "SourceOwner", "SourceVpc", "SourceVpcArn"),
        *("SourceVpce", "TagKeys", "TokenIssueTime", "UserAgent", "userid", "username", "ViaAWSMCPService"),
        *("ViaAWSService", "VpcSourceIp", "VpceAccount", "VpceOrgID", "VpceOrgPaths"),
    )
)
_TAGS = ("aws:principaltag/", "aws:requesttag/", "aws:resourcetag/")

# Keys of one service that the sessions of its roles carry into requests to every other.
CROSS_SERVICE = frozenset(
    {
        *("ec2:roledelivery", "ec2:sourceinstancearn", "glue:credentialissuingservice", "glue:roleassumedby"),
        *("identitystore:userid", "lambda:sourcefunctionarn", "ssm:sourceinstancearn"),
    }
)
# Prefixes of identity providers in trust policies; they are no services.
FEDERATED = frozenset({"accounts.google.com", "graph.facebook.com", "www.amazon.com", "saml", "cognito-identity"})


def is_global(key: str) -> bool:
    """Whether a key, in lower case, belongs to every service."""
    return key in _GLOBAL or key in CROSS_SERVICE or any(key.startswith(tag) and key != tag for tag in _TAGS)


def carried(key: str, known: Collection[str]) -> bool:
    """Whether ``key`` is among these, some of which end in a variable part."""
    return key in known or any(key.startswith(stem) and key != stem for stem in map(_stem, known) if stem)


def nearest(key: str, more: Collection[str]) -> str | None:
    """Return the key that may have been meant."""
    close = difflib.get_close_matches(key[:80], [*_GLOBAL, *more], n=1, cutoff=0.8)
    return close[0] if close else None


def _stem(known: str) -> str:
    """What stands before the variable part; ``""`` for a key without one."""
    cut = min((at for at in (known.find("<"), known.find("${")) if at >= 0), default=0)
    return known[:cut]
