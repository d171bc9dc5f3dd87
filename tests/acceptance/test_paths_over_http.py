"""Names in paths, as they stand on the wire: `a%2Fb` is one name, `a%252Fb` another, and `//` is none."""

import hashlib
import http.client
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

import pytest

from acceptance.harness import DATA, Client, Server
from acceptance.programs import TETRAHEDRON, Program

NAMES: Final = DATA / "hostile" / "requests" / "file_names.json"
#: A name has at most so many bytes of UTF-8.
LONGEST: Final = 1024


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A bucket, and requests whose path no library has tidied up."""

    key: str
    client: Client

    @property
    def objects(self) -> str:
        return f"/oss/v2/buckets/{self.key}/objects"

    def send(self, method: str, path: str, content: bytes | None = None) -> tuple[int, bytes]:
        """Send a path as it is and return status and body."""
        where = urlsplit(str(self.client.base_url))
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
        headers = {"Authorization": self.client.headers["Authorization"]}
        try:
            connection.request(method, path, body=content, headers=headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def names(self) -> list[str]:
        """Return the names of all objects."""
        status, body = self.send("GET", f"{self.objects}?limit=100")
        assert status == 200
        return [item["objectKey"] for item in json.loads(body)["items"]]


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[Client]:
    """Return the client of a program that nobody else uses."""
    with Program.made(server, "paths").client() as signed_in:
        yield signed_in


@pytest.fixture
def bucket(client: Client) -> Bucket:
    """Return an empty bucket."""
    return Bucket(key=client.make_bucket(f"paths-{uuid.uuid4().hex}"), client=client)


def encoded(name: str) -> str:
    """Return a name as one segment; half a surrogate pair becomes bytes that are no UTF-8."""
    return quote(name.encode("utf-8", "surrogatepass"), safe="")


def round_trip(bucket: Bucket, segment: str, content: bytes) -> dict[str, Any]:
    """Take an object through every call that has its name in the path, and return what each told."""
    path = f"{bucket.objects}/{segment}"
    put, record = bucket.send("PUT", path, content)
    assert put == 200, record
    told = {
        "name": json.loads(record)["objectKey"],
        "details": json.loads(bucket.send("GET", f"{path}/details")[1])["sha1"],
        "bytes": bucket.send("GET", path)[1],
        "listed": bucket.names(),
        "location": bucket.send("GET", urlsplit(json.loads(record)["location"]).path)[1],
        "deleted": bucket.send("DELETE", path)[0],
        "gone": bucket.send("GET", path)[0],
    }
    return told | {"left": bucket.names()}


def expected(name: str, content: bytes) -> dict[str, Any]:
    """Return what a round trip tells if the name stayed one name."""
    return {
        "name": name,
        "details": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        "bytes": content,
        "listed": [name],
        "location": content,
        "deleted": 200,
        "gone": 404,
        "left": [],
    }


@pytest.mark.parametrize(
    ("segment", "name"),
    [
        ("a%2Fb", "a/b"),
        ("a%2fb", "a/b"),
        ("a%2Fsigneds3upload", "a/signeds3upload"),
        ("a%2Fdetails", "a/details"),
        ("a%252Fb", "a%2Fb"),
        ("a%2F%2Fb", "a//b"),
        ("%2Fa", "/a"),
        ("a%3Fb%23c", "a?b#c"),
        ("a+b", "a+b"),
        ("a%20b", "a b"),
        ("details", "details"),
        ("batchsigneds3upload", "batchsigneds3upload"),
        ("..%2F..%2Fetc%2Fpasswd", "../../etc/passwd"),
    ],
)
def test_a_segment_is_one_name_in_every_call(bucket: Bucket, segment: str, name: str) -> None:
    assert expected(name, segment.encode()) == round_trip(bucket, segment, segment.encode())


@pytest.mark.parametrize("name", ["a/b.stl", "a/signeds3upload", "a%2Fb.stl", "café.stl"])
def test_a_signed_transfer_keeps_the_name(bucket: Bucket, name: str) -> None:
    path = f"{bucket.objects}/{encoded(name)}"
    upload = json.loads(bucket.send("GET", f"{path}/signeds3upload")[1])
    address = urlsplit(upload["urls"][0])
    put = bucket.send("PUT", f"{address.path}?{address.query}", TETRAHEDRON)[0]
    done = bucket.send("POST", f"{path}/signeds3upload", json.dumps({"uploadKey": upload["uploadKey"]}).encode())
    download = urlsplit(json.loads(bucket.send("GET", f"{path}/signeds3download")[1])["url"])

    assert (200, 200, name) == (put, done[0], json.loads(done[1])["objectKey"])
    assert (200, TETRAHEDRON) == bucket.send("GET", f"{download.path}?{download.query}")


@pytest.mark.parametrize("name", ["a/b.stl", "a%2Fb.stl", "../b.stl", "a b.stl", "a//b.stl"])
def test_an_object_is_imported_by_its_urn_whatever_its_name(bucket: Bucket, name: str) -> None:
    record = json.loads(bucket.send("PUT", f"{bucket.objects}/{encoded(name)}", TETRAHEDRON)[1])
    mesh = bucket.client.result(bucket.client.import_task(record["objectId"]))

    assert f"urn:adsk.objects:os.object:{bucket.key}/{name}" == record["objectId"]
    assert (4, 4) == (mesh["geom"]["num_triangles"], mesh["geom"]["num_vertices"])


def test_names_that_differ_only_in_their_encoding_are_two_objects(bucket: Bucket) -> None:
    bucket.send("PUT", f"{bucket.objects}/a%2Fb", b"a slash")
    bucket.send("PUT", f"{bucket.objects}/a%252Fb", b"a percent sign")

    assert ["a%2Fb", "a/b"] == bucket.names()
    assert (200, b"a slash") == bucket.send("GET", f"{bucket.objects}/a%2Fb")
    assert (200, b"a percent sign") == bucket.send("GET", f"{bucket.objects}/a%252Fb")


@pytest.mark.parametrize(
    ("path", "statuses"),
    [
        ("a/b", {404}),
        ("a//b", {404}),
        ("/a", {404}),
        ("/details", {404}),
        ("/signeds3upload", {404}),
        ("", {404, 405}),
        (".", {400}),
        ("..", {400}),
        ("%2E%2E", {400}),
        ("%ff", {400}),
        ("a%00b", {400}),
        ("a%0D%0Ab", {400}),
    ],
)
def test_a_path_without_a_name_writes_nothing(bucket: Bucket, path: str, statuses: set[int]) -> None:
    """Nor does it reach an object of another name."""
    bucket.send("PUT", f"{bucket.objects}/details", b"kept")

    assert bucket.send("PUT", f"{bucket.objects}/{path}", b"x")[0] in statuses
    assert bucket.send("DELETE", f"{bucket.objects}/{path}")[0] in statuses | {404}
    assert (200, b"kept") == bucket.send("GET", f"{bucket.objects}/details")
    assert ["details"] == bucket.names()


def test_slashes_before_a_path_are_one(bucket: Bucket) -> None:
    """A client whose base address ends with a slash sends two."""
    assert 200 == bucket.send("GET", f"/{bucket.objects}")[0]
    assert b'"code":120000' in bucket.send("GET", "//ps/v1/geom/meshes/7")[1]


def is_name(text: str) -> bool:
    """Tell whether an object may have this name."""
    try:
        length = len(text.encode())
    except UnicodeEncodeError:
        return False
    return 0 < length <= LONGEST and text not in {".", ".."} and not any(ord(one) < ord(" ") for one in text)


@pytest.mark.skipif(not NAMES.exists(), reason="the shared test data is not beside the checkout")
def test_hostile_names_stay_names_or_are_refused(bucket: Bucket) -> None:
    names: list[str] = json.loads(NAMES.read_text(encoding="utf-8"))
    refused = [name for name in names if not is_name(name)]
    outcomes = [bucket.send("PUT", f"{bucket.objects}/{encoded(name)}", b"x")[0] for name in refused]

    assert 6 == len(refused)
    assert {400, 405} == set(outcomes)
    assert [] == bucket.names()
    for name in names:
        if name not in refused:
            assert expected(name, name.encode()) == round_trip(bucket, encoded(name), name.encode())


@pytest.mark.skipif(not NAMES.exists(), reason="the shared test data is not beside the checkout")
def test_hostile_file_names_in_a_form_stay_names_or_are_refused(client: Client) -> None:
    """A download's header is safe with any of them."""
    names: list[str] = json.loads(NAMES.read_text(encoding="utf-8"))
    for name in filter(is_name, names):
        uploaded = client.post("/files/upload", files={"file": (name, TETRAHEDRON)})
        assert uploaded.status_code == 200, name
        file = uploaded.json()["files"][0]
        header = client.get(f"/files/{file['file_id']}").headers["Content-Disposition"]

        assert header.isascii()
        shown = file["name"].replace("/", "_").replace("\\", "_")
        assert header.endswith(f"filename*=UTF-8''{quote(shown, safe='')}")
        assert header.count('"') == 2
