"""What printers say and are told: the words of the protocol (specs/spark.md, sections 8 and 9), and the faults."""

from enum import StrEnum


class Status(StrEnum):
    """How a printer says that it is."""

    READY = "ready"
    PRINTING = "printing"
    PAUSED = "paused"
    MAINTENANCE = "maintenance"


class JobStatus(StrEnum):
    """How a printer says that a print stands."""

    RECEIVED = "received"
    PRINTING = "printing"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELED = "canceled"
    FAILED = "failed"


class Order(StrEnum):
    """Commands that a printer knows; it is told others too."""

    PRINT_DATA = "print_data"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    RESET = "reset"
    CALIBRATE = "calibrate"
    HOME = "home"
    PARK = "park"
    SETTINGS = "settings"
    REQUEST_SETTINGS = "request_settings"
    LOG = "log"
    LOGS = "logs"
    FIRMWARE_UPGRADE = "firmware_upgrade"


class Style(StrEnum):
    """Whose manners a printer has."""

    #: Ember's firmware: JSON, two acknowledgements for each command; a print is told of in status pings.
    EMBER = "ember"
    #: The vendor's simulator: forms, one acknowledgement for each command, and one for each layer of a print.
    SIMULATOR = "simulator"


class Fault(StrEnum):
    """What a printer does wrong."""

    #: Loses its connection, also just when a command comes, which it then has read or not.
    DROP_CONNECTION = "drop-connection"
    #: Acknowledges so late that the command was sent again.
    LATE_ACK = "late-ack"
    #: Acknowledges everything twice.
    DOUBLE_ACK = "double-ack"
    #: Tells progress that goes backwards, is out of range or no number, and prints on after the end.
    LYING_PROGRESS = "lying-progress"
    #: Falls silent for a while when a command comes, and tells later what it did meanwhile.
    SILENT = "silent"
    #: Begins with a token that no printer has.
    WRONG_TOKEN = "wrong-token"  # noqa: S105 - the name of a fault


class Transport(StrEnum):
    """How a printer's channel reaches the server."""

    WEBSOCKET = "websocket"
    LONG_POLLING = "long-polling"
