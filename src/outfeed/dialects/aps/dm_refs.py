"""References between versions, and the answers that show them: a page's version and the version of its file."""

from collections.abc import Sequence
from typing import Any

from litestar import Response

from outfeed import to_thread
from outfeed.dialects.aps.dm_filters import Filter, fits, parse_filters
from outfeed.dialects.aps.dm_frame import Frame
from outfeed.dialects.aps.dm_items_wire import Ref, item_json, ref_json, version_facts, version_json
from outfeed.dialects.aps.dm_requests import Visit, address_of, answer, pairs_of
from outfeed.http.context import Incoming
from outfeed.library.items import ItemVersion


def refs_of(visit: Visit, item: ItemVersion) -> list[Ref]:
    """Return the references of a version: to its file's if it is a page's, else to those of its pages."""
    items = visit.parts.items
    if item.page:
        return [Ref(item, items.source_of(visit.caller, item.page))]
    return [Ref(item, page) for page in items.pages_of(visit.caller, item.version.id)]


def frame_of(visit: Visit, refs: Sequence[Ref]) -> Frame:
    """Return what the JSON of references and their ends needs."""
    return visit.frame(items=[end for ref in refs for end in ref.ends])


async def answer_references(request: Incoming, visit: Visit, item: ItemVersion | None) -> Response[Any]:
    """Answer with a version's references, and with the versions at their other ends; None: there are none."""
    filters = parse_filters(pairs_of(request))
    refs, frame = await to_thread.run_sync(_fitting, visit, item, filters)
    data = [ref_json(ref, visit.base) for ref in refs]
    there = address_of(request)
    links = {"self": there, "related": there.replace("/relationships/refs", "/refs", 1)}
    return answer(request, data, links=links, included=[version_json(ref.other, frame) for ref in refs])


async def answer_referenced(request: Incoming, visit: Visit, item: ItemVersion | None) -> Response[Any]:
    """Answer with the versions at the other ends of a version's references, and with the items that they are of."""
    filters = parse_filters(pairs_of(request))
    refs, frame = await to_thread.run_sync(_fitting, visit, item, filters)
    data = [version_json(ref.other, frame) for ref in refs]
    return answer(request, data, included=[item_json(ref.other, frame) for ref in refs])


def _fitting(visit: Visit, item: ItemVersion | None, filters: Sequence[Filter]) -> tuple[list[Ref], Frame]:
    """Return the references that fit: a filter is about the other end, or about the reference."""
    refs = [] if item is None else refs_of(visit, item)
    frame = frame_of(visit, refs)
    if not filters:
        return refs, frame
    return [ref for ref in refs if fits(version_facts(ref.other, frame) | ref_json(ref, visit.base), filters)], frame
