"""The benchmarks run, and compare like with like."""

import json
from importlib import import_module

import numpy as np
import pytest
import torch
import typer
from tiny import create, tiny, write_mnist, write_study

import asynet.run.run
from asynet.network.afferents import Plasticity
from asynet.network.kernels import Fire, Teach
from asynet.network.learned import network_of
from asynet.network.symmetry_pull import pull_together
from asynet.record.trajectory import Trajectory
from asynet.run import temperatures as pilot
from asynet.run.build import build_trainer
from asynet.run.checkpoint import learned_network, save_checkpoint
from asynet.run.run import run_study
from asynet.run.sample import open_trainer
from asynet.run.training import train_to_the_end, train_walk
from asynet.study.file import read_study
from asynet.symmetry.history import distinct_steps
from asynet.thermodynamics.partition import log_partition
from benchmarks import (
    arrow,
    codes,
    destruction,
    dial,
    estimators,
    factors,
    gpu,
    image_baselines,
    image_steps,
    irreversibility,
    kernels,
    peers,
    recording,
    schedule,
    step,
    sums,
    symmetrisation,
    symmetry,
    tied,
    toys,
    what_helps,
    what_helps_images,
)
from tools.results.rows import all_rows as rows_of


@pytest.fixture
def trainer(tmp_path):
    return build_trainer(read_study(write_study(tmp_path)), "cpu")


@pytest.fixture
def run(trainer, tmp_path):
    """As much of a run directory as the benchmarks read."""
    directory = create(tmp_path / "run", read_study(write_study(tmp_path)))
    train_walk(trainer)
    save_checkpoint(trainer, directory.checkpoint)
    directory.append_metrics({"step": 3, "epoch": 1.0, "seconds": 0.05})
    one = {"value": -1.0, "stderr": 0.1, "n": 10}
    numbers = dict.fromkeys(("bound", "importance_sampled"), one)
    (directory.path / "summary.json").write_text(json.dumps(numbers))
    return directory.path


@pytest.fixture(autouse=True)
def same_torch_threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_step_prints_every_variant(run, capsys):
    step.main(run, batch=4, steps=2, rounds=1)
    printed = capsys.readouterr().out
    assert printed.count("torch") == 3
    assert printed.count("asynet,") == 2


def test_peers_compares_what_is_there_and_names_what_is_not(capsys, monkeypatch):
    monkeypatch.setattr(peers, "SHORTEST", 1e-4)
    monkeypatch.setitem(
        peers.DENSE["a sweep"], "elsewhere", lambda case: import_module("elsewhere")
    )
    peers.main(chains="2", neurons=60, synapses=5, rounds=2, only="torch,elsewhere")
    printed = capsys.readouterr().out
    assert "elsewhere: left out: No module named 'elsewhere'" in printed
    assert printed.count("  torch ") == 3  # a sweep and a lesson of the dense network, a step
    assert printed.count("  asynet  ") == 4
    assert printed.count("GB/s") == 2


def test_sums_times_each_way_and_finds_the_same_bits(capsys):
    sums.main(inputs=21, outputs=18, rounds=1)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 + 7 * 3
    assert {line.split()[-1] for line in lines[2:]} == {"rows", "tables"}


def wanted(name):
    """Return the keys under which rows of results/ expect what a benchmark keeps."""
    return {row["from"]["key"] for row in rows_of(name).values() if "from" in row}


def kept_keys(path):
    return set(json.loads(path.read_text()))


def test_kernels_prints_every_kernel(run, capsys):
    kept = run.parent / "kept" / "kernels.json"
    kernels.main(run, batch=4, steps=2, rounds=1, size=16, kept=kept)
    assert {key for key in wanted("kernels") if not key.endswith("_2")} <= kept_keys(kept) | {
        key
        for key in wanted("kernels")
        if key.startswith("numba_2")  # only on two cores
    }
    printed = capsys.readouterr().out
    for name in ("reference", "numba, 1 thread", "torch CPU", "(16, 16) @ (16, 16)"):
        assert name in printed


