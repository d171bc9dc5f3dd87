"""Every setting: its name, its default and a sentence. `OUTFEED_<NAME>` in the environment sets it."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Self, get_type_hints

MIB = 1024 * 1024
GIB = 1024 * MIB

#: One of the hosts that may be called: any, all below a name, a name or a number; and perhaps a port.
_HOST: Final = re.compile(r"(\*|(?:\*\.)?[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What an operator can change. All have defaults; `docs/reference/settings.md` lists them."""

    data: Annotated[Path, "Folder that holds the database and the blobs."] = Path("data")
    host: Annotated[str, "Address that the server listens on."] = "127.0.0.1"
    port: Annotated[int, "Port that the server listens on; 0 takes a free one."] = 8080
    public_url: Annotated[
        str, "Address that clients reach the server by, for links; empty: taken from each request."
    ] = ""
    trusted_proxies: Annotated[
        str, "Addresses or networks of proxies whose `x-api-host-and-root` is believed, with commas; empty: none."
    ] = ""
    open: Annotated[bool, "Serve without tokens, every caller being the local user; loopback only."] = False
    log_level: Annotated[str, "Lowest level that is logged: debug, info, warning or error."] = "info"

    workers: Annotated[int, "Conversions that run at the same time; 0: one per core."] = 0
    threads: Annotated[int, "Threads that one conversion may work with; 0: one per core."] = 0
    token_ttl_s: Annotated[int, "Life of an access token, in seconds."] = 3600
    rate_per_s: Annotated[int, "Requests per second that one principal may make."] = 500
    rate_burst_s: Annotated[int, "Seconds over which that rate is averaged."] = 10

    request_head_s: Annotated[
        int, "Time for the head of a request, and for the first one of a connection to begin, in seconds."
    ] = 15
    max_body_bytes: Annotated[int, "Largest JSON or form body, in bytes."] = 10 * MIB
    max_upload_bytes: Annotated[int, "Largest object that can be uploaded, in bytes."] = 50 * GIB
    upload_step_s: Annotated[int, "Time in which each 64 KiB of an upload must come, in seconds."] = 60
    min_part_bytes: Annotated[int, "Smallest part of a signed upload, but for the last one, in bytes."] = 5 * MIB
    upload_ttl_s: Annotated[int, "Life of an unfinished upload, or after its last chunk, in seconds."] = 24 * 3600

    import_wall_s: Annotated[int, "Longest time that an import may run, in seconds."] = 300
    export_wall_s: Annotated[int, "Longest time that an export may run, in seconds."] = 1800
    analysis_wall_s: Annotated[
        int, "Longest time that the analysis or the reduction of a mesh may run, in seconds."
    ] = 600
    preview_wall_s: Annotated[
        int, "Longest time that a picture may take to draw, in seconds; beyond an import's, where a file is read."
    ] = 120
    child_memory_bytes: Annotated[int, "Memory that a conversion may use, in bytes."] = 2 * GIB
    tiles_memory_bytes: Annotated[int, "Memory that the export of a model may use, in bytes."] = 8 * GIB
    child_output_bytes: Annotated[int, "Bytes that a conversion may write."] = 20 * GIB
    max_triangles: Annotated[int, "Triangles that a mesh may have."] = 50_000_000
    max_unpacked_bytes: Annotated[int, "Bytes that what is compressed in a source may have, unpacked."] = GIB
    max_archive_entries: Annotated[int, "Files that an archive may hold."] = 1_000
    max_texture_pixels: Annotated[int, "Pixels that a texture may have."] = 64 * MIB
    auto_exports: Annotated[
        bool, "Whether looking for the exports of a model starts that of its newest version, if it has none."
    ] = True
    link_ttl_s: Annotated[int, "Life of a link to the files of a model's export, in seconds."] = 3600
    sheet_link_ttl_s: Annotated[int, "Life of a link to one exported sheet, in seconds."] = 120
    max_pages: Annotated[int, "Pages that a drawing may have."] = 10_000
    max_entities: Annotated[int, "Lines, texts and other things that a drawing may show."] = 2_000_000
    plan_sections: Annotated[bool, "Whether two sections follow the plans of a building."] = False
    printer_offline_s: Annotated[int, "Silence after which a printer counts as offline, in seconds."] = 60
    registration_code_ttl_s: Annotated[int, "Life of a code that claims a printer, in seconds."] = 3600
    max_unclaimed_printers: Annotated[int, "Printers that may be registered and claimed by nobody."] = 10_000
    unclaimed_printer_ttl_s: Annotated[
        int, "Silence after which a printer that nobody has claimed is forgotten, in seconds."
    ] = 7 * 24 * 3600
    command_ttl_s: Annotated[int, "Time for which a command waits for its printer, in seconds."] = 24 * 3600
    command_kept_s: Annotated[int, "Time for which a command that is over is kept, with its answer, in seconds."] = (
        30 * 24 * 3600
    )
    command_resend_s: Annotated[
        int, "Silence after which a command is sent again to a printer that is connected, in seconds; it doubles."
    ] = 15
    printable_link_ttl_s: Annotated[int, "Life of the address by which a printer fetches a printable, in seconds."] = (
        7 * 24 * 3600
    )
    max_log_bytes: Annotated[int, "Largest log that a printer may send, in bytes."] = 100 * MIB
    printdb: Annotated[
        str, "Folder with definitions of printer types, materials and profiles, beside those built in; empty: none."
    ] = ""
    callback_hosts: Annotated[
        str,
        "Hosts that are told of print jobs, with commas, perhaps with ports; `*.example.com` is all below it, `*` any;"
        " empty: none.",
    ] = ""
    callback_private: Annotated[
        bool, "Whether such a host may have a private address: this machine's, or one of its networks."
    ] = False
    callback_attempts: Annotated[
        int, "Times that a client is told one thing of a print job before that is given up; the pauses double."
    ] = 8
    channel_timeout_s: Annotated[int, "Time for which the server holds a printer's poll, in seconds."] = 45
    channel_anonymous: Annotated[
        bool, "Whether printers may listen without their token, as the vendor's simulator does; for closed networks."
    ] = False
    channel_sessions: Annotated[int, "Sessions of claimed printers that one process has places for."] = 20_000
    channel_strangers: Annotated[
        int, "Sessions beside them of those who show no token, or whose printer nobody has claimed."
    ] = 5_000
    channel_arrivals: Annotated[
        int, "Handshakes and WebSockets that one address may begin in a minute; trusted proxies have no limit."
    ] = 3_000
    relay_url: Annotated[
        str, "Database that carries commands between web processes, `postgresql://…`; empty: there is one process."
    ] = ""
    max_attempts: Annotated[int, "Times that a job is started again after its worker died, before it fails."] = 20

    def __post_init__(self) -> None:
        """Refuse values that could not work."""
        if self.open and self.host not in {"127.0.0.1", "::1", "localhost"}:
            raise ValueError("open mode serves without tokens and is for loopback only: set host to 127.0.0.1")
        _networks(self.trusted_proxies)
        _hosts(self.callback_hosts)
        if self.relay_url and not self.relay_url.startswith(("postgresql://", "postgres://")):
            raise ValueError(f"{env_name('relay_url')} must begin with postgresql://")

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ, **given: Any) -> Self:
        """Return the defaults, changed by `OUTFEED_*` in `env`, changed by what was `given` and is not None."""
        known = {item.name: item for item in fields(cls)}
        read = {
            name: _parsed(name, item.default, env[env_name(name)])
            for name, item in known.items()
            if env.get(env_name(name), "") != ""
        }
        return cls(**read | {name: value for name, value in given.items() if value is not None})

    def trusts(self, address: str) -> bool:
        """Tell whether an address is one of the trusted proxies; what is no number is none."""
        try:
            number = ip_address(address)
        except ValueError:
            return False
        mapped = number.ipv4_mapped if isinstance(number, IPv6Address) else None
        return any((mapped or number) in network for network in _networks(self.trusted_proxies))

    def may_call(self, host: str, port: int) -> bool:
        """Tell whether a host, a name in ASCII and small letters or a number, is one that is told of print jobs."""
        return any(
            only_port in {None, port} and (name in {"*", host} or (name[:2] == "*." and host.endswith(name[1:])))
            for name, only_port in _hosts(self.callback_hosts)
        )

    def but(self, **changes: Any) -> Self:
        """Return a copy with these settings changed."""
        return replace(self, **changes)


