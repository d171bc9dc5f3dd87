"""Who has subscribed to what: found by name, and by each pattern of the name."""

from outfeed.bayeux.channels import Channel
from outfeed.bayeux.sessions import Session


class Subscriptions:
    """The subscriptions of all sessions, names and patterns apart."""

    def __init__(self) -> None:
        # Dicts as ordered sets: deliveries go out in the order of the subscriptions.
        self._names: dict[str, dict[Session, None]] = {}
        self._patterns: dict[str, dict[Session, None]] = {}

    def add(self, session: Session, channel: Channel) -> None:
        """Subscribe a session to a channel or a pattern; nothing happens if it already is."""
        self._table(channel).setdefault(channel.text, {})[session] = None
        session.subscriptions.add(channel)

    def remove(self, session: Session, channel: Channel) -> None:
        """End a subscription; nothing happens if there is none."""
        table = self._table(channel)
        sessions = table.get(channel.text, {})
        sessions.pop(session, None)
        if not sessions:
            table.pop(channel.text, None)
        session.subscriptions.discard(channel)

    def clear(self, session: Session) -> None:
        """End all subscriptions of a session."""
        for channel in list(session.subscriptions):
            self.remove(session, channel)

    def find(self, channel: Channel) -> list[Session]:
        """Return the sessions that a message on this channel goes to, each once."""
        exact = self._names.get(channel.text, {})
        if not self._patterns:
            return list(exact)
        found = dict(exact)
        for pattern in channel.patterns():
            found.update(self._patterns.get(pattern, {}))
        return list(found)

    def _table(self, channel: Channel) -> dict[str, dict[Session, None]]:
        return self._patterns if channel.is_pattern else self._names