def test_tied_prints_the_run_and_both_budgets(run, capsys):
    kept = run.parent / "kept" / "tied.json"
    tied.main(run, kept=kept)
    assert wanted("tied") == kept_keys(kept)
    assert json.loads(kept.read_text())["asymmetric_bound"] == {
        "value": -1.0,
        "stderr": 0.1,
        "n": 10,
    }
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert "-1.0 ± 0.1" in lines[1]
    assert lines[3].split()[3] == "3"  # as many walks as the run


@pytest.mark.parametrize("share", [True, False])
def test_torch_learns_what_asynet_learns(trainer, share):
    kernel, temperature = trainer.dynamics, 1.7
    network = network_of(kernel.network, kernel.afferents)
    rng = np.random.default_rng(1)
    state = rng.integers(0, 2, (16, network.size)).astype(np.float32)
    own = state[:, network.columns("visible")]
    plain = step.PlainNetwork(network)
    before = kernel.afferents["visible"].weights.copy()
    step.torch_half_step(
        plain,
        torch.optim.SGD(plain.parameters(), lr=0.5),
        "visible",
        torch.tensor(own),
        torch.tensor(state[:, network.columns("hidden")]),
        temperature,
        step.draw_bernoulli,
        share,
    )
    fire = Fire(temperature, 1, np.arange(16), 1)
    error = kernel.respond("visible", state, fire, Teach(temperature, own)).error
    kernel.learn("visible", state, error, 0.5 / (temperature * 16), Plasticity())
    onto = kernel.afferents["visible"]
    assert np.abs(onto.weights - before).max() > 0.01
    learned = plain.weights["visible"].detach().numpy().T
    # Neurons feel weights, and errors are taken, to the nearest 2**-16.
    np.testing.assert_allclose(learned, onto.weights, atol=1e-4)
    np.testing.assert_allclose(plain.bias["visible"].detach().numpy(), onto.bias, atol=1e-4)


@pytest.mark.parametrize("draw", [step.draw_bernoulli, step.draw_below_rate])
def test_samples_have_their_rates(draw):
    """40,000 draws: a false alarm (4.5 standard errors) once in 100,000 seeds."""
    torch.manual_seed(1)
    drawn = draw(torch.full((200, 200), 0.8))
    rate = 1 / (1 + np.exp(-0.8))
    assert set(drawn.unique().tolist()) == {0.0, 1.0}
    assert abs(float(drawn.mean()) - rate) < 4.5 * np.sqrt(rate * (1 - rate) / 40_000)


def test_contrast_follows_the_centred_gradient_and_keeps_the_tie(trainer):
    machine = tied.machine_of(trainer)
    rng = np.random.default_rng(2)
    shape = (32, trainer.dynamics.network.size)
    start, end = (rng.integers(0, 2, shape).astype(np.float32) for _ in range(2))
    hidden, visible = (trainer.dynamics.afferents[n] for n in ("hidden", "visible"))
    before = machine.weights.astype(np.float64), hidden.bias.copy(), visible.bias.copy()
    (v0, h0), (vk, hk) = machine.rates(start), machine.rates(end)
    tied.contrast(machine, start, end, lr=0.5)
    mu, nu = v0.mean(axis=0), h0.mean(axis=0)  # the first batch starts the running means
    change = ((v0 - mu).T @ (h0 - nu) - (vk - mu).T @ (hk - nu)) / 32
    np.testing.assert_allclose(machine.weights, before[0] + 0.5 * change, atol=1e-5)
    of_hidden = (h0 - hk).mean(axis=0) - mu @ change
    of_visible = (v0 - vk).mean(axis=0) - change @ nu
    np.testing.assert_allclose(hidden.bias, before[1] + 0.5 * of_hidden, atol=1e-5)
    np.testing.assert_allclose(visible.bias, before[2] + 0.5 * of_visible, atol=1e-5)
    np.testing.assert_array_equal(hidden.weights, visible.weights.T)
    np.testing.assert_array_equal(hidden.effective, visible.effective.T)


def test_image_baselines_print_both_gaussians_for_every_part(capsys, tmp_path):
    path = tmp_path / "images.npz"
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (80, 28, 28), dtype=np.uint8)
    labels = np.zeros(80, np.uint8)
    np.savez(path, train_images=images, train_labels=labels, test_images=images, test_labels=labels)
    image_baselines.main("mnist", path)
    lines = capsys.readouterr().out.splitlines()
    assert sum("bits/dim (80 training, 80 test images)" in line for line in lines) == 2
    assert sum("full-covariance" in line for line in lines) == 4


