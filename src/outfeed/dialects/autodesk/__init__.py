"""What Autodesk's dialects share: the gateway before them, names of things in addresses, and who acts for whom."""
