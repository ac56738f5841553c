"""Each conformance check passes a sound part and catches each way in which one can be broken."""

import numpy as np
import pytest
import torch
from torch import nn

from asynet import plugins
from asynet.testing import (
    check_connection,
    check_dataset,
    check_export,
    check_operator,
    check_rule,
)


class Plain(nn.Module):
    """Two layers, sound unless a test breaks them."""

    def __init__(self, shape, broken):
        super().__init__()
        self.inner, self.broken, size = (
            nn.Linear(int(np.prod(shape)), 6),
            broken,
            int(np.prod(shape)),
        )
        self.out = nn.Linear(6, size)
        if broken == "weights":
            self.inner.bias.data = torch.from_numpy(np.random.default_rng().random(6)).float()

    def forward(self, s):
        x = s.flatten(1)
        if self.broken == "batch":
            x = x - x.mean(0)
        y = self.out(torch.tanh(self.inner(x)))
        if self.broken == "noise":
            y = y + torch.randn_like(y)
        if self.broken == "gradient":
            y = y + (y**2).detach()
        if self.broken == "nan":
            y = y / 0
        return y if self.broken == "shape" else y.reshape(s.shape)


@plugins.operator
def plain(shape, *, broken=""):
    return Plain(shape, broken) if broken != "module" else len


@pytest.mark.parametrize("law", ["gaussian", "bernoulli"])
@pytest.mark.parametrize("shape", [(3,), (2, 3)])
def test_a_sound_operator_passes(shape, law):
    check_operator(plain, shape, law=law)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("module", "gives no module"),
        ("weights", "torch's seed alone does not decide its weights"),
        ("batch", "depends on the other states of the batch"),
        ("noise", "another F the second time"),
        ("gradient", r"gradient along a direction of \S+ is .*; differences give"),
        ("nan", "F_mu is not finite"),
        ("shape", r"F_mu of shape \(4, 6\); must be that of the states, \(4, 2, 3\)"),
    ],
)
def test_a_broken_operator_is_caught(broken, message):
    with pytest.raises(AssertionError, match=message) as caught:
        check_operator(plain, (2, 3), broken=broken)
    assert "\n" not in str(caught.value)


@plugins.connection
def one_in_three(n_post, n_pre, alone, rng, *, broken=""):
    there = rng.random((n_post, n_pre)) < 1 / 3
    if broken == "global":
        there = np.random.default_rng().random((n_post, n_pre)) < 1 / 3
    if broken == "constant":
        there = np.eye(n_post, n_pre, 1, dtype=bool)
    if alone and broken != "itself":
        np.fill_diagonal(there, False)
    post, pre = there.nonzero()
    if broken == "twice":
        post, pre = np.append(post, post[0]), np.append(pre, pre[0])
    if broken == "outside":
        post = post + 1
    return {"reals": (post / 1, pre), "one": post, "lengths": (post, pre[1:])}.get(
        broken, (post, pre)
    )


def test_a_sound_rule_passes():
    sizes = [(40, 40, False), (20, 30, False)]
    check_connection(one_in_three, sizes=sizes, count=lambda n_post, n_pre: n_post * n_pre / 3)
    check_connection(one_in_three)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("global", "seed 0 draws other synapses the second time"),
        ("constant", "the same synapses whatever the seed"),
        ("itself", r"neuron \d+ has a synapse onto itself"),
        ("twice", r"the synapse from \d+ to 0 is drawn twice"),
        ("outside", "post has neuron 40; must be from 0 to 39"),
        ("reals", r"post is float64 \(\d+,\), not int"),
        ("one", "does not give a pair of arrays"),
        ("lengths", r"post has \d+ neurons and pre \d+"),
    ],
)
def test_a_broken_rule_is_caught(broken, message):
    with pytest.raises(AssertionError, match=message) as caught:
        check_connection(one_in_three, broken=broken)
    assert "\n" not in str(caught.value)


def test_a_wrong_number_of_synapses_is_caught():
    with pytest.raises(AssertionError, match=r"makes 5\d\d.* synapses; expected 400"):
        check_connection(one_in_three, sizes=[(40, 40, False)], count=lambda *_: 400)


@plugins.dataset
def noise(seed, *, broken=""):
    rng = np.random.default_rng(None if broken == "seed" else 0 if broken == "same" else seed)
    train, test = rng.random((20, 2, 3)), rng.random((5, 2, 3))
    if broken == "memory":
        test = train[:5]
    if broken == "nan":
        test[0] = np.nan
    made = {"train": train, "test": test[:0] if broken == "empty" else test}
    if broken == "labels":
        made["train_labels"] = np.zeros(3, int)
    return made | ({"testing": test} if broken == "name" else {})


