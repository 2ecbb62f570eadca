"""A web process in miniature: it answers with its process id, and misbehaves when told to."""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from server.door import address, listener


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{os.getpid()} {os.environ['REDIS_URL']}".encode())

    def log_message(self, format: str, *words: object) -> None:
        """It is asked often."""


def main(behaviour: str) -> None:
    if behaviour == "broken":
        sys.stdout.write("the database is missing\n")
        sys.exit(3)
    if behaviour == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    server = HTTPServer(("", 0), Answer, bind_and_activate=False)
    server.socket = listener(*address())
    sys.stdout.write("serving\n")
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
