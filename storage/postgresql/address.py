"""Where a PostgreSQL database is: the URL of the setting, without its password wherever it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from domain.chat.i18n import lazy_text

EXAMPLE = "postgresql://digestbot:PASSWORD@db.example/digestbot"
SCHEMES = ("postgresql://", "postgres://")
DEFAULT_PORT = 5432
_SECRET_OPTIONS = ("password", "sslpassword")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresqlAddress:
    """The address of a database; `url` holds the password, `str()` does not."""

    url: str = field(repr=False)
    hosts: str
    database: str
    servers: tuple[tuple[str, int], ...] = ()
    """Host (or folder of a Unix socket) and port of each server."""
    chooses_primary: bool = False
    """Whether it asks for the one of its servers that takes writes."""
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def without_secrets(self) -> str:
        """The URL with its user and options, and without passwords, as tools of PostgreSQL take it."""
        parts = urlsplit(self.url)
        credentials, at, hosts = parts.netloc.rpartition("@")
        options = [option for option in parts.query.split("&") if option.partition("=")[0] not in _SECRET_OPTIONS]
        address = f"{parts.scheme}://{credentials.partition(':')[0]}{at}{hosts}{parts.path}"
        return "?".join(filter(None, (address, "&".join(options))))

    def __str__(self) -> str:
        return f"postgresql://{self.hosts}/{self.database}"


def is_postgresql(text: str) -> bool:
    """Return whether a text is meant as the address of a PostgreSQL database."""
    return text.lower().startswith(SCHEMES)


def parse_address(text: str) -> PostgresqlAddress:
    """Return the address in a URL. Raises ValueError, whose text never quotes the URL: it may hold a password."""
    try:
        parts = urlsplit(text)
        options = parse_qs(parts.query, strict_parsing=True) if parts.query else {}
    except ValueError:
        raise ValueError(
            lazy_text("is no URL of a PostgreSQL database; write one such as {example}", example=EXAMPLE)
        ) from None
    credentials, _, hosts = parts.netloc.rpartition("@")
    hosts = ",".join(options.get("host", [hosts]))
    database = unquote(parts.path.removeprefix("/")) or "".join(options.get("dbname", []))
    if not hosts:
        raise ValueError(lazy_text("names no server; write {example}", example=EXAMPLE))
    if not database or "/" in database:
        raise ValueError(lazy_text("names no database after the server; write {example}", example=EXAMPLE))
    if parts.fragment or any(character.isspace() for character in text):
        raise ValueError(
            lazy_text("has a character that must be written as %23 (#) or %20 (blank) in a user name or password")
        )
    password = credentials.partition(":")[2]
    secrets = {password, unquote(password), *(value for name in _SECRET_OPTIONS for value in options.get(name, []))}
    return PostgresqlAddress(
        url=text,
        hosts=hosts,
        database=database,
        servers=_servers(hosts, "".join(options.get("port", []))),
        chooses_primary=options.get("target_session_attrs", [""])[-1] in ("primary", "read-write"),
        secrets=tuple(sorted(secrets - {""}, key=len, reverse=True)),
    )


def _servers(hosts: str, ports: str) -> tuple[tuple[str, int], ...]:
    """Return host and port of each server. Raises ValueError."""
    default_ports = ports.split(",") if ports else [str(DEFAULT_PORT)]
    servers = []
    for number, text in enumerate(hosts.split(",")):
        host, _, port = text.partition(":") if not text.startswith("[") else _split_bracketed(text)
        port = port or default_ports[min(number, len(default_ports) - 1)]
        if not port.isdecimal():
            raise ValueError(lazy_text("has a port that is no number; write {example}", example=EXAMPLE))
        servers.append((unquote(host), int(port)))
    return tuple(servers)


def _split_bracketed(text: str) -> tuple[str, str, str]:
    """Split an IPv6 address in brackets from its port."""
    host, _, rest = text.removeprefix("[").partition("]")
    return host, "", rest.removeprefix(":")
