"""Projects with their models and versions, and exports of models."""

import sqlalchemy as sa

from outfeed.schema.base import DIGEST, ID, MS, metadata

#: What a team shares. The words of `class_name`, `sub_class` and `status` are the vendor's.
projects = sa.Table(
    "projects",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("number", sa.String(255), nullable=False),
    sa.Column("class_name", sa.String(32), nullable=False),
    sa.Column("sub_class", sa.String(32), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("details", sa.JSON, nullable=False),  # type, place, time zone, parent and image, as the client sent them
    sa.Column("created_by", ID, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("created_at", MS, nullable=False),
    sa.Column("modified_by", ID, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("modified_at", MS, nullable=False),
)

#: Who sees a project. Nobody else learns that it is there.
project_members = sa.Table(
    "project_members",
    metadata,
    sa.Column("project_id", ID, sa.ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("principal_id", ID, sa.ForeignKey("principals.id"), primary_key=True, index=True),
    sa.Column("role", sa.String(16), nullable=False),  # owner, member
    sa.Column("favorite", sa.Boolean, nullable=False),
    sa.Column("used_at", MS),  # when the member last said that it uses it; null: never
)

#: Where models lie. Each project has a root, in it one for drawings and one for all else, and in these people's own.
folders = sa.Table(
    "folders",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("project_id", ID, sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    sa.Column("parent_id", ID, sa.ForeignKey("folders.id", ondelete="CASCADE"), index=True),  # null: the root
    sa.Column("kind", sa.String(8), nullable=False),  # root, plans, files: as the one at the top of its tree
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("hidden", sa.Boolean, nullable=False),  # deleted by a client
    sa.Column("created_by", ID, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("created_at", MS, nullable=False),
    sa.Column("modified_by", ID, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("modified_at", MS, nullable=False),
    sa.Index("ix_folders_project_id_kind", "project_id", "kind"),
)

#: One thing that has versions: a file, or a page of one. Names of files are unique in their folder.
models = sa.Table(
    "models",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("project_id", ID, sa.ForeignKey("projects.id"), nullable=False),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("description", sa.String(255)),
    sa.Column("extent", sa.JSON(none_as_null=True)),  # south-west and north-east corners in degrees, as sent
    sa.Column("state", sa.String(16), nullable=False),  # waiting: for the bytes of its first version; ready
    sa.Column("created_by", ID, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("created_at", MS, nullable=False),
    sa.Column("modified_at", MS, nullable=False),
    sa.Column("folder_id", ID, sa.ForeignKey("folders.id"), nullable=False),
    sa.Column("kind", sa.String(8), nullable=False),  # file, page
    sa.Column("hidden", sa.Boolean, nullable=False),  # deleted by a client
    sa.Index("ix_models_project_id_name", "project_id", "name"),
    sa.Index("ix_models_folder_id_name", "folder_id", "name"),
)

#: One immutable state of a model.
versions = sa.Table(
    "versions",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("model_id", ID, sa.ForeignKey("models.id", ondelete="CASCADE"), nullable=False),
    sa.Column("index", sa.Integer, nullable=False),  # 0: the baseline
    sa.Column("changeset_id", sa.String(40), nullable=False),  # hex, by the content
    sa.Column("blob", DIGEST, nullable=False, index=True),
    sa.Column("sha1", sa.String(40), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("format", sa.String(16), nullable=False),  # of `scene.registry`; empty: nothing here reads it
    sa.Column("file_name", sa.String(1024), nullable=False),
    sa.Column("description", sa.String(255), nullable=False),
    sa.Column("created_by", ID, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("created_at", MS, nullable=False),
    sa.UniqueConstraint("model_id", "index"),
    sa.UniqueConstraint("model_id", "changeset_id"),
)

#: A name that somebody gave a version.
named_versions = sa.Table(
    "named_versions",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("model_id", ID, sa.ForeignKey("models.id", ondelete="CASCADE"), nullable=False),
    sa.Column("index", sa.Integer, nullable=False),  # of the version
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("description", sa.String(255)),
    sa.Column("state", sa.String(16), nullable=False),  # visible, hidden
    sa.Column("created_by", ID, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("created_at", MS, nullable=False),
    sa.UniqueConstraint("model_id", "name"),
)

#: The bytes of a model's first version on their way in.
model_uploads = sa.Table(
    "model_uploads",
    metadata,
    sa.Column("model_id", ID, sa.ForeignKey("models.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),  # as announced
    sa.Column("blob", DIGEST, index=True),  # of what was put last; null: nothing yet
    sa.Column("received", sa.BigInteger),  # its length
    sa.Column("sha1", sa.String(40)),
    sa.Column("created_at", MS, nullable=False),
    sa.Column("expires_at", MS, nullable=False, index=True),
)

#: A block of such an upload; a list of their ids makes the whole.
model_upload_blocks = sa.Table(
    "model_upload_blocks",
    metadata,
    sa.Column("model_id", ID, sa.ForeignKey("model_uploads.model_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("block_id", sa.String(128), primary_key=True),  # base64, as the client sent it
    sa.Column("blob", DIGEST, nullable=False, index=True),
    sa.Column("size", sa.BigInteger, nullable=False),
)

#: Keys that read the exports of one model, for people without an account.
share_keys = sa.Table(
    "share_keys",
    metadata,
    sa.Column("digest", DIGEST, primary_key=True),  # SHA-256 of the key
    sa.Column("id", ID, nullable=False, unique=True),  # what an operator calls it by
    sa.Column("model_id", ID, sa.ForeignKey("models.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("created_at", MS, nullable=False),
    sa.Column("expires_at", MS),  # null: never
)

#: What a version was exported as. Several may share a job: what they ask for is the same.
model_exports = sa.Table(
    "model_exports",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("key", DIGEST, nullable=False, index=True),
    sa.Column("version_id", ID, sa.ForeignKey("versions.id", ondelete="CASCADE"), nullable=False),
    sa.Column("type", sa.String(16), nullable=False),  # the caller's dialect's word for the kind
    sa.Column("options", sa.JSON, nullable=False),  # as the caller sent them
    sa.Column("job_id", ID, sa.ForeignKey("jobs.id"), nullable=False, index=True),
    sa.Column("automatic", sa.Boolean, nullable=False),  # made because somebody looked for it
    sa.Column("created_by", ID, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("created_at", MS, nullable=False),
    sa.Index("ix_model_exports_version_id_type", "version_id", "type"),
)

#: The files of an artifact that is a tree.
artifact_files = sa.Table(
    "artifact_files",
    metadata,
    sa.Column("job_id", ID, sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("path", sa.String(512), primary_key=True),  # with slashes
    sa.Column("blob", DIGEST, nullable=False, index=True),
    sa.Column("sha1", sa.String(40), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
)
