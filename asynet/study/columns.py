"""The columns block of a projection: what the columns of a file of synapses are called."""

from typing import Annotated

from pydantic import BaseModel, Field

from asynet.study.terms import CONFIG

ColumnName = Annotated[str, Field(min_length=1, max_length=256)]


class ColumnsBlock(BaseModel):
    """What the columns of a file of synapses are called, where their names do not say it."""

    model_config = CONFIG

    pre: ColumnName | None = None
    """Column with the presynaptic neuron of each synapse. null: one called pre, source or the
    like."""
    post: ColumnName | None = None
    """Column with the postsynaptic neuron of each synapse. null: one called post, target or the
    like."""
    weight: ColumnName | None = None
    """Column, or attribute of a graph's edges, with the weight of each synapse. All columns that
    are not named are then left out. null: one called weight, weights, w or syn_weight; every
    other column is an error."""
    count: ColumnName | None = None
    """Column with the number of synapses that a line stands for; it multiplies the weight. null:
    one called nsyns, if there is one."""
    population: ColumnName | None = None
    """Population of edges to read from a SONATA file (.h5) that has several. null: the only
    one."""

    def named(self) -> dict[str, str]:
        """Return the columns that are named, by what they hold."""
        return {key: name for key, name in self if name is not None}
