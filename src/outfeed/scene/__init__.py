"""What a model holds: elements with names, properties and geometry. A library: it knows no server."""
