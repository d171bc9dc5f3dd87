"""glTF 2.0: read as text and binary, written as GLB."""