def test_estimators_are_drawn_beside_the_exact_value(tmp_path, capsys):
    estimators.main(tmp_path / "estimators.png", sizes=(3, 11), lengths=(1000,), repeats=2)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 * len(estimators.ESTIMATORS)
    assert (tmp_path / "estimators.png").stat().st_size > 10_000
    found = [line for line in lines if line.startswith("kinetic Ising") and "N =  3" in line]
    assert 0.7 < float(found[0].split(":")[1].split()[0]) < 1.3


@pytest.fixture
def small_dial(monkeypatch, tmp_path):
    """Two pulls and one seed of a study that takes no time."""
    small = {"STUDY": write_mnist(tmp_path), "PULLS": (0.0, 1.0), "SEEDS": (1,)}
    small |= {"MORE_STEPS": 3, "CONTROLLED": (1.0,)}
    monkeypatch.setattr(symmetry, "ANNEALED", 10)
    for name, value in (small | {"BURN_IN": 2, "STEPS": 2, "CHAINS": 20}).items():
        monkeypatch.setattr(dial, name, value)
    return tmp_path / "points.jsonl"


def test_factors_tell_each_part_from_the_others_and_from_all_pairs():
    rng, lines = np.random.default_rng(1), []
    worth, pairs = rng.normal(size=6), np.triu(rng.normal(size=(6, 6)), 1)
    for row in factors.design():
        there = np.array([row[part] for part in factors.PARTS]) - 0.5
        value = worth @ there + there @ pairs @ there
        lines += [row | {"seed": seed, "bound": value + 0.1 * seed} for seed in (1, 2, 3)]
    found = factors.effects(lines, "bound")
    np.testing.assert_allclose([found[part][0] for part in factors.PARTS], worth, atol=1e-12)
    np.testing.assert_allclose([error for _, error in found.values()], np.sqrt(4 * 0.01 / 48))


def every_override():
    """What benchmarks change of which study."""
    for row in factors.design():
        yield factors.STUDY, factors.keys_of(row)
    for way in symmetry.WAYS.values():
        yield symmetry.STUDIES / "mnist_stdp_quick.yaml", list(way.keys)
    for overrides in what_helps.VARIANTS.values():
        yield what_helps.STUDY, [*what_helps.SMALL, *overrides]


def test_what_benchmarks_change_of_the_studies_is_allowed():
    for study, overrides in every_override():
        read_study(study, [*overrides, "train.epochs=0.5"], 1)


def test_factors_goes_on_where_it_was_stopped(small_digits, tmp_path, monkeypatch, capsys):
    short = factors.design()[:2]
    for name, value in {
        "STUDY": small_digits,
        "SEEDS": (1,),
        "design": lambda: short,
        "table": len,
    }.items():
        monkeypatch.setattr(factors, name, value)
    factors.main(tmp_path / "lines", each=0.05)
    lines = (tmp_path / "lines").read_text()
    assert lines.count("\n") == 2
    factors.main(tmp_path / "lines", each=0.05)
    assert (tmp_path / "lines").read_text() == lines


def test_random_partners_are_mutual_and_become_equal_under_a_full_pull(small_dial):
    kernel = dial.build("random partner", 1.0, 1).learner.kernel
    pull_together(kernel.pairs, kernel.afferents, 1.0)
    assert len(kernel.pairs) == 2
    for pair in kernel.pairs:
        own, back = (kernel.afferents[name].weights for name in (pair.post, pair.pre))
        np.testing.assert_allclose(own.ravel()[pair.own], back.ravel()[pair.back], atol=1e-7)
    own, back = (kernel.afferents[name].weights for name in (pair.post, pair.pre))
    assert (own != back.T).mean() > 0.9


