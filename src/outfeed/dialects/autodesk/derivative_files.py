"""Names of files in Model Derivative, and addresses of them that work without a token.

A file's path is `<encoded name of the source>/output/<what it was made by>/<its name there>`. With a prefix that is its
resource id; behind this server's address it is where it is downloaded (specs/bim360.md, sections 1.3 and 4).
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

from outfeed.blobs.links import EXPIRES, SIGNATURE
from outfeed.dialects.autodesk.names import encoded, letters, unencoded, unlettered
from outfeed.errors import LinkExpired, NotFound
from outfeed.exports.sheet_requests import SheetExportKind
from outfeed.http.context import Incoming, base_url, services
from outfeed.library.artifacts import ArtifactFile

#: What a resource id has before the path.
PREFIX: Final = "urn:adsk.viewing:fs.file:"
#: What a download may be told to say of itself, in the query of its address.
DISPOSITION: Final = "response-content-disposition"
#: The three parts of a policy, in the order in which clients take them from the cookies (section 4.5).
POLICY_NAMES: Final = ("Policy", "Key-Pair-Id", "Signature")
#: What the names of the cookies begin with.
COOKIE_PREFIX: Final = "CloudFront-"

_PATH: Final = re.compile(r"([A-Za-z0-9_-]+)/output/([A-Za-z0-9_-]{22})/(.+)", re.DOTALL)
#: The file of a page's export is called by the job that made it.
_BY_JOB: Final = re.compile(r"([A-Za-z0-9_-]{22})\.pdf")
_KEY_PAIR: Final = "OUTFEED"
#: Stands for the method in the signature of a policy, so that neither is good for the other.
_POLICY_METHOD: Final = "POLICY"
#: base64 in the letters of CloudFront's policies.
_TO_POLICY: Final = bytes.maketrans(b"+=/", b"-_~")
_FROM_POLICY: Final = bytes.maketrans(b"-_~", b"+=/")
#: Longest policy that is looked at, in characters.
_LONGEST_POLICY: Final = 8_192
#: No policy ends as late as this.
_END_OF_TIME_S: Final = 1 << 40


@dataclass(frozen=True, slots=True)
class FileName:
    """What a path says."""

    #: Name of the version or the object that it was made from.
    source: str
    #: The export of a page, or the derivative.
    owner_id: str
    #: Its name there, with slashes between folders.
    name: str

    @property
    def job_id(self) -> str | None:
        """The job that made the export of a page; None: it is a derivative's file."""
        found = _BY_JOB.fullmatch(self.name)
        return unlettered(found[1]) if found else None


@dataclass(frozen=True, kw_only=True, slots=True)
class DerivativeFile:
    """A file behind a path."""

    file: ArtifactFile
    #: That a download is saved under.
    name: str
    #: The version that it is an export of, as a page; None: it is a derivative's file.
    version_id: str | None


def page_path(version: str, export_id: str, job_id: str) -> str:
    """Return the path of an exported page, of a version with this name."""
    return derivative_path(version, export_id, f"{letters(job_id)}.pdf")


def derivative_path(source: str, derivative_id: str, name: str) -> str:
    """Return the path of a derivative's file, of a source with this name."""
    return f"{encoded(source)}/output/{letters(derivative_id)}/{name}"


def resource_id(path: str) -> str:
    """Return the resource id of a path."""
    return PREFIX + path


def resource_path(id_: str) -> str:
    """Return the path in a resource id, or raise `NotFound`."""
    if not id_.startswith(PREFIX):
        raise NotFound(f"Derivative {id_[:80]}.")
    return id_.removeprefix(PREFIX)


def parse_path(path: str) -> FileName:
    """Return what a path says, or raise `NotFound`: each file has one path, and no other spelling of it counts."""
    found = _PATH.fullmatch(path)
    if not found:
        raise NotFound(f"Derivative {path[:80]}.")
    source = unencoded(found[1])
    if encoded(source) != found[1]:
        raise NotFound(f"Derivative {path[:80]}.")
    return FileName(source, unlettered(found[2]), found[3])


