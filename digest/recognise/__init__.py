"""Blocks of one digest in; which of them begin its items, and in what form it is written, out.

`blocks -> Page -> recognisers, the most certain first -> strays dropped -> Reading`. A new form is one more function.
"""
