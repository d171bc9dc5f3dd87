"""A job as the rest of the system sees it."""

from dataclasses import dataclass
from typing import Any

from outfeed.jobs.states import State


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """The durable work behind an import or an export."""

    id: str
    #: Whom the job works for; nobody else can see it.
    principal_id: str
    #: Name of the `Kind` that runs it.
    kind: str
    state: State
    #: Share done, 0.0 to 1.0.
    progress: float
    #: What to do: `inputs` (file name → blob digest), `options` for the conversion, and what `finish` needs.
    spec: dict[str, Any]
    #: What came out; None until the job has succeeded.
    result: dict[str, Any] | None
    #: Code and sentence of what went wrong; None unless the job has failed or was cancelled.
    error_code: str | None
    error_message: str | None
    #: How often a worker has started it.
    attempts: int
    #: Most memory that its conversion used, in bytes; None until one has ended.
    peak_memory_bytes: int | None
    created_at: int
    started_at: int | None
    updated_at: int
    finished_at: int | None
