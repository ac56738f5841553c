"""The paper's convolutional operators, layer for layer (Goyal et al. 2017, Tables 2 to 5)."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from asynet.numerics.checks import one_of, whole
from asynet.operators.contract import Hot, Shape
from asynet.operators.layers import Normalise
from asynet.operators.mlp import start_at_zero
from asynet.types import Norm

Table = Literal["mnist", "cifar10", "svhn", "celeba"]
KERNEL = 5
STRIDE = 2


@dataclass(frozen=True)
class Layers:
    """One of the paper's tables.

    Parameters
    ----------
    shape : tuple of int
        (C, H, W) of a state.
    encoder : tuple of int
        Feature maps of the encoder's layers.
    middle : tuple of int
        Units of the fully connected layers.
    decoder : tuple of int
        Feature maps of the decoder's layers.
    leaky : bool
        Whether the fully connected layers have Leaky ReLU and layer normalisation; if not, ReLU and
        the normalisation of the other layers.
    reshaped : tuple of int
        Shape in which the last fully connected layer enters the decoder.
    """

    shape: Shape
    encoder: tuple[int, ...]
    middle: tuple[int, ...]
    decoder: tuple[int, ...]
    leaky: bool
    reshaped: Shape


TABLES: dict[Table, Layers] = {
    # 1024 units are 16 maps of 8 x 8: of the 17 x 17 pixels of their strided convolution the
    # middle 14 x 14 are kept, the only way to 28 x 28 in the table's two layers.
    "mnist": Layers((1, 28, 28), (16, 32), (1024,) * 5, (16,), True, (16, 8, 8)),
    "cifar10": Layers(
        (3, 32, 32), (64, 128, 256), (*(2048,) * 4, 4096), (128, 64), False, (256, 4, 4)
    ),
    "svhn": Layers(
        (3, 32, 32), (64, 128, 256), (*(1024,) * 4, 4096), (128, 64), False, (256, 4, 4)
    ),
    "celeba": Layers(
        (3, 64, 64), (64, 128, 256), (*(1024,) * 4, 16384), (128, 64), False, (256, 8, 8)
    ),
}


class PaperConv(nn.Module):
    """Strided convolutions, fully connected layers, transposed strided convolutions.

    Parameters
    ----------
    table : {"mnist", "cifar10", "svhn", "celeba"}
        Whose layers; see `TABLES`.
    norm : {"none", "shared", "per_step", "layer", "group"}
        What to use where the table has Batchnorm.
    levels : int
        Levels of temperature, for `per_step`.
    heads : int
        1 (F_mu) or 2 (F_mu and F_sigma).
    zero : bool
        Whether F_mu starts at 0.

    Raises
    ------
    ValueError
        If an argument is out of range.

    References
    ----------
    Goyal et al. 2017, Tables 2 to 5.
    """

    def __init__(self, table: Table, norm: Norm, levels: int, heads: int, zero: bool) -> None:
        """Draw the first weights, by torch's global random numbers."""
        super().__init__()
        one_of("table", table, Table)
        whole("heads", heads, 1, 2)
        layers = TABLES[table]
        self.told, self.reshaped = norm == "per_step", layers.reshaped
        channels, height, _ = layers.shape
        self.encoder, self.encoder_norms = nn.ModuleList(), nn.ModuleList()
        for maps in layers.encoder:
            self.encoder.append(nn.Conv2d(channels, maps, KERNEL, STRIDE, padding=2))
            self.encoder_norms.append(Normalise(norm, maps, levels))
            channels, height = maps, (height + 1) // 2
        units = channels * height**2
        self.middle, self.middle_norms = nn.ModuleList(), nn.ModuleList()
        for more in layers.middle:
            self.middle.append(nn.Linear(units, more))
            self.middle_norms.append(Normalise("layer" if layers.leaky else norm, more, levels))
            units = more
        self.activation = nn.LeakyReLU(0.01) if layers.leaky else nn.ReLU()
        channels, height, _ = layers.reshaped
        self.decoder, self.decoder_norms = nn.ModuleList(), nn.ModuleList()
        for maps in layers.decoder:
            cut = 3 if table == "mnist" else 2
            self.decoder.append(
                nn.ConvTranspose2d(channels, maps, KERNEL, STRIDE, cut, output_padding=1)
            )
            self.decoder_norms.append(Normalise(norm, maps, levels))
            channels = maps
        self.heads = nn.ModuleList(
            nn.ConvTranspose2d(channels, layers.shape[0], KERNEL, STRIDE, 2, output_padding=1)
            for _ in range(heads)
        )
        start_at_zero(self.heads, zero)

    def forward(self, s: Tensor, hot: Hot) -> tuple[Tensor, Tensor | None]:
        """Return F_mu and F_sigma; see `Module.__call__`."""
        h = s
        for layer, norm in zip(self.encoder, self.encoder_norms, strict=True):
            h = torch.relu(norm(layer(h), hot.level))  # (B, maps, H/2, W/2)
        h = h.flatten(1)
        for layer, norm in zip(self.middle, self.middle_norms, strict=True):
            h = self.activation(norm(layer(h), hot.level))  # (B, units)
        h = h.view(-1, *self.reshaped)
        for layer, norm in zip(self.decoder, self.decoder_norms, strict=True):
            h = torch.relu(norm(layer(h), hot.level))  # (B, maps, 2H, 2W)
        mu, *sigma = (head(h) for head in self.heads)
        return mu, sigma[0] if sigma else None
