"""The journal's service loop: waiting entries, rotation and the grouped sync."""

import asyncio
from typing import Final

from trunkline.platform.journal.journal import CallJournal

GROUP_S: Final = 0.05
"""A power cut costs at most what was written in this time and the sync's own."""


async def keep(journal: CallJournal) -> None:
    """Runs as long as the process; the sync runs in a thread, so that a slow disk holds no call up."""
    while True:
        await asyncio.sleep(GROUP_S)
        job = journal.tick()
        if job is not None:
            await asyncio.to_thread(job)
