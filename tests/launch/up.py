"""`up` as it is, over a miniature web and a step that is quickly done."""

import signal
import sys

from server import supervisor


def main(behaviour: str) -> int:
    nohup = behaviour == "nohup"  # whether or not the tests themselves run under it
    signal.signal(signal.SIGHUP, signal.SIG_IGN if nohup else signal.SIG_DFL)
    web = [sys.executable, "-m", "tests.launch.web", behaviour]
    prepare = "print('  ada@example.org   lovelace')"
    if behaviour == "unprepared":
        prepare = "raise SystemExit('the disk is full')"
    return supervisor.up({"web": web}, {"Preparing the demo": [sys.executable, "-c", prepare]})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
