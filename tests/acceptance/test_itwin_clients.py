"""
The clients of the iTwin platform from npm, unmodified, each told only the address of this server.

- `@itwin/service-authorization`: `authority`.
- `@itwin/itwins-client` 1.x: the argument of `ITwinsAccessClient`, `BASE/itwins`.
- `@itwin/imodels-client-management`, `-authoring`: `api: { baseUrl: BASE/imodels }`; the latter needs the storage
  library as `cloudStorage`.
"""

import pytest

from acceptance.harness import DATA, Server
from acceptance.node import run_node
from acceptance.programs import Program

CHIMNEY = DATA / "stl" / "sparkpm-Chimney.stl"

pytestmark = pytest.mark.skipif(not CHIMNEY.exists(), reason="the shared test data is not beside the checkout")


def test_the_platforms_clients_make_fill_list_and_delete_models(server: Server) -> None:
    program = Program.made(server, "platform's client")

    told = run_node("itwin.cjs", server.address, program.client_id, program.client_secret, str(CHIMNEY))

    assert {
        "scheme": "Bearer",
        "itwins": {
            "made": [201, "White River", "Active"],
            "lists": [[200, [True]], [200, [True]], [200, [True]], [200, []]],
            "again": [409, "iTwinExists", "number"],
            "wrong": [422, "InvalidiTwinsRequest", ["class", "subClass"]],
            "changed": [200, "Black River"],
            "one": True,
            "account": "Account",
            "missing": "iTwinNotFound",
        },
        "filled": {
            "state": "initialized",
            "name": "Plant.stl",
            "sameBytes": True,
            "creator": "apps.localhost",
            "again": "iModelExists",
        },
        "blocks": {"blocks": True, "sameBytes": True},
        "listed": {
            "empty": "initialized",
            "pages": ["Plant", "Empty", "Blocks"],
            "minimal": 1,
            "changesets": 0,
            "named": ["Start", None, 0],
            "names": 1,
            "users": 1,
            "updated": "nothing yet",
            "missing": "iModelNotFound",
            "foreign": "iTwinNotFound",
            "checkpoint": "CheckpointNotFound",
        },
        "removed": [409, 0, 204],
    } == told
