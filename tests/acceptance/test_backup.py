"""The commands of the page on backups, run beside a server at work; the copy is served and read."""

import os
import re
import subprocess
from pathlib import Path

from acceptance.harness import Server

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "back-up.md"
TRIANGLE = b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"


def back_up(data: Path, backup: Path) -> None:
    """Run the page's commands as they stand."""
    commands = "\n".join(re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE))
    environment = os.environ | {"data": str(data), "backup": str(backup)}
    subprocess.run(["bash", "-euo", "pipefail", "-c", commands], env=environment, check=True, timeout=60)


def test_a_backup_of_a_running_server_can_be_served(tmp_path: Path) -> None:
    """Files, meshes, finished exports and tokens are all in it; a second backup adds what came since."""
    with Server(tmp_path / "data") as server, server.client() as client:
        first = client.upload_file("first.obj", TRIANGLE)
        back_up(server.data, tmp_path / "copy")
        mesh = client.result(client.import_task(first))
        artifact = client.result(client.export_task(mesh["id"], "stl_binary"))["file_id"]
        back_up(server.data, tmp_path / "copy")
        expected = client.download(artifact)
        token = client.headers["Authorization"]

    with Server(tmp_path / "copy") as restored, restored.client() as client:
        client.headers["Authorization"] = token
        again = client.export_task(mesh["id"], "stl_binary")

        assert TRIANGLE == client.download(first)
        assert expected == client.download(artifact)
        assert artifact == client.result(again)["file_id"]
