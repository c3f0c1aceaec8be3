"""How many files a process may have open."""

import resource

from trunkline.platform.setting.descriptors import raise_file_limit


def test_the_soft_limit_becomes_the_hard_one() -> None:
    """Goals, 14: a soft limit of 1,024 is fewer than the connections that callers may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, hard - 1), hard))
        assert raise_file_limit() >= hard
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
