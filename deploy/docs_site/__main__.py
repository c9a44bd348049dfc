"""Build the site into build/docs/html; every warning is an error.

pages of the repository, and generated ones -> build/docs/pages -> Sphinx -> build/docs/html
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from sphinx.cmd.build import main as run_sphinx

from deploy.docs_site.assemble import assemble

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "docs"


def main() -> int:
    """Build the site and return the exit code."""
    pages, html = BUILD / "pages", BUILD / "html"
    shutil.rmtree(BUILD, ignore_errors=True)
    assemble(ROOT, pages)
    options = ("--fail-on-warning", "--keep-going", "--nitpicky", "--quiet")
    code = run_sphinx([*options, "-c", str(Path(__file__).parent), "-d", str(BUILD / "cache"), str(pages), str(html)])
    if code == 0:
        sys.stdout.write(f"{(html / 'index.html').relative_to(ROOT)}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
