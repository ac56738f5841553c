"""A small vision transformer as the transition operator of images (after Dosovitskiy et al. 2021).

    asynet run STUDY.yaml --plugin examples.plugins.vit

with, in the study: operator: {kind: vit, options: {patch: 7, width: 64}}
"""

import torch
from torch import Tensor, nn

from asynet import plugins


class Vit(nn.Module):
    """Cut an image into patches, let them attend to each other, and put them together again.

    The last layer starts at 0, so that with `output: residual` F is the identity before training.
    """

    def __init__(self, shape: tuple[int, int, int], patch: int, width: int, depth: int) -> None:
        """Make the layers; shape is (channels, height, width)."""
        super().__init__()
        channels, self.rows, self.columns = shape[0], shape[1] // patch, shape[2] // patch
        self.channels, self.patch, values = channels, patch, channels * patch**2
        self.into = nn.Linear(values, width)
        self.places = nn.Parameter(0.02 * torch.randn(self.rows * self.columns, width))
        heads = 4 if width % 4 == 0 else 1
        block = nn.TransformerEncoderLayer(
            width, heads, 2 * width, 0.0, "gelu", batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerEncoder(block, depth, enable_nested_tensor=False)
        self.out = nn.Linear(width, values)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, states: Tensor) -> Tensor:
        """Return F, shaped like the states, (B, H, W) or (B, C, H, W)."""
        c, p, h, w = self.channels, self.patch, self.rows, self.columns
        x = states.reshape(-1, c, h, p, w, p).permute(0, 2, 4, 1, 3, 5)  # (B, h, w, C, p, p)
        tokens = self.into(x.reshape(-1, h * w, c * p * p)) + self.places  # (B, h w, width)
        y = self.out(self.blocks(tokens)).view(-1, h, w, c, p, p)
        return y.permute(0, 3, 1, 4, 2, 5).reshape(states.shape)


@plugins.operator
def vit(shape, *, patch=7, width=64, depth=2):
    """Return the module for images of a shape, (height, width) or (channels, height, width)."""
    whole = tuple(shape) if len(shape) == 3 else (1, *shape)
    if len(whole) != 3 or whole[1] % patch or whole[2] % patch:
        raise ValueError(f"patch: {patch} is not allowed; must divide height and width of {shape}")
    return Vit(whole, patch, width, depth)
