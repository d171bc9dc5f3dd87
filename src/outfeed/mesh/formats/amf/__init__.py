"""AMF, plain and zipped."""
