"""DXF and DWG drawings as sheets."""
