"""OFF, in text and binary."""