def find_file(request: Incoming, named: FileName) -> DerivativeFile:
    """
    Return the file that a path names, whoever asks: the path is signed, or they may read its source.

    Raises
    ------
    NotFound
        If there is none, or another job made it, or it was made of another source. Whether an exported page is of this
        version is for who did not sign the path to look at.
    """
    if named.job_id is None:
        file = services(request).derivatives.file(named.source, named.owner_id, named.name)
        return DerivativeFile(file=file, name=file.name, version_id=None)
    export = services(request).sheet_exports.by_link(named.owner_id)
    if export.artifact is None or (export.kind, export.job_id) != (SheetExportKind.PAGE, named.job_id):
        raise NotFound(f"Export {named.owner_id}.")
    return DerivativeFile(file=export.artifact, name=export.file_name, version_id=export.version_id)


# --- Addresses that need no token -------------------------------------------------------------------------------------


def signed_url(request: Incoming, path: str, ttl_s: int) -> str:
    """Return an address of a file that works without a token for so many seconds."""
    expires_at_ms = services(request).clock() + 1000 * ttl_s
    query = services(request).links.sign("GET", sent_path(path), expires_at_ms=expires_at_ms, scope={})
    return f"{base_url(request)}{sent_path(path)}?{query}"


def file_url(request: Incoming, path: str, said: Mapping[str, str]) -> str:
    """Return the address of a file, which needs a policy; `said` is what the download shall say of itself."""
    query = f"?{urlencode(said, quote_via=quote)}" if said else ""
    return f"{base_url(request)}{sent_path(path)}{query}"


def sign_policy(request: Incoming, path: str, *, expires_at_s: int, said: Mapping[str, str]) -> dict[str, str]:
    """
    Return a policy that opens a file, its key and its signature, in the order of `POLICY_NAMES`.

    Parameters
    ----------
    expires_at_s
        When it stops to, in whole seconds since 1970-01-01 UTC.
    said
        The rest of the query of the address that it is good for.
    """
    links = services(request).links
    query = links.sign(_POLICY_METHOD, sent_path(path), expires_at_ms=1000 * expires_at_s, scope=said)
    statement = {"Resource": sent_path(path), "Condition": {"DateLessThan": {"AWS:EpochTime": expires_at_s}}}
    text = json.dumps({"Statement": [statement]}, separators=(",", ":")).encode()
    policy = base64.b64encode(text).translate(_TO_POLICY).decode()
    return dict(zip(POLICY_NAMES, (policy, _KEY_PAIR, dict(parse_qsl(query))[SIGNATURE]), strict=True))


def check_address(request: Incoming, path: str) -> dict[str, str]:
    """
    Return what a signed address tells a download to say of itself.

    A policy counts wherever it stands: in the query, or in cookies.

    Raises
    ------
    LinkExpired
        If it is not signed, too old, or anything in it is not as it was signed.
    """
    query = request.scope["query_string"].decode("latin-1")
    fields = dict(parse_qsl(query, keep_blank_values=True))
    if SIGNATURE in fields:
        return _verified(request, "GET", path, query)
    policy = {name: fields.pop(name, request.cookies.get(COOKIE_PREFIX + name, "")) for name in POLICY_NAMES}
    said = {name: text for name, text in fields.items() if name == DISPOSITION}
    expiry = {EXPIRES: str(1000 * _policy_end(policy["Policy"])), SIGNATURE: policy["Signature"]}
    return _verified(request, _POLICY_METHOD, path, "&".join(f"{k}={quote(v)}" for k, v in {**said, **expiry}.items()))


def _verified(request: Incoming, method: str, path: str, query: str) -> dict[str, str]:
    parts = services(request)
    return parts.links.verify(method, sent_path(path), query, now_ms=parts.clock())


def _policy_end(policy: str) -> int:
    """Return when a policy says that it ends, in seconds, or raise `LinkExpired` for what is none."""
    try:
        text = base64.b64decode(policy[:_LONGEST_POLICY].encode("ascii").translate(_FROM_POLICY), validate=True)
        found: Any = json.loads(text)["Statement"][0]["Condition"]["DateLessThan"]["AWS:EpochTime"]
    except (binascii.Error, ValueError, LookupError, TypeError, RecursionError) as error:
        raise LinkExpired from error
    if type(found) is not int or not 0 <= found < _END_OF_TIME_S:
        raise LinkExpired
    return found


def sent_path(path: str) -> str:
    """Return the path of an address as it is signed, however a client encodes it."""
    return f"/{quote(path)}"
