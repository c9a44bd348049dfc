"""The committed weights come from the committed priors by the fit's own format."""

from __future__ import annotations

from itertools import islice

from tests.digest.fit_weights import FILE, LEAST, PRIORS, cases, fit, formatted, load


def test_committed_weights_are_as_the_fit_writes_them() -> None:
    assert formatted(load(FILE)) == FILE.read_text(encoding="utf-8")
    assert min(load(FILE).values()) >= LEAST


def test_every_weight_has_a_prior() -> None:
    assert list(load(PRIORS)) == list(load(FILE))


def test_fit_from_the_priors_repeats() -> None:
    fitted = [fit(list(islice(cases(3, 1), 3)), load(PRIORS), 2) for _ in range(2)]
    assert fitted[0] == fitted[1]
    assert formatted(fitted[0]) == formatted(fitted[1])
