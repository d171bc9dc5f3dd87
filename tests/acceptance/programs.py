"""Programs with a client id and a secret, and what they ask over HTTP."""

import json
from dataclasses import dataclass

import httpx

from acceptance.harness import PATIENCE_S, SCOPES, Client, Server, outfeed


@dataclass(frozen=True, kw_only=True)
class Program:
    """An app made by the operator; it acts as its own service user."""

    server: Server
    client_id: str
    client_secret: str

    @classmethod
    def made(cls, server: Server, name: str) -> "Program":
        """Return a new app."""
        said = json.loads(outfeed("app", "create", name, "--json", data=server.data))
        return cls(server=server, client_id=said["client_id"], client_secret=said["client_secret"])

    def token(self, scopes: str = SCOPES) -> str:
        """Return a two-legged token."""
        response = httpx.post(
            f"{self.server.address}/authentication/v2/token",
            data={"grant_type": "client_credentials", "scope": scopes},
            auth=(self.client_id, self.client_secret),
            timeout=PATIENCE_S,
        )
        assert response.status_code == 200, response.text
        token: str = response.json()["access_token"]
        return token

    def client(self, scopes: str = SCOPES) -> Client:
        """Return a client that is signed in as this program."""
        return Client(self.server.address, headers={"Authorization": f"Bearer {self.token(scopes)}"})


#: A tetrahedron as ASCII STL: 4 triangles, 4 positions.
TETRAHEDRON = b"""solid tetrahedron
facet normal 0 0 -1 outer loop vertex 0 0 0 vertex 0 1 0 vertex 1 0 0 endloop endfacet
facet normal 0 -1 0 outer loop vertex 0 0 0 vertex 1 0 0 vertex 0 0 1 endloop endfacet
facet normal -1 0 0 outer loop vertex 0 0 0 vertex 0 0 1 vertex 0 1 0 endloop endfacet
facet normal 1 1 1 outer loop vertex 1 0 0 vertex 0 1 0 vertex 0 0 1 endloop endfacet
endsolid tetrahedron
"""


@dataclass(frozen=True, kw_only=True)
class Belongings:
    """One of everything that a program can have."""

    bucket: str
    urn: str
    file: str
    task: str
    mesh: str

    @classmethod
    def of(cls, client: Client, bucket: str) -> "Belongings":
        """Make one of everything."""
        urn = client.put_object(client.make_bucket(bucket), "part.stl", TETRAHEDRON)
        file = client.upload_file("part.stl", TETRAHEDRON)
        task = client.import_task(urn)
        return cls(bucket=bucket, urn=urn, file=file, task=task["id"], mesh=client.result(task)["id"])
