"""Names that need no DNS: the hosts file and localhost."""

from pathlib import Path

from trunkline.platform.sipnet.udp import is_address


def read_hosts(path: Path = Path("/etc/hosts")) -> dict[str, tuple[str, ...]]:
    """Names in lower case with their addresses in file order; {} when there is no such file."""
    try:
        text = path.read_text("utf-8", "replace")
    except OSError:
        return {}
    names: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        address, *aliases = line.partition("#")[0].split() or [""]
        if is_address(address):
            for alias in aliases:
                names[alias.lower()] = (*names.get(alias.lower(), ()), address)
    return names


def is_localhost(name: str) -> bool:
    """`localhost` and everything under it is loopback, whatever DNS says (RFC 6761 section 6.3)."""
    name = name.rstrip(".")
    return name == "localhost" or name.endswith(".localhost")
