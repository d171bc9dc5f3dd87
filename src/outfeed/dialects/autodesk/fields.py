"""Fields of JSON bodies that several services share."""

from typing import Any

from outfeed.errors import InvalidField, MissingField
from outfeed.http.bodies import Params, read_params
from outfeed.http.context import Incoming, services


async def params_of(request: Incoming) -> Params:
    """Return the fields of the body; none, if there is no body."""
    return await read_params(request, max_bytes=services(request).settings.max_body_bytes)


def flag_of(params: Params, name: str, *, default: bool) -> bool:
    """Return a field that is true or false, or text that says so; raise `InvalidField` for anything else."""
    value: Any = params.get(name)
    if value is None:
        return default
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value.strip().lower())
    if not isinstance(value, bool):
        raise InvalidField(f"{name} is true or false.")
    return value


def group_of(params: Params, name: str) -> Params:
    """Return a field that is an object, empty where it is not there; raise `InvalidField` for anything else."""
    value = params.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidField(f"{name} is an object.")
    return value


def texts_of(params: Params, name: str, *, most: int) -> list[str]:
    """
    Return a list of texts, each once.

    Raises
    ------
    MissingField, InvalidField
        If it is not there or empty; if it has something else in it, or more than `most` entries.
    """
    values = params.get(name)
    if values is None or values == []:
        raise MissingField(f"Missing: {name}.")
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise InvalidField(f"{name} is a list of texts.")
    if len(values) > most:
        raise InvalidField(f"{name} has at most {most} entries.")
    return list(dict.fromkeys(values))
