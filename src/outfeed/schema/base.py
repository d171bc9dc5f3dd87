"""What all tables share."""

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: A SHA-256 in hex.
DIGEST = sa.String(64)
#: A UUID as text.
ID = sa.String(36)
#: Milliseconds since 1970-01-01 UTC.
MS = sa.BigInteger
