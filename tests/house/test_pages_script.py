"""What `make pages` calls builds what changed, and leaves nothing half done.

The node here makes of ``src/docs.ts`` a page in the folder that it is told.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.test_scripts import Machine

NODE = """
import sys
from pathlib import Path
if "--version" in sys.argv:
    print("v20.19.0")
else:
    page = Path(sys.argv[2], "docs")
    page.mkdir(parents=True, exist_ok=True)
    (page / "index.html").write_text(Path("src/docs.ts").read_text())
"""
NPM = """
import sys
from pathlib import Path
assert sys.argv[1] == "ci"
assert "--ignore-scripts" in sys.argv
Path("node_modules").mkdir()
"""


class Project(Machine):
    """A machine whose project has pages and screens."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.frontend = self.project / "frontend"
        web = self.project / "eerp" / "web"
        self.page = web / "built" / "docs" / "index.html"
        self.screens = web / "built-app" / "docs" / "index.html"
        web.mkdir(parents=True)
        for part in ("pages", "app"):
            (self.frontend / part / "src").mkdir(parents=True)
        for name, text in {
            "package.json": '{"engines": {"node": ">=20.19"}}',
            "package-lock.json": "{}",
            "pages/build.mjs": "",
            "pages/src/docs.ts": "one",
            "app/src/docs.ts": "one",
        }.items():
            (self.frontend / name).write_text(text)
        self.add("node", NODE)
        self.add("npm", NPM)

    def build_pages(self) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "scripts/pages.py", "build")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_pages_are_built_where_the_daemon_looks(project: Project) -> None:
    assert project.build_pages().returncode == 0
    assert project.page.read_text() == "one"
    assert project.screens.read_text() == "one"


def test_pages_that_are_built_need_no_node(project: Project) -> None:
    project.build_pages()
    (project.tools / "node").unlink()
    assert project.build_pages().returncode == 0


def test_a_page_that_changed_is_built_again(project: Project) -> None:
    project.build_pages()
    (project.frontend / "pages" / "src" / "docs.ts").write_text("two")
    assert project.build_pages().returncode == 0
    assert project.page.read_text() == "two"
    assert project.screens.read_text() == "one"


def test_a_build_that_fails_leaves_the_pages_as_they_were(project: Project) -> None:
    project.build_pages()
    (project.frontend / "pages" / "src" / "docs.ts").write_text("two")
    project.add("node", NODE.replace("page.mkdir(", "raise SystemExit(1) ("))
    done = project.build_pages()
    assert done.returncode == 1
    assert "could not be built" in done.stderr
    assert project.page.read_text() == "one"
