"""Currents and clamps that are functions of the step."""

import numpy as np
import pytest
from oracle import random_network

from asynet.network.kernels import make_kernel
from asynet.walkback.walk import Chains, Clamp, half_steps, walk

CHAINS = Chains(4, np.arange(20))
NETWORK = random_network((3, 2), (("b",), ("a",)), ["aa", "ab", "ba"], 0.8, seed=12)
PULSE = np.array([1.5, -2.0, 0.25, 3.0, -1.0])


def start(kernel):
    return kernel.tensor(np.random.default_rng(1).integers(0, 2, (20, 5)))


@pytest.mark.parametrize("name", ["reference", "numba", "torch"])
def test_a_current_is_a_bias_for_a_while(name):
    """Steps with a current are those of a network whose biases hold it."""
    kernel = make_kernel(name, NETWORK)

    def pulse(step):
        return PULSE * (4 <= step <= 6)

    pulsed = walk(kernel, start(kernel), np.ones(9), CHAINS, drive=pulse)
    biased = make_kernel(name, NETWORK)
    for p in NETWORK.populations:
        biased.afferents[p.name].bias[:] += PULSE[NETWORK.columns(p.name)].astype(np.float32)
    biased.upload()
    state, done = start(kernel), 0
    for k in (kernel, biased, kernel):
        state = walk(k, state, np.ones(3), CHAINS, steps_done=done)
        done += 3
    np.testing.assert_array_equal(kernel.array(pulsed), kernel.array(state))
    ends = [walk(kernel, start(kernel), np.ones(6), CHAINS, drive=d) for d in (pulse, None)]
    assert (kernel.array(ends[0]) != kernel.array(ends[1])).any()


def test_each_chain_may_have_a_current_of_its_own():
    kernel = make_kernel("reference", NETWORK)
    strong = np.where(np.arange(20)[:, None] < 10, 60.0, -60.0) * np.ones(5)
    state = kernel.array(walk(kernel, start(kernel), [1.0], CHAINS, drive=lambda _: strong))
    assert (state[:10] == 1).all()
    assert (state[10:] == 0).all()


def test_a_current_that_cannot_be_added_exactly_is_refused():
    kernel = make_kernel("reference", NETWORK)
    for wrong in (np.full(5, 64.0), np.full(5, np.nan)):
        with pytest.raises(ValueError, match=r"drive at step 1: .* must be below 64"):
            walk(kernel, start(kernel), [1.0], CHAINS, drive=lambda _, wrong=wrong: wrong)


@pytest.mark.parametrize("name", ["reference", "torch"])
def test_a_clamp_may_change_from_step_to_step(name):
    """Neuron 0 follows a square wave, neuron 4 is held from step 3 on as it then is."""
    kernel = make_kernel(name, NETWORK)

    def clamp(step):
        held = np.array([True, False, False, False, step >= 3])
        wave = np.array([step % 2, 0, 0, 0, 0])
        return Clamp(held, wave) if step < 3 else Clamp(held)

    seen = list(half_steps(kernel, start(kernel), np.ones(6), CHAINS, clamp=clamp))
    after = [kernel.array(half.after) for half in seen]
    for half, state in zip(seen, after, strict=True):
        assert (state[:, 0] == (half.step % 2 if half.step < 3 else 0)).all()
        if half.step >= 3:
            np.testing.assert_array_equal(state[:, 4], after[3][:, 4])


def test_a_held_state_reaches_what_it_drives_at_once():
    """b is resampled first, and already sees what a is held in."""
    kernel = make_kernel("reference", NETWORK)
    held = Clamp(np.array([True, True, True, False, False]), np.array([1, 0, 1, 0, 0]))
    first = next(half_steps(kernel, start(kernel), [1.0], CHAINS, clamp=held))
    assert first.before[:, :3].tolist() == [[1, 0, 1]] * 20
    assert first.after[:, :3].tolist() == [[1, 0, 1]] * 20
