"""Segmentation of a digest: which blocks begin its items, and which part every other block belongs to.

`blocks -> flat_blocks -> days -> features -> detectors -> selection -> block_assignment -> items`
"""
