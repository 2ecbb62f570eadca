"""`python3 -m server …`: makes its environment first, then does what was asked for.

Every Python 3 must be able to read this file, so that an old one can be told what is missing.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit("Heard needs Python 3.11 or newer; this is Python %d.%d." % sys.version_info[:2])  # noqa: UP031
if sys.platform == "win32":
    sys.exit("Heard runs on Linux and macOS; on Windows use WSL.")


def main() -> None:
    from server import environment

    environment.enter(sys.argv[1:])
    if sys.argv[1:] in (["up"], ["up", "--lan"]):  # without the command line's weight: it stays
        from server import supervisor

        sys.exit(supervisor.up(supervisor.programs(), lan="--lan" in sys.argv))
    from server import cli

    cli.main()


if __name__ == "__main__":
    main()
