"""Reality data: there is none here. Viewers that list it beside the models of an iTwin find an empty list."""

from typing import Any, Final

from litestar import Response

from outfeed.dialects.itwin.callers import caller_for
from outfeed.dialects.itwin.paging import Page, links_json
from outfeed.http.context import Incoming
from outfeed.http.routing import get_and_head


@get_and_head("/reality-management/reality-data")
async def get_reality_data(request: Incoming) -> Response[Any]:
    """Return the reality data of an iTwin: none."""
    await caller_for(request)
    return Response({"realityData": [], "_links": links_json(request, Page(top=100, skip=0), more=False, nulls=False)})


#: What the dialect mounts.
HANDLERS: Final = [get_reality_data]