def test_dial_goes_on_where_it_was_stopped(small_dial, tmp_path, capsys):
    dial.main(small_dial, None, seconds=0)
    assert not small_dial.exists()
    dial.main(small_dial, None, seconds=np.inf)
    lines = small_dial.read_text()
    kinds = [(line["kind"], line["pull"]) for line in dial.read_lines(small_dial)]
    assert kinds == [("pull", 0), ("pull", 1), ("random partner", 1), ("weight decay", 1)]
    small_dial.write_text(lines.splitlines()[0] + "\n")
    dial.main(small_dial, tmp_path / "dial.png", seconds=np.inf)
    again = dial.read_lines(small_dial)
    for line, other in zip(again, map(json.loads, lines.splitlines()), strict=True):
        assert line | {"cpu_seconds": 0} == other | {"cpu_seconds": 0}
    assert "gain, K = 400" in capsys.readouterr().out
    assert (tmp_path / "dial.png").stat().st_size > 10_000


IMAGES = """\
data: {name: cifar10_sample, limit: 60, validation: 0}
operator: {kind: unet, widths: [4], norm: none, output: noise, sigma: 0.05}
walk: {steps: 6, t_max: 256.0, prior: dct}
train: {epochs: 1, batch: 10, lr: 0.0001}
compute: {threads: 1}
"""


def images(folder):
    """As much of an operator's run directory as the benchmark reads."""
    (folder / "images.yaml").write_text(IMAGES)
    trainer = build_trainer(read_study(folder / "images.yaml"), "cpu")
    directory = create(folder / "images", read_study(folder / "images.yaml"))
    train_walk(trainer)
    save_checkpoint(trainer, directory.checkpoint)
    return directory.path


