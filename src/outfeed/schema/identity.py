"""Who acts, and what they sign in with."""

import sqlalchemy as sa

from outfeed.schema.base import DIGEST, ID, MS, metadata

#: Who acts: a user, or the service user that every app has.
principals = sa.Table(
    "principals",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),  # user, service
    sa.Column("email", sa.String(320), unique=True),  # lower case; null for services
    sa.Column("name", sa.String(256), nullable=False),
    sa.Column("created_at", MS, nullable=False),
)

#: What users' programs sign in as. A built-in app (`cli`) has no secret.
apps = sa.Table(
    "apps",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),  # the client id
    sa.Column("name", sa.String(256), nullable=False),
    sa.Column("owner_id", ID, sa.ForeignKey("principals.id")),
    sa.Column("service_id", ID, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("secret_digest", DIGEST),
    sa.Column("created_at", MS, nullable=False),
)

#: Keys that sign access tokens (RSA, PEM) and links (bytes as hex). The newest of a purpose signs; all verify.
signing_keys = sa.Table(
    "signing_keys",
    metadata,
    sa.Column("kid", sa.String(64), primary_key=True),
    sa.Column("purpose", sa.String(16), nullable=False),  # token, link
    sa.Column("private", sa.Text, nullable=False),
    sa.Column("created_at", MS, nullable=False),
)
