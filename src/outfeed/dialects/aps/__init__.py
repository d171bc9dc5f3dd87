"""The platform calls that the other Autodesk dialects lean on: sign-in and object storage."""
