"""3D Tiles: a scene as a tree of tiles that a viewer loads piece by piece. A library: it knows no server."""
