"""One print of a simulated printer, and what printers of each style say of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from outfeed.simulator.words import JobStatus, Status, Style

#: Of the resin, in degrees Celsius.
_TEMPERATURE: Final = 32.5


@dataclass(slots=True)
class Print:
    """What a printer makes, layer by layer."""

    #: As the server calls it; a print that began at the machine has a name of its own.
    job_id: str
    #: The command that began it; None: nobody's command did.
    task_id: str | None
    name: str
    layers: int
    layer: int = 0
    status: JobStatus = JobStatus.RECEIVED
    #: When the next layer is done, by the clock of the machine.
    next_at: float = 0.0
    error: str | None = None

    @property
    def is_under_way(self) -> bool:
        """Tell whether it is neither done nor given up."""
        return self.status in {JobStatus.RECEIVED, JobStatus.PRINTING, JobStatus.PAUSED}

    @property
    def progress(self) -> float:
        """Return the share that is done, 0 to 1."""
        return round(self.layer / self.layers, 4)


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What an acknowledgement tells of its command."""

    progress: float
    error_code: int = 0
    error_message: str | None = None
    #: An object; text where the vendor's simulator sends JSON as text.
    data: Mapping[str, Any] | str = field(default_factory=dict)


def ping_body(style: Style, status: Status, current: Print | None, *, layer_s: float) -> dict[str, Any]:
    """Return the body of a status ping. A print that has failed is the error that it tells."""
    body: dict[str, Any] = {"printer_status": status.value}
    failed = current is not None and current.status is JobStatus.FAILED
    if failed or style is Style.EMBER:
        body |= {"error_code": 500 if failed else 0, "error_message": current.error if current else None}
    if current is None:
        return body | {"data": {_temperature(style): _TEMPERATURE}}
    return body | job_fields(current) | {"data": _data(style, current, layer_s)}


def ack_body(style: Style, status: Status, current: Print | None, told: Told) -> dict[str, Any]:
    """Return the body of an acknowledgement; `current` is the print that it speaks of, if it does."""
    body: dict[str, Any] = {"progress": told.progress, "printer_status": status.value}
    if told.error_code or style is Style.EMBER:
        body |= {"error_code": told.error_code, "error_message": told.error_message}
    return body | (job_fields(current) if current else {}) | {"data": told.data}


def layer_data(style: Style, current: Print, *, layer_s: float) -> dict[str, Any]:
    """Return what the vendor's simulator adds to the acknowledgement of each layer."""
    return _data(style, current, layer_s) | {"job_status": current.status.value}


def job_fields(current: Print) -> dict[str, Any]:
    """Return how a print stands, as statuses and acknowledgements tell it."""
    return {"job_id": current.job_id, "job_status": current.status.value, "job_progress": current.progress}


def _data(style: Style, current: Print, layer_s: float) -> dict[str, Any]:
    return {
        "job_name": current.name,
        "job_id": current.job_id,
        "layer": current.layer,
        "total_layers": current.layers,
        "seconds_left": round((current.layers - current.layer) * layer_s),
        _temperature(style): _TEMPERATURE,
    }


def _temperature(style: Style) -> str:
    # The vendor's simulator spells it so (specs/spark.md, section 8.2).
    return "temperature" if style is Style.EMBER else "temprature"
