"""The whole data model on one page. Times are milliseconds since 1970-01-01 UTC, digests are hex, ids are UUID text.

`migrations/` brings a database to this state; a test compares the two.
"""

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_digest = sa.String(64)
_id = sa.String(36)
_ms = sa.BigInteger

#: Who acts: a user, or the service user that every app has.
principals = sa.Table(
    "principals",
    metadata,
    sa.Column("id", _id, primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),  # user, service
    sa.Column("email", sa.String(320), unique=True),  # lower case; null for services
    sa.Column("name", sa.String(256), nullable=False),
    sa.Column("created_at", _ms, nullable=False),
)

#: What users' programs sign in as. A built-in app (`cli`) has no secret.
apps = sa.Table(
    "apps",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),  # the client id
    sa.Column("name", sa.String(256), nullable=False),
    sa.Column("owner_id", _id, sa.ForeignKey("principals.id")),
    sa.Column("service_id", _id, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("secret_digest", _digest),
    sa.Column("created_at", _ms, nullable=False),
)

#: Keys that sign access tokens (RSA, PEM) and links (bytes as hex). The newest of a purpose signs; all verify.
signing_keys = sa.Table(
    "signing_keys",
    metadata,
    sa.Column("kid", sa.String(64), primary_key=True),
    sa.Column("purpose", sa.String(16), nullable=False),  # token, link
    sa.Column("private", sa.Text, nullable=False),
    sa.Column("created_at", _ms, nullable=False),
)

#: A bucket belongs to an app; one that the server made for a principal's results belongs to that principal.
buckets = sa.Table(
    "buckets",
    metadata,
    sa.Column("key", sa.String(128), primary_key=True),
    sa.Column("app_id", sa.String(64), sa.ForeignKey("apps.id")),
    sa.Column("principal_id", _id, sa.ForeignKey("principals.id")),
    sa.Column("policy", sa.String(16), nullable=False),  # transient, temporary, persistent
    sa.Column("created_at", _ms, nullable=False),
    sa.Column("region", sa.String(8)),  # as the client named it; null: US
    sa.CheckConstraint("(app_id IS NULL) <> (principal_id IS NULL)", name="ck_buckets_one_owner"),
)

#: Other apps that may use a bucket.
bucket_grants = sa.Table(
    "bucket_grants",
    metadata,
    sa.Column("bucket_key", sa.String(128), sa.ForeignKey("buckets.key", ondelete="CASCADE"), primary_key=True),
    sa.Column("app_id", sa.String(64), primary_key=True),
    sa.Column("access", sa.String(8), nullable=False),  # full, read
)

