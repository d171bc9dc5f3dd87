"""What OpenAPI says of calls beyond their paths: by what each of them is signed. A test asks them all."""

import re
from typing import Any, Final

from outfeed.dialects.spark.constants import PREFIXES, PRINTER_HEADER

#: What a caller can show.
SCHEMES: Final[dict[str, dict[str, str]]] = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "An access token: from one of the sign-in calls, or from `outfeed token create`.",
    },
    "app": {"type": "http", "scheme": "basic", "description": "Client id and secret of an app."},
    "printer": {
        "type": "apiKey",
        "in": "header",
        "name": PRINTER_HEADER,
        "description": "The token that a printer was given when it registered.",
    },
}

#: Any one of these signs a call; an empty one: nothing does, or what stands in its address or its body.
Security = list[dict[str, list[str]]]

_NOTHING: Final[Security] = []
_TOKEN: Final[Security] = [{"token": []}]
_APP: Final[Security] = [{"app": []}]
_APP_OR_BODY: Final[Security] = [{"app": []}, {}]
_PRINTER: Final[Security] = [{"printer": []}]
_PRINTER_OR_NEW: Final[Security] = [{"printer": []}, {}]

#: Method and path of the calls that no token signs, Spark's prefixes left out; the first that fits counts.
_OTHERS: Final[list[tuple[re.Pattern[str], Security]]] = [
    (re.compile(r"POST /print/printers/registration_code"), _PRINTER_OR_NEW),
    (re.compile(r"POST /print/printers/(status|command/\{.*)|\S+ /print/printers/jobs(/\{.*)?"), _PRINTER),
    (re.compile(r"POST (/authentication/v1/authenticate|/authentication/v2/token|/connect/token)"), _APP_OR_BODY),
    (re.compile(r"POST /authentication/v2/introspect"), _APP),
    # Signed addresses, and what anybody may read.
    (
        re.compile(
            r"\S+ /(print/printables|print/logs|oss/v2/signeds3|oss/v2/signedresources|construction/exports)/.*"
        ),
        _NOTHING,
    ),
    (re.compile(r"\S+ /(blobs/(exports|versions|uploads)/.*|\{encoded_source\}/output/.*)"), _NOTHING),
    (re.compile(r"GET /(printdb/.*|authentication/v2/keys|connect/jwks|\.well-known/.*)"), _NOTHING),
    (re.compile(r"GET /(healthz|readyz|metrics|formats|openapi\.json|docs)?"), _NOTHING),
]

_SPARK: Final = re.compile("|".join(re.escape(prefix) for prefix in PREFIXES if prefix))


def security_of(method: str, path: str) -> Security:
    """Return by what a call is signed; the path is one of OpenAPI's, with names in braces."""
    prefix = _SPARK.match(path)
    call = f"{'GET' if method.upper() == 'HEAD' else method.upper()} {path[prefix.end() if prefix else 0 :]}"
    return next((security for pattern, security in _OTHERS if pattern.fullmatch(call)), _TOKEN)


def with_security(described: dict[str, Any]) -> dict[str, Any]:
    """Return a description of calls with what signs each of them; it is changed."""
    described.setdefault("components", {})["securitySchemes"] = SCHEMES
    for path, calls in described["paths"].items():
        for method, call in calls.items():
            call["security"] = security_of(method, path)
    return described
