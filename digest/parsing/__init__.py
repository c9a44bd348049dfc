"""Parsing of a digest file: bytes to Markdown blocks, with everything odd reported as a problem.

`bytes -> source_text -> front_matter -> markdown (tokens) -> blocks (of inline lines)`
"""
