"""Previews over real HTTP, drawn in real children."""

import io
import zipfile
from collections.abc import Iterator

import pytest
from PIL import Image

from acceptance.harness import Client, Server, wait_for
from outfeed.mesh.samples import write_samples


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("previews") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def gear(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return next(
        path for path in write_samples(tmp_path_factory.mktemp("samples")) if path.suffix == ".stl"
    ).read_bytes()


def drawn(client: Client, path: str) -> Image.Image:
    """Ask for a picture until it is there."""

    def picture() -> bytes | None:
        answer = client.get(client.prefix + path)
        assert answer.status_code in {200, 202}, answer.text
        return answer.content if answer.status_code == 200 else None

    return Image.open(io.BytesIO(wait_for(picture)))


def test_a_mesh_has_its_picture_as_soon_as_it_is_there(server: Server, gear: bytes) -> None:
    with server.client() as client:
        mesh = client.result(client.import_task(client.upload_file("gear.stl", gear)))
        answer = client.get(f"{client.prefix}/geom/meshes/{mesh['id']}/thumbnail")

        assert (200, "image/png") == (answer.status_code, answer.headers["content-type"])
        assert (512, 512) == Image.open(io.BytesIO(answer.content)).size
        assert (96, 96) == drawn(client, f"/geom/meshes/{mesh['id']}/thumbnail?size=96").size


def test_a_moved_mesh_has_another_picture_and_the_same_visual(server: Server, gear: bytes) -> None:
    lying = [[0, 0, 1, 0], [0, 1, 0, 0], [-1, 0, 0, 0]]
    with server.client() as client:
        mesh = client.result(client.import_task(client.upload_file("gear.stl", gear), generate_visual="true"))
        body = {"id": mesh["id"], "transform": lying}
        moved = client.post(f"{client.prefix}/geom/meshes/transform", json=body).json()
        pictures = [drawn(client, f"/geom/meshes/{item['id']}/thumbnail?size=64") for item in (mesh, moved)]

        assert mesh["visual_file_id"] == moved["visual_file_id"]
        assert client.download(moved["visual_file_id"]).startswith(b"glTF")
        assert pictures[0].tobytes() != pictures[1].tobytes()


def test_a_visual_of_an_object_is_an_object(server: Server, gear: bytes) -> None:
    with server.client() as client:
        urn = client.put_object(client.make_bucket("previews"), "gear.stl", gear)
        mesh = client.result(client.import_task(urn))
        task = client.post(f"{client.prefix}/geom/meshes/generateVisual", json={"id": mesh["id"]}).json()
        result = client.result(task)
        again = client.post(f"{client.prefix}/geom/meshes/generate-visual", json={"id": mesh["id"]})

        assert mesh["id"] == result["id"]
        assert client.download(result["visual_file_id"]).startswith(b"glTF")
        assert (200, result) == (again.status_code, again.json())


def test_a_texture_is_seen_in_a_picture_that_a_child_draws(server: Server) -> None:
    """Decoding it must not need files that the child may not read."""
    image = io.BytesIO()
    Image.new("RGB", (8, 8), (220, 0, 0)).save(image, "JPEG")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("part.obj", "mtllib part.mtl\nusemtl red\nv 0 0 0\nv 1 0 0\nv 0 0 1\nvt 0 0\nf 1/1 2/1 3/1\n")
        packed.writestr("part.mtl", "newmtl red\nKd 1 1 1\nmap_Kd red.jpg\n")
        packed.writestr("red.jpg", image.getvalue())
    with server.client() as client:
        mesh = client.result(client.import_task(client.upload_file("part.zip", archive.getvalue())))
        picture = drawn(client, f"/geom/meshes/{mesh['id']}/thumbnail").convert("RGB")

        reds = [pixel for _, pixel in picture.getcolors(1 << 18) or [] if pixel[0] > 2 * max(pixel[1:])]  # type: ignore[index] # of RGB
        assert reds != []
