"""Copy what an installed package needs of studies/ and data/ into the wheel.

In a clone both stay at the top level, where people look for them.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
COPIED = {"studies": "*.yaml", "data": "*.npz"}


class BuildWithData(build_py):
    """Build the package, then lay studies and data beside its modules."""

    def run(self) -> None:
        """Copy them, unless the installation is editable and finds them in the clone."""
        super().run()
        if self.editable_mode:
            return
        for folder, pattern in COPIED.items():
            target = Path(self.build_lib) / "asynet" / folder
            target.mkdir(parents=True, exist_ok=True)
            for path in sorted((ROOT / folder).glob(pattern)):
                shutil.copyfile(path, target / path.name)


setup(cmdclass={"build_py": BuildWithData})
