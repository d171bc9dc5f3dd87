"""IFC files as scenes: elements with their properties, shapes that are shared, and the place on the earth."""
