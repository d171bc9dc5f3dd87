"""The options of an export: what is read, what is only checked and repeated, and what is refused."""

import sys
from collections.abc import Mapping
from typing import Any, Final

from outfeed.dialects.itwin import exports_constants as words
from outfeed.dialects.itwin.checks import Check
from outfeed.tiles.options import Compression, TileOptions

#: Details that one list can earn; its other mistakes are not told.
_MOST_TOLD: Final = 10


def parse_options(body: Mapping[str, Any], check: Check, *, bentley: bool) -> tuple[dict[str, Any], TileOptions]:
    """
    Return the options as answers repeat them, and what they mean to the tiler, noting what is wrong with them.

    Only what the API knows is repeated; other names inside an object are ignored, and so are nulls.
    """
    config = _tiler_config(body.get("tilerConfig"), check)
    sent = {
        "geometryOptions": _geometry(body.get("geometryOptions"), check),
        "viewDefinitionFilter": _filter(body.get("viewDefinitionFilter"), check),
        "tilerConfig": [{"key": key, "value": value} for key, value in config.items()] or None,
    }
    tiles = TileOptions(
        compression=_compression(config.get(words.KEY_COMPRESSION), check),
        triangles_per_tile=_triangles(config.get(words.KEY_TRIANGLES), check),
        bentley=bentley,
    )
    return {name: value for name, value in sent.items() if value is not None}, tiles


def _geometry(value: Any, check: Check) -> dict[str, Any] | None:
    """Return the known ones of `geometryOptions`: numbers that are finite and not negative, and truths."""
    given = _known(value, "geometryOptions", (*words.GEOMETRY_NUMBERS, *words.GEOMETRY_TRUTHS), check)
    for name, option in (given or {}).items():
        is_truth = isinstance(option, bool)
        if name in words.GEOMETRY_TRUTHS and not is_truth:
            _note(check, f"geometryOptions.{name}", "must be true or false")
        elif name in words.GEOMETRY_NUMBERS and (is_truth or not _is_length(option)):
            _note(check, f"geometryOptions.{name}", "must be a number that is not negative")
    return given


def _is_length(value: Any) -> bool:
    """Tell whether a value is a number from 0 to the largest of a float64; whole ones may have hundreds of digits."""
    return isinstance(value, int | float) and 0 <= value <= sys.float_info.max


def _filter(value: Any, check: Check) -> dict[str, Any] | None:
    """Return a filter that leaves everything in: its ids are an iModel's, and no source here has them."""
    given = _known(value, "viewDefinitionFilter", words.FILTER_LISTS, check)
    for name, ids in (given or {}).items():
        if not isinstance(ids, list):
            _note(check, f"viewDefinitionFilter.{name}", "must be a list")
        elif ids:
            _note(check, f"viewDefinitionFilter.{name}", "is not supported by this server: leave it empty")
    return given


def _tiler_config(value: Any, check: Check) -> dict[str, Any]:
    """Return the values of `tilerConfig` by key, each of which it may have once."""
    if value is None:
        return {}
    if not isinstance(value, list):
        _note(check, "tilerConfig", "must be a list of objects with key and value")
        return {}
    found: dict[str, Any] = {}
    wrong: list[str] = []
    for index, item in enumerate(value):
        key = item.get("key") if isinstance(item, dict) else None
        if key not in words.TILER_KEYS or key in found:
            wrong.append(f"tilerConfig[{index}]")
        else:
            found[key] = item.get("value")
    for target in wrong[:_MOST_TOLD]:
        _note(check, target, f"must have one of the keys {', '.join(words.TILER_KEYS)}, each once")
    return found


def _compression(value: Any, check: Check) -> Compression:
    if value is None:
        return TileOptions().compression
    if value not in words.COMPRESSIONS:
        _note(check, f"tilerConfig.{words.KEY_COMPRESSION}", f"must be one of {', '.join(words.COMPRESSIONS)}")
        return TileOptions().compression
    return Compression(value)


def _triangles(value: Any, check: Check) -> int:
    """Return a whole number, which may come as text: a list of keys and values has texts in other APIs."""
    if value is None:
        return TileOptions().triangles_per_tile
    allowed = words.TRIANGLES_PER_TILE
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10 else value  # noqa: PLR2004 - digits of the largest
    if isinstance(number, bool) or not isinstance(number, int) or number not in allowed:
        rule = f"must be a whole number from {allowed.start} to {allowed.stop - 1}"
        _note(check, f"tilerConfig.{words.KEY_TRIANGLES}", rule)
        return TileOptions().triangles_per_tile
    return number


def _known(value: Any, name: str, names: tuple[str, ...], check: Check) -> dict[str, Any] | None:
    """Return the fields of an object that the API knows and that are not null; None where there is no object."""
    if value is None:
        return None
    if not isinstance(value, dict):
        _note(check, name, "must be an object")
        return None
    return {field: value[field] for field in names if value.get(field) is not None}


def _note(check: Check, target: str, rule: str) -> None:
    check.note(words.INVALID, f"{target} {rule}.", target)
