"""What Model Derivative reads and writes: translation jobs, formats, thumbnails, download addresses."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from outfeed.errors import FormatUnknown, InvalidField, MissingField, NotBuilt
from outfeed.exports.derivatives import DerivativeFormat, DerivativeSource
from outfeed.http.bodies import Params, text_of
from outfeed.http.streams import is_header_text
from outfeed.library.artifacts import ArtifactFile
from outfeed.mesh.units import Unit
from outfeed.scene.registry import SCENE_READERS
from outfeed.sheets.registry import SHEET_READERS

#: Sides of the pictures, in pixels.
PICTURE_SIDES: Final = (100, 200, 400)
#: The picture for who asks for no size.
DEFAULT_SIDE: Final = 200
#: Longest life of a download address and its cookies, and the one that they have if none is asked for, in minutes.
MOST_MINUTES: Final = 360
#: Regions whose names are understood; all is in one place.
REGIONS: Final = ("US", "EMEA", "APAC", "AUS", "CAN", "DEU", "IND", "JPN", "GBR")

#: The vendor's units that this server writes; with another one numbers stay as they are, as in the reference.
_UNITS: Final = {
    "meter": Unit.METRE,
    "centimeter": Unit.CENTIMETRE,
    "millimeter": Unit.MILLIMETRE,
    "micrometer": Unit.MICROMETRE,
    "foot": Unit.FOOT,
    "inch": Unit.INCH,
}
#: Stands for the whole model where objects of it may be named.
_WHOLE_MODEL: Final = -1
#: Most formats of one job.
_MOST_FORMATS: Final = 100
#: Longest `response-content-disposition`, in characters.
_LONGEST_DISPOSITION: Final = 1_024

Wanted = dict[DerivativeFormat, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A translation that is asked for."""

    #: Name of the source, encoded; as the client has it.
    urn: str
    #: Options of each format, in the words of `outfeed.exports.derivatives`.
    wanted: Wanted
    #: As the client has sent it; goes back to it.
    output: Params


# --- Jobs -------------------------------------------------------------------------------------------------------------


def parse_job(params: Params) -> Job:
    """
    Read the body of `POST job`.

    Raises
    ------
    MissingField, InvalidField
        If something is not there or of the wrong form.
    FormatUnknown
        If a format is asked for that is not made here.
    NotBuilt
        If a part of the API is asked for that is not built.
    """
    source, output = _group(params, "input"), _group(params, "output")
    if _is_true(source.get("compressedUrn")):
        raise NotBuilt("compressedUrn: a ZIP with one model in it is translated as it is; leave it out.")
    formats = output.get("formats")
    if not isinstance(formats, list) or not formats:
        raise MissingField("Missing: output.formats, a list of what to make.")
    if len(formats) > _MOST_FORMATS:
        raise InvalidField(f"output.formats has at most {_MOST_FORMATS} entries.")
    return Job(urn=text_of(source, "urn"), wanted=dict(map(_parse_format, formats)), output=output)


def job_json(job: Job, urn: str, *, made: bool) -> dict[str, Any]:
    """Return what is answered to a job: `success` where something is made now, `created` where all was there."""
    return {
        "result": "success" if made else "created",
        "urn": urn,
        "acceptedJobs": {"output": job.output},
    }


def _parse_format(entry: Any) -> tuple[DerivativeFormat, Mapping[str, Any]]:
    if not isinstance(entry, dict):
        raise InvalidField('output.formats has entries such as {"type": "obj"}.')
    word = text_of(entry, "type")
    known = {format_.value: format_ for format_ in DerivativeFormat}
    if word.lower() not in known:
        raise FormatUnknown(f"{word[:40]} is not made here; these are: {', '.join(known)}.")
    advanced = _group(entry, "advanced", may_lack=True)
    # The vendor's newer clients have these options one level deeper in their types.
    advanced = {**advanced, **_group(advanced, "advanced", may_lack=True)}
    format_ = known[word.lower()]
    return format_, _options(format_, advanced)


