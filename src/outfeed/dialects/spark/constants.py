"""Numbers and words of the API, so that a typo is an error."""

from enum import IntEnum
from typing import Final

from outfeed.jobs.states import State

#: One implementation is served under all prefixes that clients were written for (specs/spark.md, section 1).
PREFIXES: Final = ("/ps/v1", "/v1", "/api/v1", "")

#: First path segments under a prefix that belong to this dialect.
AREAS: Final = ("geom", "print", "printdb", "files")

#: `POST` asks for both, as the reference page says; `GET` too (specs/spark.md, section 2.1).
SCOPES: Final = ("data:read", "data:write")

#: In which a printer's token comes; and as it was called in 2015.
PRINTER_HEADER: Final = "X-Printer-Auth-Token"
OLD_PRINTER_HEADER: Final = "Printer-Auth-Token"

#: Our states in the words of the API. There is no word for "cancelled": the error says it.
STATUS: Final = {
    State.QUEUED: "running",
    State.RUNNING: "running",
    State.SUCCEEDED: "done",
    State.FAILED: "error",
    State.CANCELLED: "error",
}


class Operation(IntEnum):
    """The middle digits of an error code: the call that failed (specs/spark.md, section 3.3)."""

    ANY = 0
    IMPORT = 1
    VISUAL = 2
    RENAME = 3
    EXPORT = 4
    TRANSFORM = 5
    ANALYZE = 6
    GET_MESH = 200
    GET_TASK = 220
    #: Ours: the vendor's server answered files without codes.
    FILES = 240
    #: Ours: the vendor's server had no pictures.
    THUMBNAIL = 241
    #: Ours, from here on: the vendor's pages print no numbers for printers.
    PRINTER = 250
    REGISTER = 251
    STATUS = 252
    COMMAND = 253
    ACK = 254
    PRINT_JOB = 255
    PRINTDB = 256


class Reason(IntEnum):
    """The last digits of an error code that a body can earn."""

    MISSING = 0
    INVALID = 1
    NOT_FOUND = 2
    BAD_FILE_TYPE = 3
    #: Ours: the caller may see it, but not do that with it.
    NOT_ALLOWED = 8
    #: Ours: the vendor's server had no 422.
    NOT_MEANINGFUL = 9


def caller_code(operation: Operation, reason: int) -> int:
    """Return the code of a caller's mistake: `100402` is "export: not found"."""
    return 100_000 + operation * 100 + reason


#: Codes of tasks that failed, by operation: `3`, the operation, and the digits that the vendor's server used.
TASK_CODE: Final = {
    Operation.IMPORT: 300_104,
    Operation.VISUAL: 300_204,
    Operation.EXPORT: 300_405,
    Operation.ANALYZE: 300_603,
    Operation.TRANSFORM: 300_503,
    #: Ours, in the same scheme.
    Operation.THUMBNAIL: 324_104,
}

#: Columns and rows that a picture may have.
THUMBNAIL_PX: Final = range(64, 1025)

#: Ours, for what can happen to any call: the vendor's pages print no code for these.
CODE_MALFORMED: Final = 100_001
CODE_TOO_LARGE: Final = 100_002
CODE_UNAUTHENTICATED: Final = 100_003
CODE_SCOPE: Final = 100_004
CODE_NO_ENDPOINT: Final = 100_005
CODE_METHOD: Final = 100_006
CODE_RATE: Final = 100_007
CODE_NOT_BUILT: Final = 100_008
CODE_OTHER: Final = 100_009
CODE_PRINTER_TOKEN: Final = 100_010
CODE_TOO_SLOW: Final = 100_011
CODE_BUSY: Final = 300_001
CODE_UNEXPECTED: Final = 300_000
