"""How many files and sockets a process may have open."""

import resource
import sys


def raise_file_limit() -> int:
    """Take as many as the host allows, since its soft limit is often 1,024; how many that is."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return sys.maxsize if hard == resource.RLIM_INFINITY else hard
