"""What users keep: buckets, objects, files, meshes."""