def _options(format_: DerivativeFormat, advanced: Params) -> Mapping[str, Any]:
    """Return a format's options in our words; what has no meaning here is left out, what cannot be done is refused."""
    if format_ is DerivativeFormat.THUMBNAIL:
        parse_side({name: str(advanced[name]) for name in ("width", "height") if name in advanced})
    if str(advanced.get("exportFileStructure", "single")).lower() != "single":
        raise NotBuilt("exportFileStructure: a model is written as one file.")
    if advanced.get("objectIds") not in (None, [], [_WHOLE_MODEL], str(_WHOLE_MODEL)):
        raise NotBuilt("objectIds: a model is written as a whole.")
    if format_ is DerivativeFormat.STL and str(advanced.get("format", "binary")).lower() == "ascii":
        return {"ascii": True}
    unit = _UNITS.get(str(advanced.get("unit", "")).lower())
    return {"unit": unit.value} if unit and format_ is DerivativeFormat.OBJ else {}


def _group(params: Params, name: str, *, may_lack: bool = False) -> Params:
    """Return a field that is a group of fields."""
    found = params.get(name)
    if found is None and may_lack:
        return {}
    if found is None:
        raise MissingField(f"Missing: {name}.")
    if not isinstance(found, dict):
        raise InvalidField(f"{name} is an object.")
    return found


def _is_true(value: Any) -> bool:
    """Tell whether a flag is set: old clients send forms, and text in JSON."""
    return value is True or str(value).lower() == "true"


def parse_force(header: str) -> bool:
    """Return whether what is there shall be made again."""
    return header.strip().lower() == "true"


def parse_region(*asked: str) -> str:
    """Return the first region that is asked for and known."""
    upper = [{"EU": "EMEA"}.get(word.strip().upper(), word.strip().upper()) for word in asked]
    return next((word for word in upper if word in REGIONS), REGIONS[0])


# --- What can be made -------------------------------------------------------------------------------------------------


def formats_json() -> dict[str, Any]:
    """Return what is made, and the ends of the names of the files that it is made of."""
    return {"formats": {format_.value: _ends(format_) for format_ in DerivativeFormat}}


def _ends(format_: DerivativeFormat) -> list[str]:
    readers = {**SHEET_READERS, **SCENE_READERS}
    both = [(name, table[name]) for table in (SCENE_READERS, SHEET_READERS) for name in readers if name in table]
    return sorted(
        {end.removeprefix(".") for name, reader in both if format_.is_made_of(name) for end in reader.extensions}
    )


# --- Pictures and downloads -------------------------------------------------------------------------------------------


def parse_side(query: Mapping[str, str]) -> int:
    """
    Return the side of the picture that is asked for, in pixels; one of the two stands for both.

    Raises
    ------
    InvalidField
        If there is no such picture.
    """
    asked = [query[name] for name in ("width", "height") if query.get(name)]
    if not asked:
        return DEFAULT_SIDE
    if asked[0] not in map(str, PICTURE_SIDES) or len(set(asked)) > 1:
        raise InvalidField(f"width and height are the same one of {', '.join(map(str, PICTURE_SIDES))}.")
    return int(asked[0])


def parse_minutes(query: Mapping[str, str]) -> int:
    """Return the life of a download address, in minutes."""
    text = query.get("minutes-expiration", "") or str(MOST_MINUTES)
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= MOST_MINUTES:
        raise InvalidField(f"minutes-expiration is a whole number from 1 to {MOST_MINUTES}.")
    return int(text)


def parse_disposition(query: Mapping[str, str]) -> str | None:
    """Return what a download shall say of itself; None: what the file says."""
    text = query.get("response-content-disposition", "")
    if not text:
        return None
    if not (text.startswith("attachment") and len(text) <= _LONGEST_DISPOSITION and is_header_text(text)):
        raise InvalidField(
            f"response-content-disposition begins with attachment, at most {_LONGEST_DISPOSITION} characters of ASCII."
        )
    return text


def download_json(file: ArtifactFile, url: str, *, expires_at_s: int) -> dict[str, Any]:
    """Return an address of a file's bytes; the cookies that open it are headers."""
    return {
        "etag": file.blob,
        "size": file.size,
        "url": url,
        "content-type": file.content_type,
        "expiration": 1000 * expires_at_s,
    }


def picture_headers(source: DerivativeSource, side: int) -> dict[str, str]:
    """Return what the answer to a thumbnail says of it."""
    return {"x-ads-size": f"[{side},{side}]", "x-ads-role": "rendered", "x-ads-name": _ascii(source.file_name)}


def _ascii(name: str) -> str:
    return re.sub(r"[^ -~]", "_", name)
