import pytest

from asynet.numerics.estimates import measured
from asynet.report.words import METRICS, duration, metric_name, metric_rank


@pytest.mark.parametrize(
    ("value", "stderr", "written"),
    [
        (-164.3124, 0.8412, ("−164.31", "0.84")),
        (-164.3124, 12.7, ("−164", "13")),
        (0.0361, 0.0021, ("0.0361", "0.0021")),
        (12345.6, 9.96, ("12,345.6", "10.0")),
        (0.80424, None, ("0.8042", "")),
        (12345.6, None, ("12,346", "")),
        (3, 0.0, ("3", "0")),
        (float("nan"), float("nan"), ("nan", "nan")),
        (float("-inf"), None, ("−inf", "")),
    ],
)
def test_numbers_are_written_to_the_precision_of_their_error(value, stderr, written):
    assert measured(value, stderr) == written


def test_a_metric_has_a_name_in_words_or_its_key():
    assert metric_name("bound") == METRICS["bound"]
    assert metric_name("chain_10000_class_kl").startswith(
        "Divergence of classes from the data after 10,000 steps"
    )
    assert metric_name("my_2_metrics") == "my_2_metrics"


def test_metrics_are_in_the_order_of_the_words_then_of_their_digits():
    keys = ["zzz", "chain_10000_class_kl", "chain_100_class_kl", "bound"]
    expected = ["bound", "chain_100_class_kl", "chain_10000_class_kl", "zzz"]
    assert sorted(keys, key=metric_rank) == expected


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(7.4, "7 s"), (512.3, "8 min 32 s"), (59.9, "1 min 0 s"), (7260, "2 h 1 min")],
)
def test_durations_are_in_words(seconds, words):
    assert duration(seconds) == words
