"""The names and addresses by which other devices of the network reach this machine."""

import re
import shutil
import socket
import subprocess
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Final

PRIVATE: Final[tuple[IPv4Network | IPv6Network, ...]] = tuple(
    map(
        ip_network,
        [
            *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
            "100.64.0.0/10",  # behind a provider's NAT, and overlay networks
            "169.254.0.0/16",  # given to itself where nobody gives addresses out
            *("192.0.2.0/24", "198.18.0.0/15"),  # of laboratories
            *("127.0.0.0/8", "::1/128"),
        ],
    )
)
LOOPBACK: Final = ("127.0.0.1", "::1")
FAR: Final = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
ROUTES: Final = Path("/proc/net/fib_trie")
INTERFACES: Final = Path("/proc/net/if_inet6")
TEMPORARY: Final = 0x01  # an IPv6 address that is another one tomorrow
LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


def reachable() -> str:
    """The address to type on a tablet: the one from which this machine speaks to others."""
    found = [*spoken_from(), *own()]
    return next((one for one in found if private(one) and one not in LOOPBACK), LOOPBACK[0])


def own() -> list[str]:
    """Every private address of this machine, in order; the loopback ones too."""
    found = {plain(one) for one in (*listed(), *LOOPBACK)}
    return sorted(filter(private, found), key=lambda one: (ip_address(one).version, one))


def names() -> list[str]:
    """What this machine is called: its name, the one that mDNS knows, and localhost."""
    called = socket.gethostname().lower().rstrip(".")
    short = called.partition(".")[0]
    known = [called, f"{short}.local", "localhost"] if labels(called) else ["localhost"]
    return list(dict.fromkeys(known))


def labels(name: str) -> bool:
    return len(name) < 254 and all(LABEL.fullmatch(label) for label in name.split("."))


def private(address: str) -> bool:
    """Whether it means something in one network only."""
    found = ip_address(address)
    return any(found in network for network in PRIVATE if network.version == found.version)


def plain(address: str) -> str:
    return str(ip_address(address))


def spoken_from() -> Iterator[str]:
    """By each family; nothing is sent, the system only looks up the way."""
    for family, far in FAR:
        with socket.socket(family, socket.SOCK_DGRAM) as asking:
            try:
                asking.connect((far, 9))
            except OSError:
                continue
            yield plain(asking.getsockname()[0])


def listed() -> Iterable[str]:
    """What the system lists, wherever this one does."""
    if ROUTES.exists():
        return {*of_routes(ROUTES.read_text()), *of_interfaces()}
    if program := shutil.which("ifconfig", path="/sbin:/usr/sbin:/bin:/usr/bin"):
        said = subprocess.run([program], capture_output=True, text=True, check=False).stdout
        return of_ifconfig(said)
    return set(spoken_from())


def of_routes(text: str) -> set[str]:
    return set(re.findall(r"\|-- (\S+)\n\s+/32 host LOCAL", text))


def of_interfaces() -> set[str]:
    """IPv6: sixteen bytes in hexadecimal, number, prefix, scope, flags, name."""
    rows = (row.split() for row in lines(INTERFACES))
    lasting = (row[0] for row in rows if not int(row[4], 16) & TEMPORARY)
    return {str(ip_address(bytes.fromhex(digits))) for digits in lasting}


def lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def of_ifconfig(text: str) -> set[str]:
    """Addresses with a zone are of one cable only, and useless to others."""
    return set(re.findall(r"^\s+inet6? ([0-9a-f.:]+)(?:\s|/|$)", text, re.M))
