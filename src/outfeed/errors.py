"""Every error that a user can meet: its code, and its docstring as the sentence that is shown.

Status codes and bodies belong to the dialects; this page knows none. `docs/reference/errors.md` lists all of them, and
a test compares the two.
"""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar


class OutfeedError(Exception):
    """Something went wrong."""

    #: Short, stable name for programs.
    code: ClassVar[str] = "error"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        #: What is particular to this case, in plain words; empty where the sentence says it all.
        self.detail = detail
        #: Most memory that a conversion had taken when it ended with this error, in bytes; None where none had run.
        self.peak_memory_bytes: int | None = None

    def __str__(self) -> str:
        """Return the sentence for the user: the class's docstring, then the detail."""
        sentence = inspect.cleandoc(type(self).__doc__ or "").splitlines()[0]
        return f"{sentence} {self.detail}".strip()


# --- What a request can get wrong -------------------------------------------------------------------------------------


class RequestError(OutfeedError):
    """The request cannot be served as it is."""

    code = "request_refused"


class MalformedBody(RequestError):
    """The request body could not be parsed."""

    code = "malformed_body"


class BodyTooLarge(RequestError):
    """The request body is larger than this server accepts."""

    code = "body_too_large"


class BodyTooSlow(RequestError):
    """The request body did not come in time."""

    code = "body_too_slow"


class MissingField(RequestError):
    """A required field is missing."""

    code = "missing_field"


class InvalidField(RequestError):
    """A field has a value of the wrong type or form."""

    code = "invalid_field"


class NotFound(RequestError):
    """There is nothing here under this name, or it is not yours."""

    code = "not_found"


class BlobLost(NotFound):
    """The bytes behind this name are not in the store."""

    code = "blob_lost"


class NotAllowed(RequestError):
    """You may see this, but not do that with it."""

    code = "not_allowed"


class AlreadyExists(RequestError):
    """The name is taken."""

    code = "already_exists"


class ProjectExists(AlreadyExists):
    """The caller has a project of this kind with the same name or number."""

    code = "project_exists"

    def __init__(self, field: str) -> None:
        super().__init__()
        #: What is the same: `name` or `number`.
        self.field = field


class NotMeaningful(RequestError):
    """The request is well-formed but asks for something that cannot be done."""

    code = "not_meaningful"


class NotBuilt(RequestError):
    """The call is not built yet in this server."""

    code = "not_built"


class Unauthenticated(RequestError):
    """The access token is missing, malformed, expired or not from this server."""

    code = "unauthenticated"


class PrinterTokenMissing(Unauthenticated):
    """The X-Printer-Auth-Token header with a printer's token is missing."""

    code = "printer_token_missing"


class PrinterTokenDead(RequestError):
    """No printer has this token any more: register again."""

    code = "printer_token_dead"


class CodeUnknown(NotFound):
    """There is no such registration code, or it was used, or it is too old."""

    code = "code_unknown"


class PrinterBusy(NotMeaningful):
    """The printer cannot begin another job now."""

    code = "printer_busy"


class AddressRefused(NotMeaningful):
    """Addresses like that are not called by this server."""

    code = "address_refused"


class TokenMissing(Unauthenticated):
    """The Authorization header with an access token is missing."""

    code = "token_missing"


class ScopeMissing(RequestError):
    """The access token does not carry a scope that this call needs."""

    code = "scope_missing"


class LinkExpired(RequestError):
    """The signed address has expired or was changed."""

    code = "link_expired"


class ClientUnknown(RequestError):
    """No app has this client id and secret."""

    code = "client_unknown"


class ScopeUnknown(InvalidField):
    """A scope that was asked for is not one of this server's."""

    code = "scope_unknown"


class GrantUnknown(InvalidField):
    """The grant type is not one of this server's."""

    code = "grant_unknown"


class OriginRefused(RequestError):
    """In open mode the server answers programs and pages of its own machine only."""

    code = "origin_refused"


class TryLater(RequestError):
    """The request cannot be served now; try again later."""

    code = "try_later"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__()
        #: Seconds until the next request would be served, as far as can be told.
        self.retry_after_s = retry_after_s


class RateLimited(TryLater):
    """Too many requests; try again later."""

    code = "rate_limited"


class ServerBusy(TryLater):
    """The server has no time for this now, and has kept nothing of it; try again later."""

    code = "server_busy"


class RangeNotSatisfiable(RequestError):
    """The range asked for lies outside the object."""

    code = "range_not_satisfiable"

    def __init__(self, size: int) -> None:
        super().__init__()
        #: The object's size in bytes.
        self.size = size


class PreconditionFailed(RequestError):
    """The object is not in the state that the request's conditions ask for."""

    code = "precondition_failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedPart:
    """A part of an upload that cannot be completed."""

    #: `Pending`, `Unexpected`, `TooSmall`, `Unexpected+TooSmall` or `Ok`.
    status: str
    #: What has arrived, in bytes; None: nothing.
    size: int | None
    #: MD5 of what has arrived, as hex.
    etag: str | None


