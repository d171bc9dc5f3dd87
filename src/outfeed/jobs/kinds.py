"""What a kind of job is: the function that converts, its limits, and what becomes of its results."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from outfeed.blobs.store import Staged
from outfeed.jobs.job import Job
from outfeed.jobs.work import Limits


@dataclass(frozen=True, kw_only=True, slots=True)
class Results:
    """What a conversion left behind, already stored for good under its digests."""

    #: What the conversion's function returned.
    facts: dict[str, Any]
    #: The files that it wrote, by name.
    files: Mapping[str, Staged]


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One kind of job."""

    name: str
    #: `package.module:function` that the child process calls.
    target: str
    limits: Limits
    #: Writes the rows that make the results visible, in the transaction that ends the job; returns the job's result.
    finish: Callable[[sa.Connection, Job, Results, int], dict[str, Any]]
