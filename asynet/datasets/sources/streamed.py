"""Examples on disk that are indexed like an array, and never read all at once."""

from dataclasses import dataclass, field, replace
from typing import Any, NoReturn, TypeAlias

import numpy as np
from numpy.typing import NDArray

from asynet.datasets.sources.contract import Source
from asynet.datasets.values import problem_of
from asynet.errors import UserError
from asynet.numerics.streams import Draw
from asynet.types import Array, Binarise


@dataclass(frozen=True, eq=False)
class Streamed:
    """Some examples of a source, in an order of their own.

    An index that would give an array reads the examples anew: `examples[:100]`, `examples[rows]`.

    Parameters
    ----------
    source : Source
        Reads them.
    rows : array of int, shape (n,)
        Their numbers in the source.
    example : tuple of int
        Axes of one example.
    binarise : {"sample", "threshold", "none", "dequantise"}
        How they become states, which says what values they may have.
    window : int, optional
        Shuffle within windows of so many examples: see `order`. None: shuffle all of them.
    spikes : bool
        Whether values other than 0 and 1 are refused.
    """

    source: Source
    rows: Array
    example: tuple[int, ...]
    binarise: Binarise
    window: int | None = None
    spikes: bool = False
    _orders: dict[tuple[int, int], Array] = field(init=False, default_factory=dict)

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self.rows)

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the number of examples, and the axes of one."""
        return len(self.rows), *self.example

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return the type of the values."""
        return self.source.dtype

    @property
    def ndim(self) -> int:
        """Return the number of axes."""
        return 1 + len(self.example)

    def __getitem__(self, index: slice | Array) -> Array:
        """Return examples, read from disk, shape (B, ...).

        Parameters
        ----------
        index : slice or array of int, shape (B,)
            Which of them.

        Raises
        ------
        UserError
            One line that names the file and the row of an example that cannot be used.
        """
        rows = self.rows[index]
        values = self.source.read(rows)  # (B, D)
        problem = problem_of(values, self.binarise)
        if problem is not None:
            of_row = (problem_of(one[None], self.binarise) for one in values)
            worst, problem = next((k, said) for k, said in enumerate(of_row) if said)
            raise UserError(f"{self.source.place(int(rows[worst]))}: {problem}")
        if self.spikes and not (known := np.isin(values, (0, 1)).all(axis=1)).all():
            place = self.source.place(int(rows[int(np.argmin(known))]))
            problem = f"{place} holds other values than 0 and 1, and neurons spike"
            raise UserError(f"data.binarise: none is not allowed; {problem}: sample or threshold")
        return values.reshape(-1, *self.example)

    def __array__(self, *args: object, **kwargs: object) -> NoReturn:
        """Refuse to read everything into memory."""
        raise TypeError(f"{len(self)} examples stay on disk; take some of them: examples[:1000]")

    def select(self, index: slice | Array) -> "Streamed":
        """Return some of the examples, unread.

        Parameters
        ----------
        index : slice or array of int, shape (n,)
            Which of them, in this order.
        """
        return replace(self, rows=self.rows[index])

    def reshape(self, count: int, *example: int) -> "Streamed":
        """Return the same examples with other axes, unread.

        Parameters
        ----------
        count : int
            Their number, or -1.
        *example : int
            Axes of one example, or -1 for a single axis.
        """
        size = int(np.prod(self.example))
        axes = (size,) if example == (-1,) else example
        if count not in (-1, len(self)) or int(np.prod(axes)) != size:
            raise ValueError(f"reshape: {(count, *example)} is not allowed; are {self.shape}")
        return replace(self, example=axes)

    def order(self, seed: int, epoch: int) -> Array:
        """Return the order of the examples in one epoch, shape (n,).

        With a window, stretches (what lies side by side on the disk) are shuffled as wholes. From
        the start of this row of stretches, whole ones are taken until there are at least `window`
        examples; these are shuffled; and so on to the end of the row. So a window reads few
        stretches, each of them once.

        Parameters
        ----------
        seed : int
            Seed of the study.
        epoch : int
            Number of the epoch. The order of the last epoch that was asked for is kept.
        """
        if (seed, epoch) not in self._orders:
            self._orders.clear()
            rng = np.random.default_rng([seed, epoch, Draw.ORDER])
            self._orders[seed, epoch] = self._shuffled(rng)
        return self._orders[seed, epoch]

    def _shuffled(self, rng: np.random.Generator) -> Array:
        window_size = len(self) if self.window is None else self.window
        stretch = np.searchsorted(self.source.starts, self.rows, side="right") - 1
        _, stretch, sizes = np.unique(stretch, return_inverse=True, return_counts=True)
        turn = rng.permutation(len(sizes))  # turn[k]: the k-th stretch of the row
        window, filled = np.empty(len(sizes), np.int64), 0
        number = 0
        for one in turn:
            window[one] = number
            filled += sizes[one]
            if filled >= window_size:
                number, filled = number + 1, 0
        order: Array = np.lexsort((rng.random(len(self)), window[stretch]))
        return order


Examples: TypeAlias = NDArray[Any] | Streamed
