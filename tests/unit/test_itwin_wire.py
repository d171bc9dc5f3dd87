"""What the iTwins, iModels and Users APIs answer looks like the reference: a golden file for each."""

import json
from pathlib import Path
from typing import Any

import pytest

from outfeed.dialects.itwin import imodels_out, itwins_wire, users_wire
from outfeed.dialects.itwin.dates import stamp
from outfeed.identity.principals import Person
from outfeed.library.models import ModelRecord, ModelState
from outfeed.library.named_versions import NamedVersion, Shown
from outfeed.library.projects import ProjectRecord
from outfeed.library.versions import VersionRecord

GOLDEN = Path(__file__).parents[1] / "golden" / "itwin"
ROOT = "https://models.example.org/imodels"
ITWIN, MODEL = "dc914a84-e0c9-40e2-9d14-faf5ed84147f", "5e19bee0-3aea-4355-a9f0-c6df9989ee7d"
ANN = Person(id="42101fe4-9a2e-4d3f-8f36-7b8a1ed7d4a4", email="ann@example.org", name="Ann Lee", created_at=0)
#: 2026-01-20T10:51:33.170Z.
NOW = 1_768_906_293_170

PROJECT = ProjectRecord(
    id=ITWIN,
    name="White River",
    number="WR-1",
    details={"latitude": 51.5, "longitude": -0.5, "type": "Bridge"},
    created_by=ANN.id,
    created_at=NOW,
    modified_by=ANN.id,
    modified_at=NOW,
)
PLANT = ModelRecord(
    id=MODEL,
    project_id=ITWIN,
    name="Plant",
    description=None,
    extent=None,
    state=ModelState.WAITING,
    created_by=ANN.id,
    created_at=NOW,
    modified_at=NOW,
    folder_id="f0",
)
VERSION = VersionRecord(
    id="0a3a1f6e-5b55-4a1b-8a39-6f6a3d1c2b11",
    model_id=MODEL,
    index=2,
    changeset_id="2f1d" * 10,
    blob="ab" * 32,
    sha1="cd" * 20,
    size=4711,
    format="ifc",
    file_name="plant.ifc",
    description="Roof added",
    created_by=ANN.id,
    created_at=NOW,
)
NAMED = NamedVersion(
    id="b9a4f1d2-2c1e-4a57-9d0b-f4f1c0a4c9e5",
    model_id=MODEL,
    index=2,
    name="Tender",
    description=None,
    state=Shown.VISIBLE,
    created_by=ANN.id,
    created_at=NOW,
)
UPLOAD = f"https://models.example.org/blobs/uploads/{MODEL}?expires=1768992693170&signature=0f1e"
DOWNLOAD = f"https://models.example.org/blobs/versions/{VERSION.id}?expires=1768909893170&signature=0f1e"

SHAPES: dict[str, Any] = {
    "itwin": {"iTwin": itwins_wire.itwin_json(PROJECT)},
    "account": {"iTwin": itwins_wire.account_json()},
    "imodel_waiting": {"iModel": imodels_out.model_json(PLANT, root=ROOT, changed_at=None, upload=UPLOAD)},
    "baseline_file": {
        "baselineFile": imodels_out.baseline_json(PLANT, root=ROOT, name="Plant.ifc", size=4711, download=DOWNLOAD)
    },
    "changeset": {"changeset": imodels_out.changeset_json(VERSION, root=ROOT, parent="7be0" * 10, full=True)},
    "named_version": {
        "namedVersion": imodels_out.named_version_json(NAMED, root=ROOT, changesets={2: VERSION.changeset_id})
    },
    "me": {"user": users_wire.me_json(ANN)},
    "imodel_user": {"user": users_wire.model_user_json(ANN, href=f"{ROOT}/{MODEL}/users/{ANN.id}")},
}


@pytest.mark.parametrize("name", SHAPES)
def test_an_answer_looks_like_the_reference(name: str) -> None:
    assert json.loads((GOLDEN / f"{name}.json").read_text()) == SHAPES[name]


def test_the_short_forms_have_the_first_fields_of_the_long_ones() -> None:
    """A client reads what both have in the same way."""
    links = ["self", "creator"]
    short = imodels_out.changeset_json(VERSION, root=ROOT, parent="")
    whole = imodels_out.changeset_json(VERSION, root=ROOT, parent="", full=True)

    assert {"id": MODEL, "displayName": "Plant"} == imodels_out.short_model_json(PLANT)
    assert (13, links) == (len(short), list(short["_links"]))
    assert short | {"_links": 0} == {name: whole[name] for name in short} | {"_links": 0}
    assert ["id", "class", "subClass", "type", "number", "displayName"] == list(
        itwins_wire.itwin_json(PROJECT, full=False)
    )


def test_times_have_one_width() -> None:
    assert ["2026-01-20T10:51:33.1700000Z", "1970-01-01T00:00:00.0000000Z"] == [stamp(NOW), stamp(0)]


def test_a_user_whose_name_is_the_address_is_called_by_its_first_part() -> None:
    bob = Person(id=ANN.id, email="bob@example.org", name="bob@example.org", created_at=0)

    assert ("bob", "") == (users_wire.user_json(bob)["givenName"], users_wire.user_json(bob)["surname"])
