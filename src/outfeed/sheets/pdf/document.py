"""What a written PDF says of itself: title, labels, language, how it is shown. Nothing of it is of today."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import Array, Dictionary, Name, ObjectStreamMode, StreamDecodeLevel, String

#: The program that is named in what is written.
PRODUCER: Final = "Outfeed"
_MAX_LANGUAGE: Final = 64
#: How the source asks to be printed and read, as far as that makes sense for one sheet.
_PREFERENCES: Final = ("/Direction", "/PrintScaling", "/Duplex", "/ViewArea", "/ViewClip", "/PrintArea", "/PrintClip")
_XMP: Final = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<pdf:Producer>{producer}</pdf:Producer></rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


def name_document(target: pikepdf.Pdf, title: str) -> None:
    """Give a document its title, in both places where programs look for it, and nothing else."""
    shown = "".join(character for character in title if character.isprintable())
    target.trailer["/Info"] = target.make_indirect(Dictionary(Title=String(shown), Producer=String(PRODUCER)))
    packet = _XMP.format(title=escape(shown), producer=PRODUCER).encode()
    target.Root["/Metadata"] = target.make_stream(packet, {"/Type": Name.Metadata, "/Subtype": Name.XML})


def label_pages(target: pikepdf.Pdf, names: Sequence[str]) -> None:
    """Label each page of a document with a name."""
    labels: list[Any] = []
    for place, name in enumerate(names):
        labels += [place, Dictionary(P=String(name))]
    target.Root["/PageLabels"] = Dictionary(Nums=Array(labels))


def copy_manners(source: pikepdf.Pdf, target: pikepdf.Pdf) -> None:
    """Copy the language of a document, and how it asks to be shown and printed."""
    language = source.Root.get("/Lang")
    if isinstance(language, String) and len(bytes(language)) <= _MAX_LANGUAGE:
        target.Root["/Lang"] = String(str(language))
    shown = Dictionary(DisplayDocTitle=True)
    asked = source.Root.get("/ViewerPreferences")
    for key in _PREFERENCES:
        word = asked.get(key) if isinstance(asked, Dictionary) else None
        if isinstance(word, Name):
            shown[key] = word
    target.Root["/ViewerPreferences"] = shown


def save_document(target: pikepdf.Pdf, out: Path, *, version: str, linearize: bool = True) -> None:
    """
    Write a document: the same bytes for the same content.

    Streams stay packed as they are, so that nothing is unpacked that nobody asked for.
    """
    # A file of one's own is written once; by its path, pikepdf writes another beside it and moves that.
    with out.open("wb") as file, warnings.catch_warnings():
        # Fields of a source that has no form are no form in a sheet either: they look as they did.
        warnings.simplefilter("ignore", pikepdf.exceptions.PageCopyWarning)
        target.save(
            file,
            linearize=linearize,
            deterministic_id=True,
            min_version=version,
            fix_metadata_version=False,
            preserve_pdfa=False,
            object_stream_mode=ObjectStreamMode.generate,
            stream_decode_level=StreamDecodeLevel.none,
        )