def _networks(text: str) -> list[IPv4Network | IPv6Network]:
    """Read addresses and networks with commas between; one address is a network of its own."""
    try:
        return [ip_network(part.strip()) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise ValueError(f"{env_name('trusted_proxies')}: {error}") from error


def _hosts(text: str) -> list[tuple[str, int | None]]:
    """Read hosts with commas between as names and ports; a number of IPv6 loses its brackets."""
    found = []
    for part in filter(None, (part.strip().lower() for part in text.split(","))):
        parsed = _HOST.fullmatch(part)
        if parsed is None:
            raise ValueError(
                f"{env_name('callback_hosts')}: {part} is no host: such as example.com or *.example.com:8443"
            )
        name, port = parsed.groups()
        bare = str(ip_address(name[1:-1])) if name.startswith("[") else name.rstrip(".")
        found.append((bare, int(port) if port else None))
    return found


def env_name(setting: str) -> str:
    """Return the environment variable of a setting."""
    return f"OUTFEED_{setting.upper()}"


def described() -> list[tuple[str, Any, str]]:
    """Return each setting's name, default and sentence, for the reference page."""
    hints = get_type_hints(Settings, include_extras=True)
    return [(item.name, item.default, hints[item.name].__metadata__[0]) for item in fields(Settings)]


def _parsed(name: str, default: Any, text: str) -> Any:
    """Read `text` as the type of the default."""
    if isinstance(default, bool):
        if text.lower() not in {"1", "0", "true", "false", "yes", "no"}:
            raise ValueError(f"{env_name(name)}={text} is neither yes nor no")
        return text.lower() in {"1", "true", "yes"}
    try:
        return type(default)(text)
    except ValueError as error:
        raise ValueError(f"{env_name(name)}={text} is no whole number") from error
