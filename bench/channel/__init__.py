"""The printers' channel beside npm's faye: servers, printers by the thousand, and what is counted."""
