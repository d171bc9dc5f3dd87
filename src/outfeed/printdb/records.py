"""What a definition says. The API's units: centimetres, centimetres per second, seconds, degrees Celsius, radians."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Technology(StrEnum):
    """How a machine makes a layer."""

    #: It hardens resin with light.
    DLP = "DLP"
    #: It melts a filament.
    FDM = "FDM"


@dataclass(frozen=True, kw_only=True, slots=True)
class Volume:
    """Where a machine prints; three numbers each: x, y and z."""

    #: `Cartesian` or `Cylindrical`.
    shape: str
    size: tuple[float, float, float]
    #: Where the corner of the bed is, as the machine counts.
    offset: tuple[float, float, float]
    home: tuple[float, float, float]
    park: tuple[float, float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintableKind:
    """The files that a machine prints."""

    #: Media types of the file and of the picture in it.
    content: str
    thumbnail: str
    #: How the names of such files end, without the first dot.
    extension: str
    generates_supports: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class PrinterType:
    """A kind of machine."""

    id: str
    version: int
    name: str
    manufacturer: str
    model: str
    technology: Technology
    default_material: str
    default_profile: str
    #: The program in the machine: `type`, and `version` or `generation`.
    firmware: Mapping[str, Any]
    volume: Volume
    printable: PrintableKind
    max_materials: int
    #: How programs of a local network or a cable reach it.
    connections: tuple[Mapping[str, Any], ...]
    preferred_connection: str | None
    max_speeds: Mapping[str, float]
    #: The maker's own program: `name` and `url`.
    software: Mapping[str, Any]
    #: Figures of the machine, flat: `nozzle_diameter`, `img_width`, …
    capabilities: Mapping[str, Any]
    #: The key below which its firmware looks for the settings of a job; None: it has none.
    settings_root: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Material:
    """What a machine prints with."""

    id: str
    version: int
    name: str
    technology: Technology
    composition: str
    #: Ids, in their defined spelling.
    printer_types: tuple[str, ...]
    #: Six hexadecimal digits: red, green, blue.
    color: str
    #: For a kilogram or a litre, in no particular currency.
    cost: float
    rating: float
    opacity: float
    shrink_pct: float | None
    manufacturer: str
    website: str
    #: Temperatures, diameters, exposures, flat.
    properties: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """How a machine prints: layers, speeds, exposures, supports."""

    id: str
    version: int
    name: str
    technology: Technology
    #: Ids, in their defined spelling.
    printer_types: tuple[str, ...]
    materials: tuple[str, ...]
    #: Flat: `layer_height`, `speed_travel`, `model_layer_exposure_time`, …
    settings: Mapping[str, Any]
