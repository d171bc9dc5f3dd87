"""What becomes of the names of uploaded files: they are shown, and are never a path."""

from pathlib import Path

import pytest

from unit.export_helpers import ANN
from unit.spark_door import Door, a_door

CONTENT = b"PK layers"


def upload(door: Door, parameters: str) -> str:
    """Upload a file under a name, and return its id."""
    part = f'--cut\r\nContent-Disposition: form-data; name="file"; {parameters}\r\n\r\n'
    body = part.encode() + CONTENT + b"\r\n--cut--\r\n"
    headers = {"content-type": "multipart/form-data; boundary=cut"}
    answer = door.client.post("/files/upload", content=body, headers=headers)
    assert 200 == answer.status_code, answer.text
    file_id: str = answer.json()["files"][0]["file_id"]
    return file_id


@pytest.mark.parametrize(
    ("parameters", "name", "plain", "exact"),
    [
        ('filename="../../x.zip"', "../../x.zip", ".._.._x.zip", ".._.._x.zip"),
        # Percent signs are no code in a form (RFC 7578, section 4.2), and are one in a header: they come back as sent.
        ('filename="..%2F..%2Fx.zip"', "..%2F..%2Fx.zip", ".._2F.._2Fx.zip", "..%252F..%252Fx.zip"),
        ('filename="/etc/passwd"', "/etc/passwd", "_etc_passwd", "_etc_passwd"),
        ('filename="a\\b.zip"', "a\\b.zip", "a_b.zip", "a_b.zip"),
        # A form must not have it, and may say anything beside the name that counts.
        ("filename=\"x.zip\"; filename*=UTF-8''..%2Fy.zip", "x.zip", "x.zip", "x.zip"),
    ],
)
def test_the_name_of_an_uploaded_file_is_shown_and_is_no_path(
    tmp_path: Path, parameters: str, name: str, plain: str, exact: str
) -> None:
    with a_door(tmp_path / "data") as door:
        file_id = upload(door, parameters)
        answer = door.client.get(f"/files/{file_id}")
        shown = door.house.files.get(ANN, file_id).name
        kept = {path.name for path in tmp_path.rglob("*")}

    assert (CONTENT, name) == (answer.content, shown)
    assert f"attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}" == answer.headers["content-disposition"]
    assert not kept & {"x.zip", "y.zip", "b.zip", "passwd"}


def test_a_file_whose_name_is_in_the_extended_form_only_is_none(tmp_path: Path) -> None:
    """RFC 7578, section 4.2: no form has it."""
    body = b"--cut\r\nContent-Disposition: form-data; name=\"f\"; filename*=UTF-8''..%2Fx.zip\r\n\r\nx\r\n--cut--\r\n"
    with a_door(tmp_path) as door:
        answer = door.client.post(
            "/files/upload", content=body, headers={"content-type": "multipart/form-data; boundary=cut"}
        )

    assert (400, "no file in the form") == (answer.status_code, answer.json()["message"])
