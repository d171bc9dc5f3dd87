"""The words of OpenID Connect, out."""

from typing import Any

from outfeed.identity.scopes import SCOPES
from outfeed.identity.service import Grant
from outfeed.identity.tokens import ALGORITHM, ISSUER


def token_json(grant: Grant) -> dict[str, Any]:
    """Return a token. Clients copy its type into the Authorization header, and need to know how long it lives."""
    return {
        "access_token": grant.access_token,
        "token_type": "Bearer",
        "expires_in": grant.expires_in_s,
        "scope": " ".join(grant.scopes),
    }


def configuration_json(base: str) -> dict[str, Any]:
    """
    Return the metadata of OpenID Connect Discovery and RFC 8414.

    Clients of the iTwin platform refuse it unless all required fields are there, so the pages of a user's login stand
    in it too; as long as they are not built there are no response types.
    """
    methods = ["client_secret_basic", "client_secret_post"]
    return {
        "issuer": ISSUER,
        "authorization_endpoint": f"{base}/connect/authorize",
        "token_endpoint": f"{base}/connect/token",
        "userinfo_endpoint": f"{base}/connect/userinfo",
        "end_session_endpoint": f"{base}/connect/endsession",
        "introspection_endpoint": f"{base}/authentication/v2/introspect",
        "jwks_uri": f"{base}/connect/jwks",
        "scopes_supported": list(SCOPES),
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_methods_supported": methods,
    }
