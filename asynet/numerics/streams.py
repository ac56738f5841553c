"""What random numbers are drawn for: each purpose has numbers of its own, from the same seed."""

from enum import IntEnum


class Draw(IntEnum):
    """What a NumPy generator draws: `default_rng([seed, ..., Draw.WEIGHTS])`."""

    ORDER = 1  # of the training examples in an epoch
    CUES = 2  # neurons flipped in the cues of an associative memory
    WEIGHTS = 3  # initial weights and synapses
    MASK = 4  # pixels that stay known in a completion
    SYNAPSES = 5  # the sample of synapses whose weights are recorded


class Stream(IntEnum):
    """Which chains a measurement walks: each has 2^40 chains of its own, apart from training's."""

    PRIOR = 0  # p*, from heated training examples
    BOUND = 1
    STATIONARY = 2  # towards equilibrium at T = 1, at a validation
    VALIDATION_FLOW = 3  # entropy production, at a validation
    IMPORTANCE = 4
    SAMPLES = 5
    CHAIN_STARTS = 6
    BASELINE = 7  # how the examples of the baselines are made binary
    LONG_CHAINS = 8
    FINAL_FLOW = 9  # entropy production, at the end
    FIGURES = 10
    RECALL = 11
    GAP = 12  # irreversibility along the walk
    GAP_WALKS = 13
    PILOTS = 14  # spacing of the temperatures of evaluation
    TRAINING_PILOTS = 15
    AHEAD = 16  # choice of evaluate.ahead
    RESAMPLED = 17  # walks that are resampled
    EQUILIBRIUM = 18  # how its test examples are made binary
    MEANS = 19  # mean activity, from training examples
    NIGHT = 20  # what is recorded after training
    SAMPLE = 30  # of `asynet sample`
    COMPLETE = 31
    FREE_STARTS = 32
    FREE_CHAINS = 33
    INPAINT = 40  # and one more for each mask
    ANALYSIS_STARTS = 50
    ANALYSIS_FLOW = 51
    ANALYSIS_NULL = 52
    ANALYSIS_ALONG = 53
    DREAMS = 54
    DREAM_EXAMPLES = 55  # test examples that dreams are held against
    DREAM_REPLAYS = 56  # heated training examples
    BENCHMARK = 60  # and up to nine more
    NOTEBOOK = 70  # and up to nine more


LARGEST_STREAM = 1023  # 2^50 + 1023 * 2^40 is still below 2^56, the largest index of a chain
