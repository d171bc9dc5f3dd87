"""Markups of sheets: drawn by members of a project on pages of a version, for themselves or for all."""

import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import sqlalchemy as sa

from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import InvalidField, NotAllowed, NotFound, NotMeaningful
from outfeed.identity.caller import Caller
from outfeed.library import markup_queries as queries
from outfeed.library.items import ItemVersion, find_item_versions
from outfeed.library.markup_queries import MarkupRecord
from outfeed.sheets.markups.model import Markup
from outfeed.sheets.markups.shapes import Shape

#: Markups of one page, whoever drew them.
MOST_MARKUPS: Final = 2_000
#: Bytes of all markups of one version, as they are stored: so much is read to show or to export them.
MOST_BYTES: Final = 32 << 20
#: Pages of a version whose sheets are not known yet.
MOST_PAGES: Final = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class NewMarkup:
    """A markup that somebody wants to keep."""

    #: From 0; a sheet's version has one page.
    page: int
    shapes: tuple[Shape, ...]
    published: bool = False


class Markups:
    """Keeps markups. What a caller may not see is not there for them."""

    def __init__(
        self, database: sa.Engine, clock: Clock, new_id: Callable[[], str] = lambda: str(uuid.uuid4())
    ) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id

    def of_version(
        self, caller: Caller, project_id: str, version_id: str, *, page: int | None = None
    ) -> list[MarkupRecord]:
        """Return the markups of a version, or of one page, that the caller sees, in the order of their making."""
        with reading(self._database) as connection:
            _find_version(connection, caller, project_id, version_id)
            return queries.seen(connection, version_id, principal_id=caller.principal_id, page=page)

    def get(self, caller: Caller, project_id: str, version_id: str, markup_id: str) -> MarkupRecord:
        """Return a markup, or raise `NotFound`."""
        with reading(self._database) as connection:
            return _find(connection, caller, project_id, version_id, markup_id)

    def create(self, caller: Caller, project_id: str, version_id: str, new: NewMarkup) -> MarkupRecord:
        """
        Keep a markup of the caller's.

        Raises
        ------
        NotFound
            If the caller sees no such version.
        InvalidField
            If it has no such page.
        NotMeaningful
            If its page has as many markups as it may have, or the version as many bytes of them.
        """
        now = self._clock()
        with writing(self._database) as connection:
            author = queries.name_of(connection, caller.principal_id)
            markup = Markup(id=self._new_id(), author=author, created_at=now, modified_at=now, shapes=new.shapes)
            record = _record(caller, version_id, new.page, markup, published=new.published)
            self._keep(connection, caller, project_id, [record])
        return record

    def import_all(
        self,
        caller: Caller,
        project_id: str,
        version_id: str,
        found: Sequence[tuple[int, Markup]],
        *,
        published: bool = False,
    ) -> list[MarkupRecord]:
        """
        Keep markups from a file, all or none: they are the caller's, by whoever the file says has drawn them.

        Each gets an id of its own, so that what is imported twice is there twice. Raises as `create` does.
        """
        records = [
            _record(caller, version_id, page, self._renamed(markup), published=published) for page, markup in found
        ]
        with writing(self._database) as connection:
            self._keep(connection, caller, project_id, records, version_id=version_id)
        return records

    def update(
        self,
        caller: Caller,
        project_id: str,
        version_id: str,
        markup_id: str,
        *,
        shapes: tuple[Shape, ...] | None = None,
        published: bool | None = None,
    ) -> MarkupRecord:
        """
        Change the shapes of a markup, or who sees it: all members of the project, or its owner alone.

        Raises
        ------
        NotFound, NotAllowed
            If the caller does not see it; if it is another's.
        NotMeaningful
            If it is larger than the version has room for.
        """
        with writing(self._database) as connection:
            record = _find_own(connection, caller, project_id, version_id, markup_id)
            markup = replace(
                record.markup,
                shapes=record.markup.shapes if shapes is None else shapes,
                # No two states of a markup have one time: exports are told apart by it.
                modified_at=max(self._clock(), record.markup.modified_at + 1),
            )
            changed = replace(record, markup=markup, published=record.published if published is None else published)
            queries.update(connection, changed)
            _check_room(connection, version_id)
        return changed

    def delete(self, caller: Caller, project_id: str, version_id: str, markup_id: str) -> None:
        """Remove a markup; raise as `update` does."""
        with writing(self._database) as connection:
            _find_own(connection, caller, project_id, version_id, markup_id)
            queries.delete(connection, markup_id)

    def _renamed(self, markup: Markup) -> Markup:
        replies = tuple(replace(reply, id=self._new_id()) for reply in markup.replies)
        return replace(markup, id=self._new_id(), replies=replies)

    def _keep(
        self,
        connection: sa.Connection,
        caller: Caller,
        project_id: str,
        records: Sequence[MarkupRecord],
        *,
        version_id: str | None = None,
    ) -> None:
        wanted = version_id or records[0].version_id
        item = _find_version(connection, caller, project_id, wanted)
        added = Counter(record.page for record in records)
        _check_pages(connection, item, added)
        there = queries.counts(connection, wanted)
        for page, count in added.items():
            if there.get(page, 0) + count > MOST_MARKUPS:
                raise NotMeaningful(f"Page {page} would have more than {MOST_MARKUPS} markups.")
        queries.insert(connection, records)
        _check_room(connection, wanted)


def _record(caller: Caller, version_id: str, page: int, markup: Markup, *, published: bool) -> MarkupRecord:
    return MarkupRecord(
        version_id=version_id, page=page, owner_id=caller.principal_id, published=published, markup=markup
    )


def _find_version(connection: sa.Connection, caller: Caller, project_id: str, version_id: str) -> ItemVersion:
    return find_item_versions(connection, project_id, [version_id], principal_id=caller.principal_id)[0]


def _find(connection: sa.Connection, caller: Caller, project_id: str, version_id: str, markup_id: str) -> MarkupRecord:
    _find_version(connection, caller, project_id, version_id)
    record = queries.seen_one(connection, version_id, markup_id, principal_id=caller.principal_id)
    if record is None:
        raise NotFound(f"Markup {markup_id[:80]}.")
    return record


def _find_own(
    connection: sa.Connection, caller: Caller, project_id: str, version_id: str, markup_id: str
) -> MarkupRecord:
    record = _find(connection, caller, project_id, version_id, markup_id)
    if record.owner_id != caller.principal_id:
        raise NotAllowed("Only who has drawn a markup changes it.")
    return record


def _check_pages(connection: sa.Connection, item: ItemVersion, added: Mapping[int, Any]) -> None:
    """Raise `InvalidField` if there is no such page; of a file that is not read yet, any that a file can have."""
    pages = 1 if item.page is not None else queries.count_pages(connection, item.version.id) or MOST_PAGES
    for page in added:
        if not 0 <= page < pages:
            raise InvalidField(f"There is no page {page}: they are 0 to {pages - 1}.")


def _check_room(connection: sa.Connection, version_id: str) -> None:
    if queries.stored_bytes(connection, version_id) > MOST_BYTES:
        raise NotMeaningful(f"The markups of one version have at most {MOST_BYTES} bytes together.")
