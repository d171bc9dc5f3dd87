"""PLY, in text and binary."""
