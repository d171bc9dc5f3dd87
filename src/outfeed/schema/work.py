"""Meshes, the durable work behind exports, and what came out of it."""

import sqlalchemy as sa

from outfeed.schema.base import DIGEST, ID, MS, metadata

#: An immutable mesh: its blob is in the internal format, its transform is applied when it leaves.
meshes = sa.Table(
    "meshes",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("principal_id", ID, sa.ForeignKey("principals.id"), nullable=False, index=True),
    sa.Column("name", sa.String(1024), nullable=False),
    sa.Column("blob", DIGEST, nullable=False, index=True),
    sa.Column("door", sa.String(8), nullable=False),  # oss, files: where the source came from, so the result goes there
    sa.Column("transform", sa.JSON, nullable=False),  # three columns of four numbers
    sa.Column("facts", sa.JSON, nullable=False),  # num_vertices, num_triangles, has_uvs, bounding_box, unit, lost
    sa.Column("created_at", MS, nullable=False),
    sa.Column("visual", sa.JSON(none_as_null=True)),  # where its preview lies, as in a job's result; null: none yet
    sa.Column("analysis", DIGEST, index=True),  # blob of its analysis, JSON; null: it was not analysed
)

#: Pictures of meshes, each under the digest of what it shows, a principal's own.
thumbnails = sa.Table(
    "thumbnails",
    metadata,
    sa.Column("principal_id", ID, sa.ForeignKey("principals.id"), primary_key=True),
    sa.Column("key", DIGEST, primary_key=True),
    sa.Column("blob", DIGEST, nullable=False, index=True),
    sa.Column("sha1", sa.String(40), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("created_at", MS, nullable=False),
)

#: The durable work behind an import, an export or a preview.
jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("principal_id", ID, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("turn", sa.BigInteger, nullable=False),  # place in the fair order; lower runs first
    sa.Column("progress", sa.Float, nullable=False),
    sa.Column("spec", sa.JSON, nullable=False),  # inputs and options, as the kind needs them
    sa.Column("result", sa.JSON),
    sa.Column("error_code", sa.String(64)),
    sa.Column("error_message", sa.Text),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("peak_memory_bytes", sa.BigInteger),
    sa.Column("created_at", MS, nullable=False),
    sa.Column("started_at", MS),
    sa.Column("updated_at", MS, nullable=False),
    sa.Column("finished_at", MS),
    sa.Index("ix_jobs_principal_id_turn", "principal_id", "turn"),
    sa.Index("ix_jobs_state_turn", "state", "turn"),
)

#: Version + kind + options = key; the same key is not made twice.
exports = sa.Table(
    "exports",
    metadata,
    sa.Column("id", ID, primary_key=True),  # also the artifact's name
    sa.Column("key", DIGEST, nullable=False),
    sa.Column("principal_id", ID, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("mesh_id", ID, nullable=False),
    sa.Column("format", sa.String(32), nullable=False),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("door", sa.String(8), nullable=False),
    sa.Column("job_id", ID, sa.ForeignKey("jobs.id"), nullable=False, unique=True),
    sa.Column("created_at", MS, nullable=False),
    sa.Index("ix_exports_principal_id_key", "principal_id", "key"),
)
