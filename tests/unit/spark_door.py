"""The Spark routes over a house, without a server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException
from litestar.testing import TestClient

from one_app import CURRENT, over
from outfeed.dialects import spark
from outfeed.errors import OutfeedError
from outfeed.identity.caller import Caller
from outfeed.settings import Settings
from unit.export_helpers import ANN, BOB, TETRAHEDRON, House, a_house
from unit.helpers import staged


class Names:
    """Takes the names of people for their tokens."""

    def caller(self, authorization: str | None, **_: Any) -> Caller:
        return {"ann": ANN, "bob": BOB}[str(authorization)]


@dataclass
class Door:
    """The Spark routes over a house, signed in as Ann."""

    house: House
    client: TestClient[Any]

    def imported(self, content: bytes = TETRAHEDRON, **fields: Any) -> dict[str, Any]:
        """Upload and import an OBJ, and return its mesh."""
        data = staged(self.house.blobs, content)
        file_id = self.house.files.put(ANN, "t.obj", staged=data, content_type="model/obj").id
        answer = self.client.post("/geom/meshes/import", json={"file_id": file_id} | fields)
        assert answer.status_code == 202, answer.text
        return self.result(answer.json())

    def result(self, task: dict[str, Any]) -> dict[str, Any]:
        """Do a task's work and return its result."""
        self.house.runner.run(task["id"])
        over = self.client.get(f"/print/tasks/{task['id']}").json()
        assert over["status"] == "done", over
        result: dict[str, Any] = over["result"]
        return result


@contextmanager
def a_door(tmp_path: Path) -> Iterator[Door]:
    """Open the routes over a house in a folder."""
    with a_house(tmp_path) as house:
        services = SimpleNamespace(
            settings=Settings(data=tmp_path),
            blobs=house.blobs,
            identity=Names(),
            files=house.files,
            meshes=house.meshes,
            exports=house.exports,
        )
        client = TestClient(over(spark_routes(), services))
        client.headers["authorization"] = "ann"
        yield Door(house, client)


@cache
def spark_routes() -> Litestar:
    """Return the Spark routes over the parts behind each call."""
    return Litestar(
        route_handlers=spark.routers(),
        exception_handlers={HTTPException: _answer, OutfeedError: _answer},
        state=CURRENT,
        openapi_config=None,
        logging_config=None,
    )


def _answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    return spark.respond(request, error)