#: A name in a bucket for a blob, and what its downloads say of themselves.
objects = sa.Table(
    "objects",
    metadata,
    sa.Column("bucket_key", sa.String(128), sa.ForeignKey("buckets.key", ondelete="CASCADE"), primary_key=True),
    sa.Column("name", sa.String(1024), primary_key=True),
    sa.Column("blob", _digest, nullable=False, index=True),
    sa.Column("sha1", sa.String(40), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("content_type", sa.String(256), nullable=False),
    sa.Column("content_disposition", sa.String(1024)),
    sa.Column("content_encoding", sa.String(256)),
    sa.Column("cache_control", sa.String(256)),
    sa.Column("user_metadata", sa.String(100)),  # JSON as the client sent it
    sa.Column("created_at", _ms, nullable=False),  # of the name
    sa.Column("modified_at", _ms, nullable=False),  # of the bytes
    sa.Column("accessed_at", _ms),  # when the bytes were last read, to the minute; null: never
    sa.Column("expires_at", _ms, index=True),  # by the bucket's policy; null: never
)

#: An address of an object that needs no token. It ends with the object; its id is the client's alone.
signed_resources = sa.Table(
    "signed_resources",
    metadata,
    sa.Column("digest", _digest, primary_key=True),  # SHA-256 of the id
    sa.Column("bucket_key", sa.String(128), nullable=False),
    sa.Column("name", sa.String(1024), nullable=False),
    sa.Column("access", sa.String(16), nullable=False),  # read, write, readwrite
    sa.Column("single_use", sa.Boolean, nullable=False),
    sa.Column("addresses", sa.JSON(none_as_null=True)),  # of clients that may use it; null: all
    sa.Column("created_at", _ms, nullable=False),
    sa.Column("expires_at", _ms, nullable=False, index=True),
    sa.Column("used_at", _ms),  # of one for a single use
    sa.ForeignKeyConstraint(["bucket_key", "name"], ["objects.bucket_key", "objects.name"], ondelete="CASCADE"),
    sa.Index("ix_signed_resources_bucket_key_name", "bucket_key", "name"),
)

#: What came in through, or went out to, Spark's `/files`: a blob under an id of its own.
files = sa.Table(
    "files",
    metadata,
    sa.Column("id", _id, primary_key=True),
    sa.Column("principal_id", _id, sa.ForeignKey("principals.id"), nullable=False, index=True),
    sa.Column("name", sa.String(1024), nullable=False),
    sa.Column("blob", _digest, nullable=False, index=True),
    sa.Column("sha1", sa.String(40), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("content_type", sa.String(256), nullable=False),
    sa.Column("created_at", _ms, nullable=False),
)

#: A signed upload between its first address and its completion; kept afterwards, so that completing twice is harmless.
uploads = sa.Table(
    "uploads",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("bucket_key", sa.String(128), sa.ForeignKey("buckets.key", ondelete="CASCADE"), nullable=False),
    sa.Column("name", sa.String(1024), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),  # open, completed
    sa.Column("blob", _digest),  # of the completed object
    sa.Column("created_at", _ms, nullable=False),
    sa.Column("expires_at", _ms, nullable=False, index=True),
)

#: A part that has arrived; its bytes are a blob until the upload is completed.
upload_parts = sa.Table(
    "upload_parts",
    metadata,
    sa.Column("upload_key", sa.String(64), sa.ForeignKey("uploads.key", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("blob", _digest, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("etag", sa.String(64), nullable=False),
)

#: An upload in chunks that the client names by their place. Whole, it is an object; it is kept for repeated requests.
resumables = sa.Table(
    "resumables",
    metadata,
    sa.Column("id", _id, primary_key=True),
    sa.Column("bucket_key", sa.String(128), sa.ForeignKey("buckets.key", ondelete="CASCADE"), nullable=False),
    sa.Column("name", sa.String(1024), nullable=False),
    sa.Column("sender", sa.String(80), nullable=False),  # an app, or the digest of a signed resource
    sa.Column("session", sa.String(256), nullable=False),  # the client's word for it
    sa.Column("total", sa.BigInteger, nullable=False),
    sa.Column("received", sa.BigInteger, nullable=False),  # bytes of all chunks; they do not overlap
    sa.Column("chunks", sa.Integer, nullable=False),
    sa.Column("blob", _digest),  # of the object that it became; null: it is open
    sa.Column("created_at", _ms, nullable=False),
    sa.Column("expires_at", _ms, nullable=False, index=True),
    sa.UniqueConstraint("bucket_key", "name", "sender", "session"),
)

#: A chunk that has arrived; its bytes are a blob until the upload is whole.
resumable_chunks = sa.Table(
    "resumable_chunks",
    metadata,
    sa.Column("resumable_id", _id, sa.ForeignKey("resumables.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("start", sa.BigInteger, primary_key=True),
    sa.Column("stop", sa.BigInteger, nullable=False),  # the first byte behind it
    sa.Column("blob", _digest, nullable=False, index=True),
)

#: An immutable mesh: its blob is in the internal format, its transform is applied when it leaves.
meshes = sa.Table(
    "meshes",
    metadata,
    sa.Column("id", _id, primary_key=True),
    sa.Column("principal_id", _id, sa.ForeignKey("principals.id"), nullable=False, index=True),
    sa.Column("name", sa.String(1024), nullable=False),
    sa.Column("blob", _digest, nullable=False, index=True),
    sa.Column("door", sa.String(8), nullable=False),  # oss, files: where the source came from, so the result goes there
    sa.Column("transform", sa.JSON, nullable=False),  # three columns of four numbers
    sa.Column("facts", sa.JSON, nullable=False),  # num_vertices, num_triangles, has_uvs, bounding_box, unit, lost
    sa.Column("created_at", _ms, nullable=False),
    sa.Column("visual", sa.JSON(none_as_null=True)),  # where its preview lies, as in a job's result; null: none yet
    sa.Column("analysis", _digest, index=True),  # blob of its analysis, JSON; null: it was not analysed
)

#: Pictures of meshes, each under the digest of what it shows, a principal's own.
thumbnails = sa.Table(
    "thumbnails",
    metadata,
    sa.Column("principal_id", _id, sa.ForeignKey("principals.id"), primary_key=True),
    sa.Column("key", _digest, primary_key=True),
    sa.Column("blob", _digest, nullable=False, index=True),
    sa.Column("sha1", sa.String(40), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("created_at", _ms, nullable=False),
)

#: The durable work behind an import, an export or a preview.
jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", _id, primary_key=True),
    sa.Column("principal_id", _id, sa.ForeignKey("principals.id"), nullable=False),
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
    sa.Column("created_at", _ms, nullable=False),
    sa.Column("started_at", _ms),
    sa.Column("updated_at", _ms, nullable=False),
    sa.Column("finished_at", _ms),
    sa.Index("ix_jobs_principal_id_turn", "principal_id", "turn"),
    sa.Index("ix_jobs_state_turn", "state", "turn"),
)

#: Version + kind + options = key; the same key is not made twice.
exports = sa.Table(
    "exports",
    metadata,
    sa.Column("id", _id, primary_key=True),  # also the artifact's name
    sa.Column("key", _digest, nullable=False),
    sa.Column("principal_id", _id, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("mesh_id", _id, nullable=False),
    sa.Column("format", sa.String(32), nullable=False),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("door", sa.String(8), nullable=False),
    sa.Column("job_id", _id, sa.ForeignKey("jobs.id"), nullable=False, unique=True),
    sa.Column("created_at", _ms, nullable=False),
    sa.Index("ix_exports_principal_id_key", "principal_id", "key"),
)

#: What a team shares. The words of `class_name`, `sub_class` and `status` are the vendor's.
projects = sa.Table(
    "projects",
    metadata,
    sa.Column("id", _id, primary_key=True),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("number", sa.String(255), nullable=False),
    sa.Column("class_name", sa.String(32), nullable=False),
    sa.Column("sub_class", sa.String(32), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("details", sa.JSON, nullable=False),  # type, place, time zone, parent and image, as the client sent them
    sa.Column("created_by", _id, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("created_at", _ms, nullable=False),
    sa.Column("modified_by", _id, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("modified_at", _ms, nullable=False),
)

#: Who sees a project. Nobody else learns that it is there.
project_members = sa.Table(
    "project_members",
    metadata,
    sa.Column("project_id", _id, sa.ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("principal_id", _id, sa.ForeignKey("principals.id"), primary_key=True, index=True),
    sa.Column("role", sa.String(16), nullable=False),  # owner, member
    sa.Column("favorite", sa.Boolean, nullable=False),
    sa.Column("used_at", _ms),  # when the member last said that it uses it; null: never
)

#: Where models lie. Each project has a root, in it one for drawings and one for all else, and in these people's own.
folders = sa.Table(
    "folders",
    metadata,
    sa.Column("id", _id, primary_key=True),
    sa.Column("project_id", _id, sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    sa.Column("parent_id", _id, sa.ForeignKey("folders.id", ondelete="CASCADE"), index=True),  # null: the root
    sa.Column("kind", sa.String(8), nullable=False),  # root, plans, files: as the one at the top of its tree
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("hidden", sa.Boolean, nullable=False),  # deleted by a client
    sa.Column("created_by", _id, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("created_at", _ms, nullable=False),
    sa.Column("modified_by", _id, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("modified_at", _ms, nullable=False),
    sa.Index("ix_folders_project_id_kind", "project_id", "kind"),
)

#: One thing that has versions: a file, or a page of one. Names of files are unique in their folder.
models = sa.Table(
    "models",
    metadata,
    sa.Column("id", _id, primary_key=True),
    sa.Column("project_id", _id, sa.ForeignKey("projects.id"), nullable=False),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("description", sa.String(255)),
    sa.Column("extent", sa.JSON(none_as_null=True)),  # south-west and north-east corners in degrees, as sent
    sa.Column("state", sa.String(16), nullable=False),  # waiting: for the bytes of its first version; ready
    sa.Column("created_by", _id, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("created_at", _ms, nullable=False),
    sa.Column("modified_at", _ms, nullable=False),
    sa.Column("folder_id", _id, sa.ForeignKey("folders.id"), nullable=False),
    sa.Column("kind", sa.String(8), nullable=False),  # file, page
    sa.Column("hidden", sa.Boolean, nullable=False),  # deleted by a client
    sa.Index("ix_models_project_id_name", "project_id", "name"),
    sa.Index("ix_models_folder_id_name", "folder_id", "name"),
)

#: One immutable state of a model.
versions = sa.Table(
    "versions",
    metadata,
    sa.Column("id", _id, primary_key=True),
    sa.Column("model_id", _id, sa.ForeignKey("models.id", ondelete="CASCADE"), nullable=False),
    sa.Column("index", sa.Integer, nullable=False),  # 0: the baseline
    sa.Column("changeset_id", sa.String(40), nullable=False),  # hex, by the content
    sa.Column("blob", _digest, nullable=False, index=True),
    sa.Column("sha1", sa.String(40), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("format", sa.String(16), nullable=False),  # of `scene.registry`; empty: nothing here reads it
    sa.Column("file_name", sa.String(1024), nullable=False),
    sa.Column("description", sa.String(255), nullable=False),
    sa.Column("created_by", _id, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("created_at", _ms, nullable=False),
    sa.UniqueConstraint("model_id", "index"),
    sa.UniqueConstraint("model_id", "changeset_id"),
)

#: A name that somebody gave a version.
named_versions = sa.Table(
    "named_versions",
    metadata,
    sa.Column("id", _id, primary_key=True),
    sa.Column("model_id", _id, sa.ForeignKey("models.id", ondelete="CASCADE"), nullable=False),
    sa.Column("index", sa.Integer, nullable=False),  # of the version
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("description", sa.String(255)),
    sa.Column("state", sa.String(16), nullable=False),  # visible, hidden
    sa.Column("created_by", _id, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("created_at", _ms, nullable=False),
    sa.UniqueConstraint("model_id", "name"),
)

#: The bytes of a model's first version on their way in.
model_uploads = sa.Table(
    "model_uploads",
    metadata,
    sa.Column("model_id", _id, sa.ForeignKey("models.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),  # as announced
    sa.Column("blob", _digest, index=True),  # of what was put last; null: nothing yet
    sa.Column("received", sa.BigInteger),  # its length
    sa.Column("sha1", sa.String(40)),
    sa.Column("created_at", _ms, nullable=False),
    sa.Column("expires_at", _ms, nullable=False, index=True),
)

#: A block of such an upload; a list of their ids makes the whole.
model_upload_blocks = sa.Table(
    "model_upload_blocks",
    metadata,
    sa.Column("model_id", _id, sa.ForeignKey("model_uploads.model_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("block_id", sa.String(128), primary_key=True),  # base64, as the client sent it
    sa.Column("blob", _digest, nullable=False, index=True),
    sa.Column("size", sa.BigInteger, nullable=False),
)

#: Keys that read the exports of one model, for people without an account.
share_keys = sa.Table(
    "share_keys",
    metadata,
    sa.Column("digest", _digest, primary_key=True),  # SHA-256 of the key
    sa.Column("id", _id, nullable=False, unique=True),  # what an operator calls it by
    sa.Column("model_id", _id, sa.ForeignKey("models.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("created_at", _ms, nullable=False),
    sa.Column("expires_at", _ms),  # null: never
)

#: What a version was exported as. Several may share a job: what they ask for is the same.
model_exports = sa.Table(
    "model_exports",
    metadata,
    sa.Column("id", _id, primary_key=True),
    sa.Column("key", _digest, nullable=False, index=True),
    sa.Column("version_id", _id, sa.ForeignKey("versions.id", ondelete="CASCADE"), nullable=False),
    sa.Column("type", sa.String(16), nullable=False),  # the caller's dialect's word for the kind
    sa.Column("options", sa.JSON, nullable=False),  # as the caller sent them
    sa.Column("job_id", _id, sa.ForeignKey("jobs.id"), nullable=False, index=True),
    sa.Column("automatic", sa.Boolean, nullable=False),  # made because somebody looked for it
    sa.Column("created_by", _id, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("created_at", _ms, nullable=False),
    sa.Index("ix_model_exports_version_id_type", "version_id", "type"),
)

#: The files of an artifact that is a tree.
artifact_files = sa.Table(
    "artifact_files",
    metadata,
    sa.Column("job_id", _id, sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("path", sa.String(512), primary_key=True),  # with slashes
    sa.Column("blob", _digest, nullable=False, index=True),
    sa.Column("sha1", sa.String(40), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
)

#: What a version of a page is: a sheet of a version of a file.
pages = sa.Table(
    "pages",
    metadata,
    sa.Column("version_id", _id, sa.ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("source_id", _id, sa.ForeignKey("versions.id", ondelete="CASCADE"), nullable=False),
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
    sa.Column("version_id", _id, sa.ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("job_id", _id, sa.ForeignKey("jobs.id"), nullable=False, index=True),
    sa.Column("blob", _digest, index=True),  # of the PDF that its pages are of; null until the job has succeeded
)

#: A name for bytes of a project: empty, uploaded, or those of a version. They are an object of this name.
storages = sa.Table(
    "storages",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),  # in the bucket that all projects share
    sa.Column("project_id", _id, sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    sa.Column("version_id", _id, sa.ForeignKey("versions.id", ondelete="CASCADE"), unique=True),  # null: of none yet
    sa.Column("created_by", _id, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("created_at", _ms, nullable=False),
    sa.Column("expires_at", _ms, index=True),  # null: it is a version's
)

#: What people draw on pages.
markups = sa.Table(
    "markups",
    metadata,
    sa.Column("id", _id, primary_key=True),
    sa.Column("version_id", _id, sa.ForeignKey("versions.id", ondelete="CASCADE"), nullable=False),
    sa.Column("page", sa.Integer, nullable=False),  # of the version, from 0; a page's version has one
    sa.Column("owner_id", _id, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("published", sa.Boolean, nullable=False),  # to all members of the project; else the owner's own
    sa.Column("content", sa.JSON, nullable=False),  # as `outfeed.sheets.markups` has it
    sa.Column("created_at", _ms, nullable=False),
    sa.Column("modified_at", _ms, nullable=False),
    sa.Index("ix_markups_version_id_page", "version_id", "page"),
)

#: What sheets were exported as. Several may share a job: what they ask for is the same.
sheet_exports = sa.Table(
    "sheet_exports",
    metadata,
    sa.Column("id", _id, primary_key=True),
    sa.Column("key", _digest, nullable=False, index=True),
    sa.Column("kind", sa.String(8), nullable=False),  # page, files, sheets
    sa.Column("project_id", _id, sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    sa.Column("version_id", _id, sa.ForeignKey("versions.id", ondelete="CASCADE"), index=True),  # of one page
    sa.Column("file_name", sa.String(300), nullable=False),  # of the artifact, for downloads
    sa.Column("failed", sa.JSON, nullable=False),  # what failed before the job, and the versions that it names
    sa.Column("job_id", _id, sa.ForeignKey("jobs.id"), nullable=False, index=True),
    sa.Column("created_by", _id, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("created_at", _ms, nullable=False),
)

#: What an object or a version was translated into, under the address that a client calls it by.
derivatives = sa.Table(
    "derivatives",
    metadata,
    sa.Column("id", _id, primary_key=True),
    sa.Column("source", sa.String(1400), nullable=False),  # the address: urn:adsk…
    sa.Column("blob", _digest, nullable=False, index=True),  # of the source
    sa.Column("format", sa.String(16), nullable=False),  # thumbnail, pdf, stl, obj, glb
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("job_id", _id, sa.ForeignKey("jobs.id"), nullable=False, index=True),
    sa.Column("created_by", _id, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("created_at", _ms, nullable=False),
    sa.UniqueConstraint("source", "format"),
)

#: Machines that print. Their ids are small numbers: printers and clients take them for integers.
printers = sa.Table(
    "printers",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("token_digest", _digest, nullable=False, unique=True),  # SHA-256 of what the printer signs in with
    sa.Column("type_id", sa.String(64), nullable=False),  # of the printer definitions
    sa.Column("firmware", sa.String(256), nullable=False),
    sa.Column("serial_number", sa.String(256)),
    sa.Column("name", sa.String(256), nullable=False),  # empty until somebody has claimed it
    sa.Column("created_at", _ms, nullable=False),
    sa.Column("seen_at", _ms),  # when it was last heard of; null: not since it was registered
    sa.Column("report", sa.JSON(none_as_null=True)),  # what it last said of itself, as it came
    sa.Column("base_url", sa.String(512), nullable=False),  # by which it calls this server, for what it fetches
    sqlite_autoincrement=True,  # a number is never given twice: channels are named by it
)

#: Who may use a printer. One of them, the primary member, owns it; without one nobody has claimed it.
printer_members = sa.Table(
    "printer_members",
    metadata,
    sa.Column("printer_id", sa.Integer, sa.ForeignKey("printers.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("principal_id", _id, sa.ForeignKey("principals.id"), primary_key=True, index=True),
    sa.Column("role", sa.String(16), nullable=False),  # primary, secondary
    sa.Column("is_printer_scoped", sa.Boolean, nullable=False),  # may send commands to the machine
    sa.Column("is_job_scoped", sa.Boolean, nullable=False),  # may send commands to others' jobs
    sa.Column("joined_at", _ms, nullable=False),
)

#: What a printer shows and a member types to claim it, or to join those who use it. Each works once.
registration_codes = sa.Table(
    "registration_codes",
    metadata,
    sa.Column("code", sa.String(16), primary_key=True),
    sa.Column("printer_id", sa.Integer, sa.ForeignKey("printers.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("role", sa.String(16), nullable=False),  # primary, secondary
    sa.Column("email", sa.String(320)),  # of the only user that it is for; null: whoever has it
    sa.Column("created_at", _ms, nullable=False),
    sa.Column("expires_at", _ms, nullable=False, index=True),
)

#: What somebody prints, or a printer prints by itself. A printer's own names for its jobs are no UUIDs.
print_jobs = sa.Table(
    "print_jobs",
    metadata,
    sa.Column("key", sa.Integer, primary_key=True),  # ours, nobody sees it
    sa.Column("id", sa.String(255), nullable=False, index=True),
    sa.Column("printer_id", sa.Integer, sa.ForeignKey("printers.id", ondelete="SET NULL")),  # null: none yet, or gone
    sa.Column("owner_id", _id, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("local", sa.Boolean, nullable=False),  # the printer has begun it
    sa.Column("name", sa.String(256), nullable=False),
    sa.Column("printable_blob", _digest, index=True),  # null: at an address, none yet, or let go because it is over
    sa.Column("printable_name", sa.String(1024)),
    sa.Column("printable_url", sa.String(2048)),
    sa.Column("settings", sa.JSON(none_as_null=True)),
    sa.Column("report", sa.JSON(none_as_null=True)),  # what the printer last said of it, as it came
    sa.Column("custom_data", sa.JSON(none_as_null=True)),  # the member's own
    sa.Column("comment", sa.Text),
    sa.Column("callback_url", sa.String(2048)),
    sa.Column("callback_interval_s", sa.Integer),  # null: each change
    sa.Column("callback_state", sa.String(16)),  # asked, supported, refused; null: there is none
    sa.Column("called_back_at", _ms),
    sa.Column("created_at", _ms, nullable=False),
    sa.Column("changed_at", _ms, nullable=False),  # of the state or the report
    sa.Column("queued_at", _ms),
    sa.Column("sent_at", _ms),
    sa.Column("ended_at", _ms),
    sa.UniqueConstraint("printer_id", "id"),
    sa.Index("ix_print_jobs_owner_id_created_at", "owner_id", "created_at"),
    sa.Index("ix_print_jobs_printer_id_state", "printer_id", "state"),
)

#: What a printer was told to do: kept until it has said that it heard, sent again until then.
commands = sa.Table(
    "commands",
    metadata,
    sa.Column("key", sa.Integer, primary_key=True),  # in the order in which they were given
    sa.Column("id", _id, nullable=False, unique=True),  # the task that the printer acknowledges
    sa.Column("printer_id", sa.Integer, sa.ForeignKey("printers.id", ondelete="CASCADE"), nullable=False),
    sa.Column("sender_id", _id, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("job_key", sa.Integer, sa.ForeignKey("print_jobs.key", ondelete="CASCADE"), index=True),
    sa.Column("command", sa.String(64), nullable=False),
    sa.Column("message", sa.JSON, nullable=False),  # what is sent, whole
    sa.Column("created_at", _ms, nullable=False),
    sa.Column("expires_at", _ms, nullable=False),  # unheard of by then, it is not sent any more
    sa.Column("sent_at", _ms),  # last
    sa.Column("sends", sa.Integer, nullable=False),
    sa.Column("heard_at", _ms),  # of the first acknowledgement; null: it is sent again
    sa.Column("ended_at", _ms),  # of the first that says it is done; of its withdrawal, or when its time was over
    sa.Column("acks", sa.Integer, nullable=False),
    sa.Column("ack", sa.JSON(none_as_null=True)),  # the last one, as it came
    sa.Column("acked_at", _ms),
    sa.Column("file_id", _id),  # of what the printer has sent back: its logs
    sa.Index("ix_commands_ended_at_heard_at_printer_id", "ended_at", "heard_at", "printer_id"),
)

#: What clients are still to be told about print jobs.
callbacks = sa.Table(
    "callbacks",
    metadata,
    sa.Column("key", sa.Integer, primary_key=True),
    sa.Column("job_key", sa.Integer, sa.ForeignKey("print_jobs.key", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("kind", sa.String(16), nullable=False),  # support, status, progress
    sa.Column("url", sa.String(2048), nullable=False),
    sa.Column("host", sa.String(300), nullable=False),  # of the URL, with its port: each has a few calls at a time
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("created_at", _ms, nullable=False),
    sa.Column("due_at", _ms, nullable=False, index=True),  # a process that has taken it moves this on
    sa.Column("attempts", sa.Integer, nullable=False),
    sqlite_autoincrement=True,
)