def test_a_sound_data_set_passes():
    check_dataset(noise, (2, 3))
    check_dataset(noise, (2, 3), binarise="sample")


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("seed", "seed 1 gives other train examples the second time"),
        ("same", "the same examples whatever the seed"),
        ("memory", "test holds examples of train"),
        ("nan", "test: holds values that are not finite"),
        ("empty", "test: shape"),
        ("labels", r"train_labels: int64 \(3,\) is not allowed"),
        ("name", "testing"),
    ],
)
def test_a_broken_data_set_is_caught(broken, message):
    with pytest.raises(AssertionError, match=message) as caught:
        check_dataset(noise, (2, 3), broken=broken)
    assert "\n" not in str(caught.value)


def test_examples_of_another_shape_are_caught():
    with pytest.raises(AssertionError, match=r"\[3, 2\] is not allowed; .* have \[2, 3\]"):
        check_dataset(noise, (3, 2))


def times_in(path):
    return len(path.read_text().split())


def write(selection, path, skip=0):
    events = selection.spikes()
    times = selection.time(events.half_step)[skip:]
    path.write_text("\n".join(map(str, times)))


@plugins.export(suffix=".txt")
def times(selection, path):
    write(selection, path)


@plugins.export(suffix=".txt")
def lossy(selection, path):
    write(selection, path, skip=1)


@plugins.export(suffix=".txt")
def elsewhere(selection, path):
    write(selection, path.with_name("other.txt"))


@plugins.export(suffix=".txt")
def beside(selection, path):
    write(selection, path)
    write(selection, path.with_name("other.txt"))


@plugins.export(suffix=".txt")
def refusing(selection, path):
    raise ValueError("needs a library")


def test_a_sound_export_passes():
    check_export(times, times_in)


@pytest.mark.parametrize(
    ("export", "message"),
    [
        (lossy, r"lossy: wrote (\d+) spikes of \d+"),
        (elsewhere, "elsewhere: wrote nothing to the path"),
        (beside, "beside: wrote other.txt beside"),
        (refusing, "refusing: plugin refusing: needs a library"),
    ],
)
def test_a_broken_export_is_caught(export, message):
    with pytest.raises(AssertionError, match=message):
        check_export(export, times_in)


def test_what_is_no_part_is_said():
    with pytest.raises(AssertionError, match=r"write: is not decorated with asynet.plugins.export"):
        check_export(write, times_in)
    with pytest.raises(AssertionError, match=r"noise: is not decorated with asynet.plugins.oper"):
        check_operator(noise, (3,))
    with pytest.raises(AssertionError, match="plain: has no option width"):
        check_operator(plain, (3,), width=3)


@plugins.rule
def plain_rule(seen, *, broken=""):
    past, pre, predicted = seen.past, seen.pre, seen.predicted
    rate = seen.running_mean("rate", past, 0.3)
    bias = past - predicted - 0.1 * rate
    if broken == "population":
        past = past - past.mean(axis=1, keepdims=True)
    if broken == "presynaptic":
        pre = pre * pre.any(axis=1, keepdims=True) / (1 + pre.sum(axis=1, keepdims=True))
    if broken == "heating":
        predicted = predicted[:, ::-1]
    if broken == "weights":
        return {"replay": (past, pre, seen.weights.sum(axis=0))}
    if broken == "bias":
        bias = bias.mean(axis=1, keepdims=True)
    if broken == "random":
        bias = bias + np.random.default_rng().random()
    if broken == "chains":
        bias = bias * np.arange(len(bias))[:, None]
    if broken == "nan":
        bias = bias * np.inf
    if broken == "shape":
        past = past[:, 1:]
    return {"replay": (past, pre), "heating": (-predicted, pre), "bias": bias}


@plugins.rule(sample=True)
def with_samples(seen):
    return {"replay": (seen.past, seen.pre, 1 - seen.weights), "bias": -seen.predicted}


def test_a_sound_learning_rule_passes():
    check_rule(plain_rule)
    check_rule(with_samples)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("population", "replay of a synapse depends on neurons at neither of its ends"),
        ("presynaptic", "replay of a synapse depends on neurons at neither of its ends"),
        ("heating", "heating of a synapse depends on neurons at neither of its ends"),
        ("weights", "replay of a synapse depends on neurons at neither of its ends"),
        ("bias", "bias of a neuron depends on others that do not project to it"),
        ("random", "bias of a neuron depends on|the same walks again give other numbers"),
        ("chains", "chains in another order give other numbers"),
        ("nan", "bias: not finite"),
        ("shape", r"replay, postsynaptic: \(16, 4\) does not fit \(16, 5\)"),
    ],
)
def test_a_broken_learning_rule_is_caught(broken, message):
    with pytest.raises(AssertionError, match=message) as caught:
        check_rule(plain_rule, broken=broken)
    assert "\n" not in str(caught.value)
