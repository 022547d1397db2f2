"""Becomes another program that cannot outlive its parent: `python leash.py PARENT_PID PROGRAM ARGUMENTS...`.

A broker that survives its product would hold the port and answer for nobody. Linux only (PR_SET_PDEATHSIG); a thread
of the parent may not be the one that forks it, because the signal follows the thread.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, program = int(sys.argv[1]), sys.argv[2:]
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:  # it died before we asked
        sys.exit(1)
    os.execv(program[0], program)  # noqa: S606 - the whole point


if __name__ == "__main__":
    main()
