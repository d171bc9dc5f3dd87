"""The content of tiles: GLB with the elements that can be picked in it, and their properties."""

from outfeed.tiles.content.schema import Schema, schema_of
from outfeed.tiles.content.write import write_content

__all__ = ["Schema", "schema_of", "write_content"]
