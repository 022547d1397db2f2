"""Turns itself into another program that cannot outlive its parent, optionally as another user.

    python leash.py PARENT_PID SIGNAL UID GID PROGRAM ARGUMENTS...

Why not `preexec_fn`: it forks Python code inside a program with threads. Why not `Popen(user=...)`: the kernel forgets
the parent-death signal when the user changes, so the signal must be asked for afterwards, here. Linux only.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, death_signal, uid, gid = (int(argument) for argument in sys.argv[1:5])
    program = sys.argv[5:]
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if uid != os.getuid():
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:  # it died before we asked
        sys.exit(1)
    os.execv(program[0], program)


if __name__ == "__main__":
    main()
