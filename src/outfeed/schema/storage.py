"""Buckets, objects and files, and uploads that are not finished."""

import sqlalchemy as sa

from outfeed.schema.base import DIGEST, ID, MS, metadata

#: A bucket belongs to an app; one that the server made for a principal's results belongs to that principal.
buckets = sa.Table(
    "buckets",
    metadata,
    sa.Column("key", sa.String(128), primary_key=True),
    sa.Column("app_id", sa.String(64), sa.ForeignKey("apps.id")),
    sa.Column("principal_id", ID, sa.ForeignKey("principals.id")),
    sa.Column("policy", sa.String(16), nullable=False),  # transient, temporary, persistent
    sa.Column("created_at", MS, nullable=False),
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
    sa.Column("blob", DIGEST, nullable=False, index=True),
    sa.Column("sha1", sa.String(40), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("content_type", sa.String(256), nullable=False),
    sa.Column("content_disposition", sa.String(1024)),
    sa.Column("content_encoding", sa.String(256)),
    sa.Column("cache_control", sa.String(256)),
    sa.Column("user_metadata", sa.String(100)),  # JSON as the client sent it
    sa.Column("created_at", MS, nullable=False),  # of the name
    sa.Column("modified_at", MS, nullable=False),  # of the bytes
    sa.Column("accessed_at", MS),  # when the bytes were last read, to the minute; null: never
    sa.Column("expires_at", MS, index=True),  # by the bucket's policy; null: never
)

#: An address of an object that needs no token. It ends with the object; its id is the client's alone.
signed_resources = sa.Table(
    "signed_resources",
    metadata,
    sa.Column("digest", DIGEST, primary_key=True),  # SHA-256 of the id
    sa.Column("bucket_key", sa.String(128), nullable=False),
    sa.Column("name", sa.String(1024), nullable=False),
    sa.Column("access", sa.String(16), nullable=False),  # read, write, readwrite
    sa.Column("single_use", sa.Boolean, nullable=False),
    sa.Column("addresses", sa.JSON(none_as_null=True)),  # of clients that may use it; null: all
    sa.Column("created_at", MS, nullable=False),
    sa.Column("expires_at", MS, nullable=False, index=True),
    sa.Column("used_at", MS),  # of one for a single use
    sa.ForeignKeyConstraint(["bucket_key", "name"], ["objects.bucket_key", "objects.name"], ondelete="CASCADE"),
    sa.Index("ix_signed_resources_bucket_key_name", "bucket_key", "name"),
)

#: What came in through, or went out to, Spark's `/files`: a blob under an id of its own.
files = sa.Table(
    "files",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("principal_id", ID, sa.ForeignKey("principals.id"), nullable=False, index=True),
    sa.Column("name", sa.String(1024), nullable=False),
    sa.Column("blob", DIGEST, nullable=False, index=True),
    sa.Column("sha1", sa.String(40), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("content_type", sa.String(256), nullable=False),
    sa.Column("created_at", MS, nullable=False),
)

#: A signed upload between its first address and its completion; kept afterwards, so that completing twice is harmless.
uploads = sa.Table(
    "uploads",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("bucket_key", sa.String(128), sa.ForeignKey("buckets.key", ondelete="CASCADE"), nullable=False),
    sa.Column("name", sa.String(1024), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),  # open, completed
    sa.Column("blob", DIGEST),  # of the completed object
    sa.Column("created_at", MS, nullable=False),
    sa.Column("expires_at", MS, nullable=False, index=True),
)

#: A part that has arrived; its bytes are a blob until the upload is completed.
upload_parts = sa.Table(
    "upload_parts",
    metadata,
    sa.Column("upload_key", sa.String(64), sa.ForeignKey("uploads.key", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("blob", DIGEST, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("etag", sa.String(64), nullable=False),
)

#: An upload in chunks that the client names by their place. Whole, it is an object; it is kept for repeated requests.
resumables = sa.Table(
    "resumables",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("bucket_key", sa.String(128), sa.ForeignKey("buckets.key", ondelete="CASCADE"), nullable=False),
    sa.Column("name", sa.String(1024), nullable=False),
    sa.Column("sender", sa.String(80), nullable=False),  # an app, or the digest of a signed resource
    sa.Column("session", sa.String(256), nullable=False),  # the client's word for it
    sa.Column("total", sa.BigInteger, nullable=False),
    sa.Column("received", sa.BigInteger, nullable=False),  # bytes of all chunks; they do not overlap
    sa.Column("chunks", sa.Integer, nullable=False),
    sa.Column("blob", DIGEST),  # of the object that it became; null: it is open
    sa.Column("created_at", MS, nullable=False),
    sa.Column("expires_at", MS, nullable=False, index=True),
    sa.UniqueConstraint("bucket_key", "name", "sender", "session"),
)

#: A chunk that has arrived; its bytes are a blob until the upload is whole.
resumable_chunks = sa.Table(
    "resumable_chunks",
    metadata,
    sa.Column("resumable_id", ID, sa.ForeignKey("resumables.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("start", sa.BigInteger, primary_key=True),
    sa.Column("stop", sa.BigInteger, nullable=False),  # the first byte behind it
    sa.Column("blob", DIGEST, nullable=False, index=True),
)
