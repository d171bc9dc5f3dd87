"""Drawings, their pages and markups, and what they were exported as."""

import sqlalchemy as sa

from outfeed.schema.base import DIGEST, ID, MS, metadata

#: What a version of a page is: a sheet of a version of a file.
pages = sa.Table(
    "pages",
    metadata,
    sa.Column("version_id", ID, sa.ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("source_id", ID, sa.ForeignKey("versions.id", ondelete="CASCADE"), nullable=False),
    sa.Column("index", sa.Integer, nullable=False),  # of the page in the PDF, from 0
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("title", sa.String(255), nullable=False),
    sa.Column("width_pt", sa.Float, nullable=False),
    sa.Column("height_pt", sa.Float, nullable=False),
    sa.UniqueConstraint("source_id", "index"),
)

#: That a version of a file was, or is, read as sheets.
drawings = sa.Table(
    "drawings",
    metadata,
    sa.Column("version_id", ID, sa.ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("job_id", ID, sa.ForeignKey("jobs.id"), nullable=False, index=True),
    sa.Column("blob", DIGEST, index=True),  # of the PDF that its pages are of; null until the job has succeeded
)

#: A name for bytes of a project: empty, uploaded, or those of a version. They are an object of this name.
storages = sa.Table(
    "storages",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),  # in the bucket that all projects share
    sa.Column("project_id", ID, sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    sa.Column("version_id", ID, sa.ForeignKey("versions.id", ondelete="CASCADE"), unique=True),  # null: of none yet
    sa.Column("created_by", ID, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("created_at", MS, nullable=False),
    sa.Column("expires_at", MS, index=True),  # null: it is a version's
)

#: What people draw on pages.
markups = sa.Table(
    "markups",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("version_id", ID, sa.ForeignKey("versions.id", ondelete="CASCADE"), nullable=False),
    sa.Column("page", sa.Integer, nullable=False),  # of the version, from 0; a page's version has one
    sa.Column("owner_id", ID, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("published", sa.Boolean, nullable=False),  # to all members of the project; else the owner's own
    sa.Column("content", sa.JSON, nullable=False),  # as `outfeed.sheets.markups` has it
    sa.Column("created_at", MS, nullable=False),
    sa.Column("modified_at", MS, nullable=False),
    sa.Index("ix_markups_version_id_page", "version_id", "page"),
)

#: What sheets were exported as. Several may share a job: what they ask for is the same.
sheet_exports = sa.Table(
    "sheet_exports",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("key", DIGEST, nullable=False, index=True),
    sa.Column("kind", sa.String(8), nullable=False),  # page, files, sheets
    sa.Column("project_id", ID, sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    sa.Column("version_id", ID, sa.ForeignKey("versions.id", ondelete="CASCADE"), index=True),  # of one page
    sa.Column("file_name", sa.String(300), nullable=False),  # of the artifact, for downloads
    sa.Column("failed", sa.JSON, nullable=False),  # what failed before the job, and the versions that it names
    sa.Column("job_id", ID, sa.ForeignKey("jobs.id"), nullable=False, index=True),
    sa.Column("created_by", ID, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("created_at", MS, nullable=False),
)

#: What an object or a version was translated into, under the address that a client calls it by.
derivatives = sa.Table(
    "derivatives",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("source", sa.String(1400), nullable=False),  # the address: urn:adsk…
    sa.Column("blob", DIGEST, nullable=False, index=True),  # of the source
    sa.Column("format", sa.String(16), nullable=False),  # thumbnail, pdf, stl, obj, glb
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("job_id", ID, sa.ForeignKey("jobs.id"), nullable=False, index=True),
    sa.Column("created_by", ID, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("created_at", MS, nullable=False),
    sa.UniqueConstraint("source", "format"),
)