@pytest.mark.slow
@pytest.mark.parametrize("of", ["nats", "bits/dim"])
def test_schedule_prints_both_spacings_and_their_difference(of, run, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(pilot, "JUDGED_VALUES", 8 * 3072)
    path, end = (run, 4) if of == "nats" else (images(tmp_path), 256)
    schedule.main(path, [3, 4], 8, 12)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["3", "T", "4", "T"]
    for numbers, temperatures, steps in zip(lines[::2], lines[1::2], (3, 4), strict=True):
        assert numbers.endswith(of)
        geometric, thermodynamic, difference = (float(x) for x in numbers.split()[2:11:3])
        assert thermodynamic - geometric == pytest.approx(difference, abs=2e-3)
        found = [float(t) for t in temperatures.split()[2:]]
        assert (len(found), found[0], found[-1]) == (steps, 1, end)
    if of == "bits/dim":
        assert 3 < geometric < 12  # of a Gaussian some five; p* is fitted to few


def test_irreversibility_is_that_of_each_recorded_network(tmp_path, monkeypatch, capsys):
    for name, value in {"CHAINS": 20, "BURN_IN": 5, "STEPS": 10}.items():
        monkeypatch.setattr(irreversibility, name, value)
    monkeypatch.setattr(asynet.run.run, "draw_run", lambda *_: iter(()))
    path = run_study(tiny(tmp_path), tmp_path / "recorded").parent
    kept = tmp_path / "kept.json"
    irreversibility.main(path, kept)
    assert {key.split("_", 2)[2] for key in wanted("irreversibility")} == {
        key.split("_", 2)[2] for key in kept_keys(kept)
    }
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    with Trajectory(path / "trajectory.h5") as trajectory:
        steps = distinct_steps(trajectory)
        learned = learned_network(open_trainer(path, []))
        assert_same_network(irreversibility.at(learned, trajectory, steps[-1]), learned)
        first = irreversibility.at(learned, trajectory, steps[0])
        for name, bias in learned.bias.items():
            np.testing.assert_array_equal(
                first.bias[name], trajectory.weight(f"bias:{name}", steps[0])
            )
            assert not np.array_equal(first.bias[name], bias)
    assert len(steps) > 1
    assert [int(row[0]) for row in rows] == steps
    assert len({tuple(row[1:]) for row in rows}) == len(steps)  # each is another network
    for _, log_ratio, _, error, identity, _, _, _ in rows:
        assert abs(float(log_ratio) - float(identity)) < 5 * float(error)


def assert_same_network(one, other):
    for first, second in zip(one.projections, other.projections, strict=True):
        np.testing.assert_allclose(first.weights, second.weights, rtol=1e-6)
    for name, bias in other.bias.items():
        np.testing.assert_allclose(one.bias[name], bias, rtol=1e-6)


def test_symmetrisation_draws_both_conditions(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(symmetrisation, "CHAINS", 50)
    monkeypatch.setattr(symmetrisation, "POINTS", 3)
    symmetrisation.main(tmp_path / "s.png", ["train.epochs=4", "train.batch=20"])
    printed = capsys.readouterr().out
    assert printed.count("walks:") == 6
    assert printed.count("predicted") == 3
    assert (tmp_path / "s.png").stat().st_size > 10_000


def test_the_prediction_of_a_decay_at_a_constant_ratio_is_exact():
    """EP = exp(-k) after k walks: ||A||^2 = 9 - 2 rate (1 - exp(-k))."""
    walks = np.array([0.0, 1.0, 3.0])
    arrays = {"steps": walks, "entropy_production": np.exp(-walks), "antisymmetric": np.full(3, 3)}
    expected = np.sqrt(9 - 2 * 0.5 * (1 - np.exp(-walks)))
    np.testing.assert_allclose(symmetrisation.predicted(arrays, 0.5), expected)


def test_recording_prints_time_bytes_and_memory(tmp_path, capsys):
    recording.main(write_study(tmp_path), walks=2, rows=600)
    printed = capsys.readouterr().out
    for words in ("2 training walks", "of the time", "600 half-steps of 1284 neurons", "peak"):
        assert words in printed


def test_the_memory_of_a_recorder_does_not_grow(tmp_path):
    peaks = [recording.long_chain(tmp_path / f"{n}.h5", n)[1] for n in (2_000, 20_000)]
    assert max(peaks) < 300
    assert peaks[1] - peaks[0] < 30


@pytest.mark.slow
def test_a_chain_of_a_million_steps(tmp_path):
    _, megabytes = recording.long_chain(tmp_path / "long.h5", 1_000_000)
    assert megabytes < 300
    assert (tmp_path / "long.h5").stat().st_size < 1.15 * 1_000_000 * 1284 / 8


def test_destruction_measures_chains_of_both_kinds(capsys):
    keys = ["train.epochs=0.1", "evaluate.steps=3", "evaluate.extra_steps=1", "compute.threads=1"]
    destruction.main("mixture", chains=20, steps=2, seeds=2, keys=keys)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    for kind in ("model", "noise"):
        (means,) = (line for line in lines if line.startswith(f"mixture, {kind}: "))
        assert means.count("+-") == 5
        assert sum(line.startswith(f"mixture, {kind}, seed") for line in lines) == 2


def test_destruction_judges_digits(capsys, tmp_path):
    write_mnist(tmp_path)
    keys = [f"data.path={tmp_path / 'mnist.npz'}", "data.validation=10", "train.batch=10"]
    keys += ["operator.widths=[5]", "evaluate.steps=3", "compute.threads=1"]
    destruction.main("mnist", chains=10, steps=2, seeds=1, keys=keys)
    lines = capsys.readouterr().out.splitlines()
    assert "test images themselves" in lines[0]
    assert sum(line.startswith("mnist, model") for line in lines) == 2


def test_points_off_the_mixture_are_counted_apart_and_its_classes_are_even():
    grid = np.stack(np.meshgrid([-1, 0, 1], [-1, 0, 1]), axis=-1).reshape(-1, 2).astype(float)
    even = destruction.look_at_points(np.concatenate([grid, [[0.5, 0.5]]]))
    assert even.off == pytest.approx(0.1)
    assert even.class_kl == pytest.approx(0, abs=1e-12)
    alone = destruction.look_at_points(np.zeros((5, 2)))
    assert (alone.off, alone.class_kl) == (0, pytest.approx(np.log(9)))


def test_toys_measure_a_spiral_by_its_arc():
    """Points on it are on it, and their arc length, t sqrt(1 + t^2)/2 + asinh(t)/2, is theirs."""
    t = 1.5 * np.pi * np.array([1.2, 2.0, 2.9])
    on = (t / (4.5 * np.pi))[:, None] * np.stack([np.cos(t), np.sin(t)], axis=1)
    distance, place = toys.nearest(on)
    start = 1.5 * np.pi
    exact = [(x * np.sqrt(1 + x**2) + np.arcsinh(x)) / (9 * np.pi) for x in (*t, start)]
    np.testing.assert_allclose(distance, 0, atol=2e-3)
    np.testing.assert_allclose(place, np.array(exact[:3]) - exact[3], atol=5e-3)
    found, known = toys.swiss_roll(on, on), "total variation of arc length 0.000"
    assert known in found


@pytest.mark.slow
def test_the_swiss_roll_of_the_study_is_a_spiral():
    """As docs/operators.md says; of 5,000 points the total variation is 0.05 by chance alone."""
    trainer = trained("swiss_roll", [])
    distance, variation = toys.fit_to_spiral(
        toys.cooled(trainer, 5000)[0], trainer.dataset.train[:5000]
    )
    assert distance < 0.02
    assert variation < 0.15


@pytest.mark.slow
@pytest.mark.parametrize("norm", ["per_step", "none"])
def test_all_nine_of_the_mixture_are_found_with_their_share(norm):
    """Of 5,000 points a share has a standard error of 4 %: 30 % is beyond 7 of them."""
    trainer = trained("mixture", [f"operator.norm={norm}"])
    each, off = toys.shares(toys.cooled(trainer, 5000)[0])
    assert each.min() > 0.7
    assert each.max() < 1.3
    assert off < 0.02


def trained(study, keys):
    """Train a study of `studies` to its end, on one thread."""
    settings = read_study(toys.STUDIES / f"{study}.yaml", [*keys, "compute.threads=1"])
    trainer = build_trainer(settings, "cpu")
    train_to_the_end(trainer)
    return trainer


def test_a_perfect_gaussian_loses_nothing_where_each_coordinate_has_its_variance():
    """And else what the divergence of one Gaussian from another says, step by step."""
    rng = np.random.default_rng(0)
    variance, noise = rng.uniform(0.1, 2, (3, 8, 8)), np.array([0.2, 0.5, 1.0])
    itself = 8 + np.log2(2 * np.pi * np.e * variance).mean() / 2
    each = np.arange(variance.size).reshape(variance.shape)
    assert image_steps.bits_per_dim(variance, noise, each) == pytest.approx(itself, abs=1e-12)
    lost, v = 0.0, variance
    for c in noise:
        ratio = v / (v + c)  # of the posterior's variance to c
        lost, v = lost + ((ratio - 1 - np.log(ratio)) / 2).mean() / np.log(2), v + c
    found = image_steps.bits_per_dim(variance, noise, None)
    assert found == pytest.approx(itself + lost, abs=1e-12)
    shared = image_steps.groups(variance.shape)
    between = [image_steps.bits_per_dim(variance, noise, g) for g in shared.values()]
    assert [len(np.unique(g)) for g in shared.values()] == [1, 3, 48]
    assert found > between[0] > between[1] > between[2] > itself


@pytest.mark.slow
def test_what_helps_images_compares_the_same_images(capsys):
    what_helps_images.main(seconds=0.3, images=3, only="20 steps")
    head, _, base, other = capsys.readouterr().out.splitlines()
    assert head.count("|") == base.count("|") == other.count("|")
    assert base.startswith("| the study |")
    assert "±" in other.split("|")[-2]


def test_codes_compares_the_same_images(tmp_path, monkeypatch, capsys):
    write_mnist(tmp_path)
    text = codes.STUDY.read_text().replace("[400, 400]", "[8]").replace("batch: 100", "batch: 10")
    data = f"{{name: mnist, path: {tmp_path / 'mnist.npz'}, validation: 10}}"
    (tmp_path / "coded.yaml").write_text(text.replace("{name: mnist}", data))
    monkeypatch.setattr(codes, "STUDY", tmp_path / "coded.yaml")
    codes.main(seconds=0.1, images=5, seeds=1, few=True)
    head, _, row = capsys.readouterr().out.splitlines()
    assert head.count("|") == row.count("|")
    walks, bounds, difference = (cell.split("; ") for cell in row.split("|")[2:5])
    assert all(int(count) >= 1 for count in walks)
    coded, plain = map(float, bounds)
    assert float(difference[0].split(" ±")[0]) == pytest.approx(coded - plain, abs=0.11)


@pytest.fixture
def small_digits(tmp_path, monkeypatch):
    """A study of 5 hidden neurons whose networks are measured in a second."""
    path = write_mnist(tmp_path)
    for name, value in {"STEPS": (3,), "EXAMPLES": 8, "PRIOR": 20, "ANNEALED": 400}.items():
        monkeypatch.setattr(symmetry, name, value)
    return path


def test_symmetry_trains_every_way_once_and_pairs_them(small_digits, tmp_path, capsys):
    ways = ["rate", "tied", "tied, no dreams", "contrastive divergence"]
    for _ in range(2):
        symmetry.main(tmp_path / "kept", str(small_digits), ";".join(ways), "1")
        printed = capsys.readouterr().out
        rows = {line.split(" | ")[0]: line for line in printed.splitlines() if " | " in line}
        assert rows.keys() == {"way", *ways}
        assert "±" not in rows["rate"]
        assert rows["tied"].count("±") == 2
    assert "trained" not in printed  # the second time all is there
    for name in ways[1:]:
        with np.load(tmp_path / f"kept/digits-{name}-1.npz".replace(" ", "_")) as kept:
            np.testing.assert_array_equal(kept["hidden.weights"], kept["visible.weights"].T)


def test_equilibrium_by_annealing_is_that_by_enumeration(small_digits):
    """5 hidden neurons, 100 chains of 400 steps: within 0.05 nats of the sum over all 32 states."""
    trainer = symmetry.build(small_digits, symmetry.WAYS["tied"], 1)
    train_to_the_end(trainer)
    network = symmetry.symmetric_part(trainer)
    images = trainer.dataset.test[:8].round()
    rates = trainer.dataset.train.mean(axis=0)
    found, error = symmetry.log_probabilities(network, images, rates, 1)
    assert 0 < error < 0.02
    weights = network.projection("hidden", "visible").weights
    free = images @ network.bias["visible"]
    free += np.logaddexp(0, images @ weights.T + network.bias["hidden"]).sum(axis=1)
    np.testing.assert_allclose(found, free - log_partition(network).value, atol=0.05)


def test_arrow_measures_what_a_symmetric_network_loses(monkeypatch):
    short = "data.count=3000", "train.epochs=2"
    ways = {name: (*arrow.WAYS[name], *short) for name in ("rate", "reciprocal, std 0.001")}
    monkeypatch.setattr(arrow, "WAYS", ways)
    (plain, reciprocal, true, alone), numbers = arrow.report(1)
    assert {
        key for key in wanted("arrow") if key.startswith("seed1_") and "pull" not in key
    } == set(numbers)
    values = [float(line[30:39]) for line in (plain, reciprocal, true, alone)]
    assert values[2] > values[0] > values[1] + 0.5
    assert "+0.000 ± 0.000" in plain
    assert abs(float(reciprocal.split("±")[1].split()[1])) < 0.5


def test_gpu_rehearses_every_part(tmp_path, capsys):
    """All parts end to end on the processor; the file says that it is no measurement."""
    out = tmp_path / "results" / "rehearsal.json"
    gpu.main(out=out, rehearse=True)
    found = json.loads(out.read_text())
    assert found["card"] == "none: a rehearsal"
    assert list(found["parts"]) == [part.__name__ for part in gpu.PARTS]
    assert not {"failed", "left out"} & {key for part in found["parts"].values() for key in part}
    assert found["parts"]["parity"]["equal"] is True
    assert len(capsys.readouterr().out.splitlines()) == len(gpu.PARTS)


def test_gpu_keeps_what_it_has_when_a_part_fails_or_time_is_up(tmp_path, monkeypatch):
    def good(size):
        return {"steps": size.steps}

    def bad(size):
        saved.append(json.loads(out.read_text()))
        raise AssertionError("differs\nin two lines")

    out, saved = tmp_path / "gpu.json", []
    monkeypatch.setattr(gpu, "PARTS", (good, bad, good))
    assert not gpu.measure(gpu.REHEARSAL, out, 60.0)
    assert saved[0]["parts"]["good"]["steps"] == gpu.REHEARSAL.steps
    assert json.loads(out.read_text())["parts"]["bad"]["failed"] == "AssertionError: differs"
    assert gpu.measure(gpu.REHEARSAL, out, -1.0)
    assert all("left out" in part for part in json.loads(out.read_text())["parts"].values())


def test_gpu_without_one_says_so_in_a_line(monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(typer.Exit) as left:
        gpu.main()
    assert left.value.exit_code == 2
    assert len(capsys.readouterr().out.splitlines()) == 1
