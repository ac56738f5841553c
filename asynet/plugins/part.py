"""What a part is, and the decorators that make one of a function."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, overload

from asynet.errors import UserError

Kind = Literal["operators", "connections", "exports", "datasets", "rules"]
Function = TypeVar("Function", bound=Callable[..., Any])

GIVEN: dict[Kind, tuple[str, ...]] = {
    "operators": ("shape",),
    "connections": ("n_post", "n_pre", "alone", "rng"),
    "exports": ("selection", "path"),
    "datasets": ("seed",),
    "rules": ("seen",),
}
MARK = "__asynet_part__"  # attribute of a function that is a part


@dataclass(frozen=True)
class Part:
    """A function that asynet calls by name.

    Parameters
    ----------
    kind : {"operators", "connections", "exports", "datasets", "rules"}
        What it makes.
    name : str
        Name of the function.
    function : callable
        Takes what `GIVEN` says of its kind by position, and its options by keyword.
    suffix : str
        Of an export: how the name of its file ends. Empty: it writes a folder.
    sample : bool
        Of a learning rule: whether it sees one more sample in place of the predicted rate.
    """

    kind: Kind
    name: str
    function: Callable[..., Any]
    suffix: str = ""
    sample: bool = False

    def options(self) -> dict[str, bool]:
        """Return whether each option must be given, by name."""
        empty, keyword = inspect.Parameter.empty, inspect.Parameter.KEYWORD_ONLY
        found = inspect.signature(self.function).parameters.values()
        return {p.name: p.default is empty for p in found if p.kind is keyword}

    def __call__(self, *given: Any, **options: Any) -> Any:
        """Call the function.

        Parameters
        ----------
        *given
            What asynet hands to a part of this kind.
        **options
            The options that a study sets.

        Raises
        ------
        UserError
            If the function raises ValueError.
        """
        try:
            return self.function(*given, **options)
        except ValueError as error:
            raise UserError(f"plugin {self.name}: {error}") from error


def operator(function: Function) -> Function:
    """Return the function as an operator: it turns the shape of an example into a torch module.

    Parameters
    ----------
    function : callable
        shape -> torch.nn.Module. The shape is that of one example, such as (28, 28). The module
        maps states (B, *shape) to F of the same shape, or to a pair F_mu, F_sigma.
    """
    return _marked(function, "operators")


def connection(function: Function) -> Function:
    """Return the function as a connection rule: it draws synapses.

    Parameters
    ----------
    function : callable
        n_post, n_pre, alone, rng -> the postsynaptic and the presynaptic neuron of each synapse,
        two arrays of int, (n_synapses,). `alone` says whether the two populations are one, in
        which no neuron has a synapse onto itself. `rng` is a numpy.random.Generator.
    """
    return _marked(function, "connections")


def dataset(function: Function) -> Function:
    """Return the function as a data set: it turns a seed into arrays.

    Parameters
    ----------
    function : callable
        seed -> a mapping with the array `train`, (N, *shape), and perhaps `validation`, `test`,
        and `train_labels` and so on, (N,).
    """
    return _marked(function, "datasets")


def export(suffix: str = "") -> Callable[[Function], Function]:
    """Return the decorator of an export, a function that writes a selection of recorded walks.

    Parameters
    ----------
    suffix : str
        How the name of the file ends, such as ".npz". Empty: the function makes a folder. The
        function takes a `Selection` and the path to write.
    """

    def mark(function: Function) -> Function:
        return _marked(function, "exports", suffix)

    return mark


@overload
def rule(function: Function) -> Function: ...


@overload
def rule(*, sample: bool) -> Callable[[Function], Function]: ...


def rule(function: Any = None, *, sample: bool = False) -> Any:
    """Return the function as a learning rule: it says how synapses and biases change.

    Parameters
    ----------
    function : callable
        seen -> a mapping with one or more of `replay`, `heating` and `bias`. `seen` is a
        `walkback.own_rule.Seen`.
    sample : bool
        Whether `seen.predicted` is one more sample of the neurons, as for `rule: spike`, in place
        of their rate.
    """

    def mark(function: Function) -> Function:
        return _marked(function, "rules", sample=sample)

    return mark if function is None else mark(function)


def _marked(function: Function, kind: Kind, suffix: str = "", sample: bool = False) -> Function:
    """Return the function with its `Part`; ValueError if its arguments are not those of the kind.

    Every option has a name of its own, since a study is refused options that do not exist.
    """
    name, parameters = function.__name__, inspect.signature(function).parameters.values()
    keyword = inspect.Parameter.KEYWORD_ONLY
    given = [p for p in parameters if p.kind is not keyword]
    plain = all(p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD for p in given)
    if not plain or len(given) != len(GIVEN[kind]):
        wanted = ", ".join((*GIVEN[kind], "*", "option=..."))
        found = inspect.signature(function)
        raise ValueError(f"{name}{found}: is not allowed; must be {name}({wanted})")
    setattr(function, MARK, Part(kind, name, function, suffix, sample))
    return function
