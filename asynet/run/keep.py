"""Keep of an operator's run what measuring and sampling need."""

from pathlib import Path

from asynet.errors import UserError
from asynet.run.checkpoint import learned_network, save_kept
from asynet.run.directory import RunDirectory
from asynet.run.sample import open_trainer
from asynet.types import Device


def keep_run(run: Path, out: Path, device: Device = "auto") -> Path:
    """Copy a run's study and the weights that evaluation uses into a new directory.

    Parameters
    ----------
    run : Path
        The directory of an operator's run.
    out : Path
        The new directory. `evaluate_run` and `open_trainer` accept it in place of the run, but
        training cannot continue from it. It takes about a quarter of the run's disk space.
    device : {"auto", "cpu", "cuda"}
        Where to compute: see `place.choose_device`.

    Returns
    -------
    Path
        `out`.

    Raises
    ------
    UserError
        If `out` exists, or `run` holds no run of an operator.
    """
    if out.exists():
        raise UserError(f"{out}: exists; must be a new directory")
    trainer = open_trainer(run, [], device=device)
    if learned_network(trainer) is not None:
        problem = "holds a network; must be the run of an operator"
        raise UserError(f"{run}: {problem} (copy the directory to keep a network)")
    kept = RunDirectory(out)
    save_kept(trainer, kept.checkpoint)
    kept.study.write_bytes(RunDirectory(run).study.read_bytes())
    return out
