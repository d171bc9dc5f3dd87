"""The calls about printer types, materials and profiles. They need no token."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from litestar import Response
from litestar.params import FromPath

from outfeed.dialects.spark import wire_printdb as wire
from outfeed.dialects.spark.constants import Operation, Reason, caller_code
from outfeed.dialects.spark.errors import Problem
from outfeed.dialects.spark.pages import page_json, parse_page
from outfeed.http.context import Incoming, services
from outfeed.http.routing import get_and_head

Answer = Response[dict[str, Any]]
Record = TypeVar("Record")


@get_and_head("/printdb/printerTypes", "/printdb/printertypes")
async def get_printer_types(request: Incoming) -> Answer:
    """Return all printer types."""
    found = [wire.printer_type_json(machine) for machine in services(request).printdb.printer_types]
    return Response({"printerTypes": wire.filtered(found, _query(request))})


@get_and_head("/printdb/printerTypes/{type_id:str}", "/printdb/printertypes/{type_id:str}")
async def get_printer_type(request: Incoming, type_id: FromPath[str]) -> Answer:
    """Return a printer type."""
    return _one("Printer type", type_id, services(request).printdb.printer_type, wire.printer_type_json)


@get_and_head("/printdb/materials")
async def get_materials(request: Incoming) -> Answer:
    """Return the materials that are as the query says."""
    found = [wire.material_json(material) for material in services(request).printdb.materials]
    return Response({"materials": wire.filtered(found, _query(request))})


@get_and_head("/printdb/materials/{material_id:str}")
async def get_material(request: Incoming, material_id: FromPath[str]) -> Answer:
    """Return a material."""
    return _one("Material", material_id, services(request).printdb.material, wire.material_json)


@get_and_head("/printdb/profiles")
async def get_profiles(request: Incoming) -> Answer:
    """Return a page of the profiles that are as the query says."""
    page = parse_page(request.url.path.rstrip("/"), _query(request), Operation.PRINTDB)
    profiles = [wire.profile_json(profile) for profile in services(request).printdb.profiles]
    found = wire.filtered(profiles, page.query)
    stop = None if page.limit is None else page.offset + page.limit
    return Response(page_json("profiles", found[page.offset : stop], len(found), page))


@get_and_head("/printdb/profiles/{profile_id:str}")
async def get_profile(request: Incoming, profile_id: FromPath[str]) -> Answer:
    """Return a profile."""
    return _one("Profile", profile_id, services(request).printdb.profile, wire.profile_json)


def _one(
    kind: str, sent_id: str, find: Callable[[str], Record | None], render: Callable[[Record], dict[str, Any]]
) -> Answer:
    """Answer one definition, or 404."""
    found = find(sent_id)
    if found is None:
        raise Problem(404, caller_code(Operation.PRINTDB, Reason.NOT_FOUND), f"{kind} {sent_id} cannot be found")
    return Response(render(found))


def _query(request: Incoming) -> list[tuple[str, str]]:
    return list(request.query_params.multi_items())


HANDLERS: Final = [
    get_printer_types,
    get_printer_type,
    get_materials,
    get_material,
    get_profiles,
    get_profile,
]