class ChunkRefused(RequestError):
    """The Content-Range header is missing, or no chunk can have this place."""

    code = "chunk_refused"


class ChecksumMismatch(RequestError):
    """The bytes do not have the checksum that the request names."""

    code = "checksum_mismatch"

    def __init__(self, sha1: str) -> None:
        super().__init__()
        #: What they hash to, as hex.
        self.sha1 = sha1


class UploadMismatch(RequestError):
    """The uploaded parts are not the ones that the request names."""

    code = "upload_mismatch"

    def __init__(self, parts: Mapping[int, CheckedPart], *, size: int | None, upload_key: str) -> None:
        super().__init__()
        #: Those that are there and those that should be, by number.
        self.parts = parts
        #: What all together should have, in bytes; None: nobody said.
        self.size = size
        self.upload_key = upload_key


# --- What a source file can be ----------------------------------------------------------------------------------------


class SourceError(OutfeedError):
    """The source file cannot be converted."""

    code = "source_refused"


class SourceEmpty(SourceError):
    """The source file holds no triangles."""

    code = "source_empty"


class SourceDamaged(SourceError):
    """The source file is damaged or is not of the format that it is said to be."""

    code = "source_damaged"


class SourceIncomplete(SourceError):
    """The source file needs another file that did not come with it."""

    code = "source_incomplete"


class SourceUnsupported(SourceError):
    """The source file is of a kind that this server does not read."""

    code = "source_unsupported"


class NotFinite(SourceError):
    """The source file has a coordinate that is not a finite number."""

    code = "not_finite"


class IndexOutOfRange(SourceError):
    """The source file has a face that names a vertex which is not there."""

    code = "index_out_of_range"


class TooManyTriangles(SourceError):
    """The source file has more triangles than this server accepts."""

    code = "too_many_triangles"


class FormatUnknown(SourceError):
    """The format is not one that this server knows."""

    code = "format_unknown"


class ReaderMissing(SourceError):
    """What reads this format is not installed on this server."""

    code = "reader_missing"


class SourceLocked(SourceError):
    """The source file is protected by a password, or its owner does not allow what was asked for."""

    code = "source_locked"


class NoSheets(SourceError):
    """The source file has nothing that could be a sheet."""

    code = "no_sheets"


class DrawingTooLarge(SourceError):
    """The source file has more pages, or more on them, than this server accepts."""

    code = "drawing_too_large"


class TargetTooSmall(SourceError):
    """The mesh does not fit into the target format."""

    code = "target_too_small"


# --- How a conversion can end badly -----------------------------------------------------------------------------------


class ChildError(OutfeedError):
    """The conversion ended without a result."""

    code = "conversion_failed"


class ChildCrashed(ChildError):
    """The conversion crashed on this file."""

    code = "conversion_crashed"


class ChildKilled(ChildError):
    """The conversion was ended from outside, several times."""

    code = "conversion_killed"


class ChildVanished(ChildError):
    """The conversion was ended from outside."""

    code = "conversion_vanished"


class ChildTimedOut(ChildError):
    """The conversion took longer than this server allows."""

    code = "conversion_timed_out"


class ChildOutOfMemory(ChildError):
    """The conversion needed more memory than this server allows."""

    code = "conversion_out_of_memory"


class ChildOutputTooLarge(ChildError):
    """The conversion wrote more than this server allows."""

    code = "conversion_output_too_large"


class ChildWentOnline(ChildError):
    """The conversion tried to use the network, which it may not."""

    code = "conversion_network_denied"


class ChildWroteOutside(ChildError):
    """The conversion tried to use files outside its own folder, which it may not."""

    code = "conversion_files_denied"


class ChildForked(ChildError):
    """The conversion tried to start other programs, which it may not."""

    code = "conversion_processes_denied"


class ChildDenied(ChildError):
    """The conversion tried to reach beyond its own process, which it may not."""

    code = "conversion_denied"


class ChildGarbled(ChildError):
    """The conversion answered with something that is no answer."""

    code = "conversion_garbled"


class ChildBroken(ChildError):
    """The conversion failed with an unexpected error."""

    code = "conversion_broken"


class StorageFull(ChildError):
    """The server has no space left for the result."""

    code = "storage_full"


class JobCancelled(ChildError):
    """The job was cancelled."""

    code = "job_cancelled"


class WorkerLost(ChildError):
    """The worker died too often while it ran this job."""

    code = "worker_lost"


# --- What the server cannot start with --------------------------------------------------------------------------------


class DefinitionInvalid(OutfeedError):
    """A definition of the printer database cannot be used."""

    code = "definition_invalid"


def every_error() -> Iterator[type[OutfeedError]]:
    """Yield each error class of this page once, base classes before their kinds."""
    waiting: list[type[OutfeedError]] = [OutfeedError]
    while waiting:
        error = waiting.pop(0)
        yield error
        waiting.extend(error.__subclasses__())


def by_code(code: str) -> type[OutfeedError]:
    """Return the class with this code, or `ChildBroken` for a code that nobody here uses."""
    return next((error for error in every_error() if error.code == code), ChildBroken)
