"""What faces of OBJ are made of: libraries of materials and images, found, missing or made to harm."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
import trimesh
from PIL import Image
from trimesh.resolvers import FilePathResolver

from outfeed.mesh.appearance import Material, Texture, Wrap
from outfeed.mesh.formats.obj.mtl import MOST_BYTES, SHARES, Entry, parse, plain_name, written_names
from outfeed.mesh.formats.obj.mtl import Image as Reference
from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.formats.registry import read_mesh, read_source
from outfeed.mesh.formats.source import ReadLimits, SourceFile, beside
from outfeed.mesh.traits import Loss, Trait
from outfeed.mesh.units import Unit
from unit.mesh_helpers import DATA, an_image

TRIANGLE = "v 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 0 1\n"
FACE = "f 1/1 2/2 3/3\n"


def read_with(files: dict[str, bytes | str], model: str, **limits: int) -> Reading:
    """Read OBJ with files beside it."""
    data = {name: text.encode() if isinstance(text, str) else text for name, text in files.items()}
    source = SourceFile(content=model.encode(), companion=data.get)
    return read_source(source, format="obj", unitless=Unit.MILLIMETRE, limits=ReadLimits(**limits))


def losses(reading: Reading) -> dict[Trait, str]:
    assert len({loss.what for loss in reading.lost}) == len(reading.lost)
    return {loss.what: loss.why for loss in reading.lost}


def test_faces_get_the_materials_that_stand_before_them() -> None:
    library = "newmtl red one\nKd 1 0 0\nd 0.5\nnewmtl blue\n\tKd 0 0 1\nnewmtl unused\nKd 1 1 1\n"
    model = f"{TRIANGLE}mtllib a.mtl\n{FACE}usemtl blue\n{FACE}usemtl\tred  one \n{FACE}usemtl blue\n{FACE}"

    reading = read_with({"a.mtl": library}, model)

    assert reading.mesh.material_faces is not None
    blue, red = Material(name="blue", color=(0, 0, 255, 255)), Material(name="red one", color=(255, 0, 0, 128))
    assert (blue, red) == reading.mesh.materials
    assert [-1, 0, 1, 0] == reading.mesh.material_faces.tolist()
    assert () == reading.lost


def test_a_material_without_a_library_is_white_and_keeps_its_name() -> None:
    reading = read_with({}, f"{TRIANGLE}usemtl Material #25\n{FACE}")

    assert (Material(name="Material #25"),) == reading.mesh.materials
    assert () == reading.lost


def test_names_of_materials_that_no_face_has_are_not_looked_up() -> None:
    reading = read_with({}, f"mtllib gone.mtl\nusemtl a\n{TRIANGLE}{FACE}usemtl b\n")

    assert (Material(name="a"),) == reading.mesh.materials
    assert {Trait.MATERIALS} == losses(reading).keys()


@pytest.mark.parametrize(
    "line",
    [
        "mtllib my colours.mtl",
        "mtllib other.mtl my colours.mtl",
        "mtllib missing.mtl my colours.mtl",
        "mtllib other.mtl\nmtllib C:\\old parts\\my colours.mtl",
        "mtllib /home of somebody/my colours.mtl",
        "mtllib my \\\ncolours.mtl",
    ],
)
def test_libraries_have_blanks_in_their_names_and_several_stand_on_a_line(line: str) -> None:
    files: dict[str, bytes | str] = {"my colours.mtl": "newmtl a\nKd 0 1 0\n", "other.mtl": "newmtl b\n"}

    reading = read_with(files, f"{line}\n{TRIANGLE}usemtl a\n{FACE}")

    assert (Material(name="a", color=(0, 255, 0, 255)),) == reading.mesh.materials


def test_the_first_library_that_has_a_material_counts() -> None:
    files: dict[str, bytes | str] = {"1.mtl": "newmtl a\nKd 0 1 0\n", "2.mtl": "newmtl a\nKd 1 0 0\n"}

    reading = read_with(files, f"mtllib 1.mtl 2.mtl\n{TRIANGLE}usemtl a\n{FACE}")

    assert (Material(name="a", color=(0, 255, 0, 255)),) == reading.mesh.materials


def test_what_is_missing_is_said_with_the_first_name() -> None:
    library = "newmtl a\nmap_Kd gone\x07.png\nnewmtl b\nmap_Kd text.png\nKs 1 1 1\n"
    model = f"mtllib a.mtl\nmtllib {'x' * 90}.mtl\n{TRIANGLE}usemtl a\n{FACE}usemtl b\n{FACE}usemtl c\n{FACE}"

    reading = read_with({"a.mtl": library, "text.png": "no image"}, model)

    assert {
        Trait.MATERIALS: f"Libraries of materials that are not there, or too large: '{'x' * 59}…'.",
        Trait.TEXTURES: "Images that are not there, or cannot be read: 'gone .png' and 1 more.",
        Trait.SHADING: "",
    } == losses(reading)
    assert ((), 3) == (reading.mesh.textures, len(reading.mesh.faces))


def test_a_material_that_no_library_has_is_said() -> None:
    reading = read_with({"a.mtl": "newmtl a\n"}, f"mtllib a.mtl\n{TRIANGLE}usemtl a\n{FACE}usemtl b\n{FACE}")

    assert {Trait.MATERIALS: "Materials that no library has: 'b'."} == losses(reading)


def test_a_library_that_is_too_large_is_not_read() -> None:
    files: dict[str, bytes | str] = {"1.mtl": b"#" * MOST_BYTES, "2.mtl": "newmtl a\nKd 0 0 0\n"}

    reading = read_with(files, f"mtllib 1.mtl 2.mtl\n{TRIANGLE}usemtl a\n{FACE}")

    assert (Material(name="a"),) == reading.mesh.materials
    assert "2.mtl" in losses(reading)[Trait.MATERIALS]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("map_Kd a.png", "a.png"),
        ("map_kd\ta b.png ", "a b.png"),
        ("map_Kd -clamp off -s 1 1 1 -o 0 0 -mm 0 1 -bm 0.5 2 a.png", "2 a.png"),
        ("map_Kd -blendu on -texres 512 -type sphere -imfchan l a.png", "a.png"),
        ('map_Kd "a b.png"', "a b.png"),
        ("map_Kd C:\\textures\\a.png", "C:\\textures\\a.png"),
        ("map_Kd -unknown.png", "-unknown.png"),
        ("map_Kd -s 1.png", "1.png"),
    ],
)
def test_names_of_images_stand_behind_options(line: str, name: str) -> None:
    assert {"a": Entry(image=Reference(reference=name))} == parse(f"newmtl a\n{line}\n".encode(), {"a"})


def test_options_clamp_and_move_a_texture() -> None:
    found = parse(
        b"newmtl a\nmap_Kd -clamp on x\nnewmtl b\nmap_Kd -s 2 2 x\nnewmtl c\nmap_Kd -o 0 .5 0 x", {"a", "b", "c"}
    )

    assert {
        "a": Entry(image=Reference(reference="x", clamp=True)),
        "b": Entry(image=Reference(reference="x", moved=True)),
        "c": Entry(image=Reference(reference="x", moved=True)),
    } == found


@pytest.mark.parametrize(
    ("lines", "entry"),
    [
        ("Kd 0.2 .4 1e-9", Entry(color=(51, 102, 0, 255))),
        ("Kd 0.5", Entry(color=(128, 128, 128, 255))),
        ("Kd 2 -1 0.64 7", Entry(color=(255, 0, 163, 255))),
        ("Kd spectral a.rfl", Entry(shaded=True)),
        ("Kd xyz 1 1 1", Entry(shaded=True)),
        ("Kd nan 1 1", Entry(shaded=True)),
        ("Kd", Entry(shaded=True)),
        ("d 0.25", Entry(color=(255, 255, 255, 64))),
        ("d -halo 0", Entry(color=(255, 255, 255, 0))),
        ("Tr 0.25", Entry(color=(255, 255, 255, 191))),
        ("d 0.9\nTr 0.9", Entry(color=(255, 255, 255, 230))),
        ("Tr 0.9\nd 0.9", Entry(color=(255, 255, 255, 230))),
        ("d inf\nd x\nd", Entry()),
        ("map_Kd\nmap_Kd -s 1 \n# Ks 1 1 1\nhello\n\x00\xff", Entry(image=Reference(reference="1"))),
        ("Ka 1 1 1\nKs 0 0 0", Entry(shaded=True)),
        ("map_Bump a.png", Entry(shaded=True)),
    ],
)
def test_a_material_is_read_as_far_as_a_mesh_goes(lines: str, entry: Entry) -> None:
    assert {"a": entry} == parse(f"\ufeffKd 1 0 0\r\nnewmtl a\r\n{lines}\r".encode(), {"a"})


def test_of_two_materials_of_one_name_the_later_counts() -> None:
    assert {"a": Entry(color=(0, 0, 0, 255))} == parse(b"newmtl a\nd 0\nnewmtl a\nKd 0\n", {"a"})


def test_names_in_latin_1_and_in_utf_8_are_both_read() -> None:
    both = "newmtl ü\nKd 0\n".encode("latin-1") + "newmtl ö\nKd 0\n".encode()

    assert {"ü", "ö"} == parse(both, {"ü", "ö"}).keys()


def test_textures_are_shared_by_materials_and_differ_by_their_edge() -> None:
    library = "newmtl a\nmap_Kd x.png\nnewmtl b\nKd 0 0 0\nmap_Kd ./x.png\nnewmtl c\nmap_Kd -clamp on x.png\n"
    model = f"mtllib sub/a.mtl\n{TRIANGLE}" + "".join(f"usemtl {name}\n{FACE}" for name in "abc")

    mesh = read_with({"sub/a.mtl": library, "sub/x.png": an_image(), "sub/./x.png": an_image()}, model).mesh

    once = Texture(image=an_image(), media_type="image/png")
    clamped = Texture(image=an_image(), media_type="image/png", wrap_u=Wrap.CLAMP, wrap_v=Wrap.CLAMP)
    assert (once, clamped) == mesh.textures
    assert [0, 0, 1] == [material.texture for material in mesh.materials]


@pytest.mark.parametrize("form", ["TGA", "BMP", "GIF"])
def test_images_of_other_formats_become_png(form: str) -> None:
    image = an_image(form=form, mode="P" if form == "GIF" else "RGB")

    mesh = read_with(
        {"a.mtl": f"newmtl a\nmap_Kd x.{form}\n", f"x.{form}": image}, f"mtllib a.mtl\n{TRIANGLE}usemtl a\n{FACE}"
    ).mesh

    (texture,) = mesh.textures
    with Image.open(io.BytesIO(texture.image)) as png, Image.open(io.BytesIO(image)) as given:
        assert ("PNG", "image/png") == (png.format, texture.media_type)
        assert given.convert("RGB").tobytes() == png.convert("RGB").tobytes()


def test_a_moved_texture_is_said_to_be_lost() -> None:
    files: dict[str, bytes | str] = {"a.mtl": "newmtl a\nmap_Kd -o 1 x.png\n", "x.png": an_image()}

    reading = read_with(files, f"mtllib a.mtl\n{TRIANGLE}usemtl a\n{FACE}")

    assert {Trait.TEXTURES: "Textures are moved or scaled, which is left out."} == losses(reading)
    assert len(reading.mesh.textures) == 1


def test_a_library_that_is_named_for_each_object_is_read_once_and_not_missing() -> None:
    lines = "mtllib a.mtl\nmtllib b.mtl\nmtllib a.mtl b.mtl\nmtllib a.mtl\nmtllib\n"
    files: dict[str, bytes | str] = {"a.mtl": "newmtl a\nKd 0\n", "b.mtl": ""}

    reading = read_with(files, f"{lines}{TRIANGLE}usemtl a\n{FACE}")

    assert (Material(name="a", color=(0, 0, 0, 255)),) == reading.mesh.materials
    assert () == reading.lost


@pytest.mark.parametrize(
    "line",
    ["a.mtl " * 200_000, "".join(f"{n}.mtl " for n in range(50_000)), "a.mtl" + " " * 500_000 + "x", "a/" * 500_000],
    ids=["one", "many", "blanks", "folders"],
)
def test_lines_of_many_libraries_end(line: str) -> None:
    reading = read_with(
        {"z.mtl": "newmtl a\nmap_Kd " + "-o " * 300_000}, f"mtllib z.mtl\nmtllib {line}\n{TRIANGLE}usemtl a\n{FACE}"
    )

    assert (Material(name="a"),) == reading.mesh.materials
    assert {Trait.MATERIALS} == losses(reading).keys()


def test_no_more_files_are_looked_for_than_the_limits_allow() -> None:
    asked: list[str] = []

    def companion(name: str) -> bytes | None:
        asked.append(name)
        return None

    lines = "".join(f"mtllib {n}.mtl {n}b.mtl\n" for n in range(500))
    source = SourceFile(content=f"{lines}{TRIANGLE}usemtl a\n{FACE}".encode(), companion=companion)
    read_source(source, format="obj", unitless=Unit.METRE, limits=ReadLimits(max_entries=10))

    assert 10 == len(asked)


BESIDES = {
    "vn 0 0 1\n": Loss(what=Trait.NORMALS),
    "p 1\n": Loss(what=Trait.POINTS),
    "l 1 2\n": Loss(what=Trait.LINES),
    "o a\no b\n": Loss(what=Trait.STRUCTURE),
    "g a\ng b\n": Loss(what=Trait.STRUCTURE),
    "curv 0 1 1 2\n": Loss(what=Trait.OTHER, why="Free-form curves and surfaces."),
}


@pytest.mark.parametrize("lines", BESIDES)
def test_what_is_read_over_is_said_to_be_lost(lines: str) -> None:
    assert (BESIDES[lines],) == read_with({}, TRIANGLE + lines + FACE).lost
    assert () == read_with({}, f"o a\ng b\ns 1\n{TRIANGLE}{FACE}").lost


@pytest.mark.parametrize("name", ["mtllib_url", "mtllib_absolute", "mtllib_traversal", "mtl_texture_traversal"])
@pytest.mark.skipif(not DATA.is_dir(), reason="no test data: set OUTFEED_TEST_DATA")
def test_nothing_outside_the_folder_is_opened(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    for path in (DATA / "hostile" / "obj").glob("mtl*"):
        (folder / path.name).write_bytes(path.read_bytes())
    (tmp_path / "hostname").write_bytes(an_image())
    model = folder / f"{name}.obj"
    model.write_text(model.read_text() + "mtllib ../hostname\nusemtl a\nf 1 2 3\n")

    limits = ReadLimits()
    reading = read_mesh(model, format="obj", unitless=Unit.MILLIMETRE, limits=limits, companion=beside(model, limits))

    assert (13, ()) == (len(reading.mesh.faces), reading.mesh.textures)
    assert Trait.MATERIALS in losses(reading)


#: trimesh does not know the material without a name.
SIDE_FILES = sorted(
    path.with_suffix(".obj") for path in DATA.glob("obj/*/*.mtl") if path.stem != "box-unnamed-material"
)


@pytest.mark.parametrize("path", SIDE_FILES, ids=lambda path: path.stem)
def test_files_with_a_library_look_as_trimesh_sees_them(path: Path) -> None:
    (ours,), textures = surface_of(path)

    (loaded,) = trimesh.load_scene(path, resolver=FilePathResolver(str(path))).geometry.values()
    theirs = loaded.visual.material
    assert ours.color[:3] == tuple(round(255 * share) for share in theirs.kwargs["kd"])
    assert bool(textures) == (theirs.image is not None)
    for texture in textures:
        with Image.open(io.BytesIO(texture.image)) as image:
            assert theirs.image.convert("RGB").tobytes() == image.convert("RGB").tobytes()


@pytest.mark.skipif(not DATA.is_dir(), reason="no test data: set OUTFEED_TEST_DATA")
def test_a_material_may_have_no_name_and_be_seen_through() -> None:
    (unnamed,), _ = surface_of(DATA / "obj/obj2gltf-box-unnamed-material/box-unnamed-material.obj")
    (clear,), _ = surface_of(DATA / "obj/obj2gltf-box-complex-material-alpha/box-complex-material-alpha.obj")

    assert Material(name="", color=(163, 163, 163, 255)) == unnamed
    assert Material(name="Material", color=(163, 163, 163, 230), texture=0) == clear


def surface_of(path: Path) -> tuple[tuple[Material, ...], tuple[Texture, ...]]:
    limits = ReadLimits()
    mesh = read_mesh(path, format="obj", unitless=Unit.MILLIMETRE, limits=limits, companion=beside(path, limits)).mesh
    return mesh.materials, mesh.textures


def test_shares_are_the_shortest_decimals_of_their_byte() -> None:
    assert ("0", "0.004", "0.5", "1") == (SHARES[0], SHARES[1], SHARES[128], SHARES[255])
    assert list(range(256)) == [round(float(share) * 255) for share in SHARES]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["red", "two words", "ü#1"], ["red", "two words", "ü#1"]),
        (["red", "red", "red_2", "red"], ["red", "red_3", "red_2", "red_4"]),
        (["", "material", ""], ["material_2", "material", "material_3"]),
        ([" a\n\tb\u2028c\xa0d\0 ", "a\\", "\\", "\ud800"], ["a b c d", "a_", "_", "?"]),
    ],
)
def test_written_names_are_one_line_each_and_no_two_are_alike(names: list[str], expected: list[str]) -> None:
    assert expected == written_names(names)
    assert expected == written_names(expected)


def test_many_equal_names_take_no_long_time() -> None:
    assert 50_000 == len(set(written_names(["a", "a_2"] * 25_000)))


@pytest.mark.parametrize("clean", [plain_name, lambda name: written_names([name])[0]])
def test_cleaning_a_name_again_changes_nothing(clean: Callable[[str], str]) -> None:
    for code in (*range(0x180), 0x2028, 0x2029, 0x3000, 0xD800, 0xFEFF, 0x1F600):
        once = clean(f"a{chr(code)}")
        assert once == clean(once)
