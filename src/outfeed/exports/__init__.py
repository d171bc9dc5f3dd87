"""The story of an export, and the conversions behind it."""
