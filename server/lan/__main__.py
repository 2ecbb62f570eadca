"""`python -m server.lan certificate | page`: the two programs that `up --lan` runs besides."""

import sys

from server.console import CannotStart


def main(wanted: str) -> int:
    try:
        if wanted == "certificate":
            from server.lan.preparation import prepare

            prepare()
            return 0
        from server.lan.page import serve

        return serve()
    except CannotStart as cannot:
        sys.stdout.write(f"{cannot}\n")
        return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
