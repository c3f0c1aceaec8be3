"""The build hook: an installation, editable or not, brings the browser's files along where npm is to be had."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BrowserFiles(BuildHookInterface):
    """Runs the tool in a process of its own: a build sees neither our packages nor our path."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name == "wheel":
            subprocess.run([sys.executable, str(Path(self.root) / "tools" / "browser_files.py")], check=False)
