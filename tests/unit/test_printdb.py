"""Definitions of printers: what is built in, what operators add, and what is wrong with a file."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outfeed.errors import DefinitionInvalid
from outfeed.printdb import PrintDb, Technology
from outfeed.printdb.reading import Definitions, read_file
from outfeed.printdb.spelling import nearly

EMBER = "7FAF097F-DB2E-45DC-9395-A30210E789AA"
BUILT_IN = PrintDb.load()
NEW_TYPE = "11111111-2222-4333-8444-555555555555"
NEW_MATERIAL = "21111111-2222-4333-8444-555555555555"
NEW_PROFILE = "31111111-2222-4333-8444-555555555555"


def a_type(**changes: Any) -> dict[str, Any]:
    """Return a printer type as a file has it."""
    return {
        "id": NEW_TYPE,
        "name": "Moonray",
        "manufacturer": "SprintRay",
        "technology": "DLP",
        "default_material": NEW_MATERIAL,
        "default_profile": NEW_PROFILE,
        "volume": {
            "shape": "Cartesian",
            "size": [12.8, 8, 20],
            "offset": [0, 0, 0],
            "home": [0, 0, 0],
            "park": [0, 0, 0],
        },
        "printable": {"content": "image/png+zip", "extension": "zip", "generates_supports": False},
    } | changes


def a_material(**changes: Any) -> dict[str, Any]:
    """Return a material as a file has it."""
    return {
        "id": NEW_MATERIAL,
        "name": "Gray",
        "technology": "DLP",
        "composition": "PHOTORESIN",
        "printer_types": [NEW_TYPE],
        "color": "808080",
    } | changes


def a_profile(**changes: Any) -> dict[str, Any]:
    """Return a profile as a file has it."""
    return {
        "id": NEW_PROFILE,
        "name": "100 micron",
        "technology": "DLP",
        "printer_types": [NEW_TYPE],
        "settings": {"layer_height": 0.01, "model": {"layer": {"exposure_time": 2}}},
    } | changes


def a_file(**changes: Any) -> dict[str, Any]:
    """Return a file that defines a printer."""
    return {"printer_types": [a_type()], "materials": [a_material()], "profiles": [a_profile()]} | changes


def loaded(folder: Path, content: object) -> PrintDb:
    """Return what is built in, with one file beside it."""
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / "mine.json").write_text(text, encoding="utf-8")
    return PrintDb.load(folder)


def test_the_default_material_and_profile_of_every_type_list_it() -> None:
    for machine in BUILT_IN.printer_types:
        material, profile = BUILT_IN.material(machine.default_material), BUILT_IN.profile(machine.default_profile)

        assert material is not None, machine.name
        assert profile is not None, machine.name
        assert machine.id in material.printer_types
        assert machine.id in profile.printer_types
        assert material.id in profile.materials


def test_an_ember_is_known_as_the_vendor_knew_it() -> None:
    ember = BUILT_IN.printer_type(EMBER.lower())

    assert ember is not None
    assert ("Ember", Technology.DLP, (6.4, 4, 13.4)) == (ember.name, ember.technology, ember.volume.size)
    assert "426F14FE-E6AF-496F-BBC7-7D6C0E16861D" == ember.default_material
    assert "34F0E39A-9389-42BA-AB5A-4F2CD59C98E4" == ember.default_profile
    # 1280 by 800 pixels of 50 micrometres are its bed.
    pixels = (ember.capabilities["img_width"], ember.capabilities["img_height"])
    assert tuple(0.005 * pixel for pixel in pixels) == pytest.approx(ember.volume.size[:2])


def test_no_id_is_given_twice() -> None:
    ids = [
        *(machine.id for machine in BUILT_IN.printer_types),
        *(material.id for material in BUILT_IN.materials),
        *(profile.id for profile in BUILT_IN.profiles),
    ]

    assert len(ids) == len({item.lower() for item in ids})
    assert {"Generic FDM", "Generic DLP"} <= {machine.name for machine in BUILT_IN.printer_types}


def test_a_profile_has_the_settings_of_the_one_that_it_is_like() -> None:
    thick, thin = (BUILT_IN.profile(item) for item in ("3D3F6B8A-39BD-478C-B573-CAE6BCDF9FD7", EMBER_10))
    assert thick is not None
    assert thin is not None

    changed = {name for name in thin.settings if thin.settings[name] != thick.settings[name]}
    assert {"layer_height", "model_layer_exposure_time"} == changed
    assert (0.005, 2.2) == (thick.settings["layer_height"], thick.settings["model_layer_exposure_time"])


EMBER_10 = "34F0E39A-9389-42BA-AB5A-4F2CD59C98E4"


def test_a_file_of_the_operator_adds_a_printer_type(tmp_path: Path) -> None:
    db = loaded(tmp_path, a_file())

    assert len(BUILT_IN.printer_types) + 1 == len(db.printer_types)
    assert db.knows_type(NEW_TYPE.upper())
    profile = db.profile(NEW_PROFILE)
    assert profile is not None
    assert {"layer_height": 0.01, "model_layer_exposure_time": 2} == profile.settings
    assert (NEW_MATERIAL,) == profile.materials


def test_a_later_file_replaces_an_entry_whatever_the_case_of_its_id(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(a_file()), encoding="utf-8")
    again = {"printer_types": [a_type(id=NEW_TYPE.upper(), name="Moonray S")]}
    (tmp_path / "b.json").write_text(json.dumps(again), encoding="utf-8")

    found = PrintDb.load(tmp_path).printer_type(NEW_TYPE)

    assert found is not None
    assert "Moonray S" == found.name


def without(entry: dict[str, Any], name: str) -> dict[str, Any]:
    """Return an entry without a field."""
    return {key: value for key, value in entry.items() if key != name}


WRONG = {
    "no JSON": ("{", "is not JSON"),
    "no object": ("[]", "is no object"),
    "a name twice": ('{"about": "", "about": ""}', "about stands twice"),
    "not a number": ('{"profiles": [{"id": NaN}]}', "NaN is no number"),
    "an unknown list": ({"printers": []}, "printers is no field of it"),
    "a list that is none": ({"materials": {}}, "materials should be a list"),
    "a missing name": (a_file(printer_types=[without(a_type(), "name")]), "printer_types[0]: name is missing"),
    "a misspelt field": (a_file(printer_types=[a_type(colour=1)]), "printer_types[0] (Moonray): colour is no field"),
    "a misspelt field that is needed": (
        a_file(materials=[without(a_material(), "color") | {"colour": "808080"}]),
        "color is missing: colour is no field of it.",
    ),
    "a misspelt field that is not needed": (
        a_file(materials=[a_material(websiet="")]),
        "websiet is no field of it: did you mean website.",
    ),
    "a misspelt setting": (
        a_file(profiles=[a_profile(settings={"layer_height": 1, "model_layer": {"exposure_tme": 3}})]),
        "(100 micron): settings: model_layer_exposure_tme is not known: did you mean model_layer_exposure_time?",
    ),
    "a misspelt figure": (
        a_file(printer_types=[a_type(capabilities={"img_widht": 1280})]),
        "capabilities: img_widht is not known: did you mean img_width?",
    ),
    "a property in other case": (
        a_file(materials=[a_material(properties={"burn_in_layers": 1})]),
        "properties: burn_in_layers is not known: did you mean BurnInLayers?",
    ),
    "a list of texts that is none": ({"meant": "x"}, "meant should be a list of texts"),
    "no UUID": (a_file(materials=[a_material(id="x")]), "materials[0] (Gray): id should be a UUID"),
    "no technology": (a_file(printer_types=[a_type(technology="SLA")]), "technology should be one of DLP, FDM"),
    "no colour": (a_file(materials=[a_material(color="grey")]), "color should be six hexadecimal digits"),
    "no types": (a_file(profiles=[a_profile(printer_types=[])]), "printer_types should be a list of UUIDs"),
    "a volume of nothing": (
        a_file(printer_types=[a_type(volume=a_type()["volume"] | {"size": [1, 0, 1]})]),
        "volume: size should be three numbers above 0",
    ),
    "an extension with a path": (
        a_file(printer_types=[a_type(printable=a_type()["printable"] | {"extension": "a/../b"})]),
        "extension should be the end",
    ),
    "a type without its material": (a_file(materials=[]), "default_material is not defined"),
    "a default that does not list it": (
        a_file(materials=[a_material(printer_types=[EMBER])]),
        "default_material is not for this printer type: Gray does not list it",
    ),
    "a type that is not there": (
        a_file(profiles=[a_profile(printer_types=[NEW_TYPE, NEW_PROFILE])]),
        f"printer_types: {NEW_PROFILE} is not defined",
    ),
    "a profile like itself": (a_file(profiles=[a_profile(like=NEW_PROFILE)]), "like names no profile"),
    "a profile like none": (a_file(profiles=[a_profile(like=NEW_TYPE)]), "like names no profile"),
    "no layer height": (a_file(profiles=[a_profile(settings={})]), "settings: layer_height is missing"),
    "a setting that hides a field": (
        a_file(profiles=[a_profile(settings={"layer_height": 1, "printer": {"types": 1}})]),
        "settings: printer_types has a field of its own",
    ),
    "a setting that is an object in a list": (
        a_file(profiles=[a_profile(settings={"layer_height": [{}]})]),
        "layer_height should be a number",
    ),
    "settings too deep": (
        a_file(profiles=[a_profile(settings=json.loads('{"a":' * 8 + "1" + "}" * 8))]),
        "is nested too deeply",
    ),
    "an endless number": (a_file(materials=[a_material(cost=10**400)]), "cost should be a number"),
}


@pytest.mark.parametrize(("content", "why"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_a_file_is_told_with_its_place(tmp_path: Path, content: object, why: str) -> None:
    with pytest.raises(DefinitionInvalid) as told:
        loaded(tmp_path, content)

    assert str(tmp_path / "mine.json") in str(told.value)
    assert why in str(told.value)


@pytest.mark.parametrize(
    "settings",
    [
        {"a_speed_max": 1},  # another axis
        {"speed_travel_2": 1},
        {"model_2_layer_exposure_time": 1},
        {"ultrasonic_cleaning": True},
        {"last_layer_exposure_time": 1},
    ],
)
def test_a_machines_own_settings_are_free(tmp_path: Path, settings: dict[str, Any]) -> None:
    found = loaded(tmp_path, a_file(profiles=[a_profile(settings={"layer_height": 1} | settings)]))

    assert settings.items() <= found.profiles[-1].settings.items()


def test_a_name_that_is_nearly_a_known_one_may_be_meant(tmp_path: Path) -> None:
    content = a_file(profiles=[a_profile(settings={"layer_heights": [1, 2], "layer_height": 1})])
    with pytest.raises(DefinitionInvalid, match="layer_heights is not known: did you mean layer_height"):
        loaded(tmp_path, content)

    found = loaded(tmp_path, content | {"meant": ["layer_heights"]})

    assert [1, 2] == found.profiles[-1].settings["layer_heights"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("speed_travel", None),
        ("speed_trave", "speed_travel"),
        ("speed_travell", "speed_travel"),
        ("speed_travle", "speed_travel"),
        ("speed_trabel", "speed_travel"),
        ("Speed-Travel", "speed_travel"),
        ("speedtravel", "speed_travel"),
        ("speed_trabbl", None),
        ("speed_1", None),
        ("speed", None),
        ("y", None),
        ("", None),
    ],
)
def test_one_slip_is_a_slip(name: str, meant: str | None) -> None:
    assert meant == nearly(name, {"speed_travel", "speed_0", "x"})


def test_a_name_is_looked_at_in_its_own_group_only(tmp_path: Path) -> None:
    found = loaded(tmp_path, a_file(printer_types=[a_type(capabilities={"layer_heigth": 1})]))

    assert {"layer_heigth": 1} == found.printer_types[-1].capabilities


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*a_file(), *a_type(), *a_profile()]), inner),
        max_leaves=20,
    )
)
def test_any_file_is_read_or_refused(content: Any) -> None:
    into = Definitions()

    with suppress(DefinitionInvalid):
        read_file("any.json", json.dumps({"printer_types": content}).encode(), into)

    assert all(key == machine.id.lower() for key, machine in into.types.items())


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DefinitionInvalid, match="is no folder"):
        PrintDb.load(tmp_path / "nowhere")


def test_a_server_does_not_start_with_a_definition_that_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text(json.dumps(a_file(materials=[])), encoding="utf-8")
    environment = {"OUTFEED_PRINTDB": str(tmp_path)}
    # In a process of its own: `serve` sets up the logging of its process for good.
    command = [sys.executable, "-m", "outfeed", "serve", "--port", "0", "--no-worker", "--data", str(tmp_path / "data")]

    ended = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)

    assert 1 == ended.returncode
    assert "(Moonray): default_material is not defined." in ended.stderr


def test_an_ember_gets_its_settings_where_it_looks_for_them() -> None:
    wrapped = {"Settings": {"ModelExposureSec": 2}}

    assert wrapped == BUILT_IN.settings_for(EMBER, {"ModelExposureSec": 2})
    assert wrapped == BUILT_IN.settings_for(EMBER, wrapped)
    assert {"Settings": {}} == BUILT_IN.settings_for(EMBER, None)
    assert BUILT_IN.settings_for("3F64F6EC-A1DF-44AB-A22E-58C036F2F474", None) is None
