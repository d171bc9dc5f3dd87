import io
import random
import re
import zipfile

import pytest

from outfeed.errors import SourceError
from unit.mesh_helpers import an_image, chance, written
from unit.threemf_files import ROOT_PART, VERTICES, assembly, component, item, model, package, reading, triangle

SEED_FILE = package(
    model(
        '<basematerials id="1"><base name="a" displaycolor="#102030"/></basematerials>'
        '<m:colorgroup id="2"><m:color color="#010203"/><m:color color="#04050607"/></m:colorgroup>'
        '<m:texture2d id="3" path="/3D/a.png" contenttype="image/png"/>'
        '<m:texture2dgroup id="4" texid="3"><m:tex2coord u="0" v="1"/></m:texture2dgroup>'
        '<m:compositematerials id="5" matid="1" matindices="0 0"><m:composite values="1 0.5"/></m:compositematerials>'
        '<m:multiproperties id="6" pids="1 2 4" blendmethods="mix multiply">'
        '<m:multi pindices="0 1"/></m:multiproperties>'
        + triangle(7, attributes='pid="6" p1="0"', of_object='pid="5" pindex="0"')
        + assembly(8, component(7, "1 0 0 0 1 0 0 0 1 1 2 3"), component(7))
        + triangle(9, attributes='pid="4" p1="0"', vertices=VERTICES * 2),
        item(8) + item(9, "2 0 0 0 -1 0 0 0 1 0 0 0") + item(1, more='p:path="/3D/a.model"'),
    ),
    {"3D/a.png": an_image(), "3D/a.model": model(triangle(1))},
)
#: Of each 150: refusing everything is no answer.
LEAST_READ = 30
WORDS = (
    "-1",
    "0",
    "1",
    "7",
    "99",
    "1e999",
    "nan",
    "4294967296",
    "9" * 40,
    "",
    "1 2 3",
    "#GG",
    "mix",
    "none",
    "m",
    "1_0",
)


def damaged(dice: random.Random) -> bytes:
    """Return the file with a few values of one part exchanged, elements doubled or bytes broken."""
    with zipfile.ZipFile(io.BytesIO(SEED_FILE)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = dice.choice([ROOT_PART] * 6 + list(parts))
    text = parts[name].decode("latin-1")
    for _ in range(dice.randint(1, 3)):
        places = list(re.finditer(r'"[^"]*"' if dice.random() < 0.7 else r"<[^?/!>]*/>", text))
        place = dice.choice(places) if places else re.compile("").match(text)
        assert place is not None
        other = f'"{dice.choice(WORDS)}"' if place.group().startswith('"') else place.group() * dice.choice([0, 2])
        text = text[: place.start()] + other + text[place.end() :]
    parts[name] = text.encode("latin-1")
    model_part, rels = parts.pop(ROOT_PART), parts.pop("_rels/.rels").decode("latin-1")
    return package(model_part, parts, rels=rels)


@pytest.mark.parametrize("share", range(4))
def test_a_damaged_file_is_refused_or_read_as_a_mesh_that_can_be_written(share: int) -> None:
    dice = chance(f"3mf {share}")
    read = 0
    for _ in range(150):
        try:
            data = written(reading(damaged(dice)).mesh, "3mf")
        except SourceError:
            continue
        assert data == written(reading(data).mesh, "3mf")
        read += 1

    assert read > LEAST_READ
