"""What a model's file is: told from its first bytes, or else from its name."""

from outfeed.scene.registry import SCENE_READERS, scene_reader_for
from outfeed.scene.registry import sniffed as scene_sniffed
from outfeed.sheets.registry import SHEET_READERS, sheet_reader_for
from outfeed.sheets.registry import sniffed as sheets_sniffed


def format_of(head: bytes, file_name: str) -> str:
    """
    Return the format that a file's first bytes tell, or else its name; empty: nothing here reads it.

    It is one of the scenes' or of the sheets' formats; IFC is both.
    """
    told = sheets_sniffed(head) or scene_sniffed(head)
    return told or scene_reader_for(file_name) or sheet_reader_for(file_name) or ""


def file_name_of(head: bytes, model_name: str) -> str:
    """Return a name for a file that came without one: the model's, with the end that its format has."""
    format_name = format_of(head, model_name)
    if not format_name:
        return model_name
    ends = (SCENE_READERS.get(format_name) or SHEET_READERS[format_name]).extensions
    return model_name if model_name.lower().endswith(ends) else model_name + ends[0]
