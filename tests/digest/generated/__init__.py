"""Random digests with known truth, and the judge that compares a reading with it.

    seed -> combination (form x section x language) -> source and truth -> reader -> differences -> report

The texts are in `stock/`, a file for each language.
`python -m tests.digest.generated` prints how many digests today's reader reads as a person would.
"""
