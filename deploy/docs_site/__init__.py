"""The documentation as a site: `make docs` assembles its pages in build/docs and lets Sphinx build them strictly."""
