"""PDF: reading it with suspicion, and writing single pages and whole sets."""
