"""A process that does not outlive its parent: `guarded` puts this file before its command line.

Run as a script it imports nothing of Heard, ties itself to its parent, and becomes the command.
"""

import ctypes
import os
import pwd
import signal
import sys
import time
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1
LOOK_SECONDS = 0.5


def guarded(command: Sequence[str], *, ending: signal.Signals, user: str = "") -> list[str]:
    """The command line that runs `command`, as `user`, and sends it `ending` when we die.

    Linux watches the very thread that starts it: let it be one that lives as long as we do.
    """
    tied = [str(os.getpid()), str(int(ending)), user]
    return [sys.executable, "-I", "-S", __file__, *tied, *command]


def become(parent: int, ending: int, user: str, command: Sequence[str]) -> None:
    if user:
        drop_to(user)
    tie(parent, ending)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execvp(command[0], list(command))


def drop_to(user: str) -> None:
    """Become `user`, before tying: a change of user loosens the tie."""
    account = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


def tie(parent: int, ending: int) -> None:
    if not (sys.platform == "linux" and tied_by_kernel(ending)):
        tie_by_watching(parent, ending)
    if os.getppid() != parent:  # it died while we were starting
        sys.exit(1)


def tied_by_kernel(ending: int) -> bool:
    return bool(ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, ending, 0, 0, 0) == 0)


def tie_by_watching(parent: int, ending: int) -> None:
    """Where the kernel has no such tie, a small child looks twice a second who still lives."""
    guarded_pid = os.getpid()
    if os.fork():
        return
    os.setsid()
    os.closerange(0, 256)  # ours are the pipes and ports of somebody else
    while os.getppid() == guarded_pid and lives(parent):
        time.sleep(LOOK_SECONDS)
    if os.getppid() == guarded_pid:
        os.kill(guarded_pid, ending)
    os._exit(0)


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    become(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
