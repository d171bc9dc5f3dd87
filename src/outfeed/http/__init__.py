"""What all dialects need of HTTP: raw paths, bodies, ranges, bearer tokens."""
