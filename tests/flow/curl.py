"""As much of curl as the documents use, for machines that have none."""

import sys
from argparse import ArgumentParser

import httpx2


def main() -> None:
    """Send a request; what comes back goes to stdout."""
    parser = ArgumentParser("curl")
    parser.add_argument("url")
    parser.add_argument("-s", "--silent", action="store_true")
    parser.add_argument("-H", "--header", action="append", default=[])
    parser.add_argument("-d", "--data")
    asked = parser.parse_args()
    headers = dict(header.split(": ", 1) for header in asked.header)
    method = "GET" if asked.data is None else "POST"
    content = None if asked.data is None else asked.data.encode()
    answer = httpx2.request(method, asked.url, headers=headers, content=content, trust_env=False)
    sys.stdout.write(answer.text)


if __name__ == "__main__":
    main()
