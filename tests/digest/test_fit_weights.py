"""The committed weights are the outcome of the fit: its stamp holds what it began with and what came out."""

from __future__ import annotations

from itertools import islice

from tests.digest.fit_weights import COUNT, FILE, LEAST, PRIORS, ROUNDS, SEED, cases, fit, formatted, load, stamp


def test_committed_weights_are_the_outcome_of_the_fit() -> None:
    expected = stamp(list(cases(COUNT, SEED)), load(PRIORS), ROUNDS, load(FILE))
    assert formatted(load(FILE), expected) == FILE.read_text(encoding="utf-8"), "run make fit"
    assert min(load(FILE).values()) >= LEAST


def test_a_weight_set_by_hand_has_another_stamp() -> None:
    digests, weights = list(cases(2, SEED)), load(FILE)
    by_hand = {**weights, "bold_line": weights["bold_line"] + 0.01}
    assert stamp(digests, load(PRIORS), ROUNDS, weights) != stamp(digests, load(PRIORS), ROUNDS, by_hand)
    assert stamp(digests, load(PRIORS), ROUNDS, weights) != stamp(digests[1:], load(PRIORS), ROUNDS, weights)


def test_every_weight_has_a_prior() -> None:
    assert list(load(PRIORS)) == list(load(FILE))


def test_fit_from_the_priors_repeats() -> None:
    fitted = [fit(list(islice(cases(3, 1), 3)), load(PRIORS), 2) for _ in range(2)]
    assert fitted[0] == fitted[1]
    assert formatted(fitted[0], "same") == formatted(fitted[1], "same")
