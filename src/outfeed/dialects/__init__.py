"""One folder per vendor: routes, wire, errors. They translate; the core knows no vendor."""
