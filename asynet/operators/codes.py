"""Hidden bits beside the image: the state of a walk is (x, h) (Goyal et al. 2017, section 6.5).

A step draws the code h' from the image alone, then the image x' from the old image and the new
code. Given its code, the values of x' are independent; summed over codes they are not. So the law
of a step is a mixture of factorised laws, and the code carries what many pixels decide together.
"""

from torch import Tensor, nn

from asynet.network.kernels.contract import Fire, Response, Teach
from asynet.network.network import Network
from asynet.numerics.checks import whole
from asynet.operators.contract import Hot
from asynet.operators.law import Law

IMAGE, CODE = "image", "code"


class OperatorLayout(Network):
    """The network that stands for an operator: the image, and perhaps a code beside it."""

    def self_free(self, group: tuple[str, ...]) -> bool:
        """Return whether it is the code, which depends on the image alone.

        The image depends on itself: see `Network.self_free`.
        """
        return group == (CODE,)

    def forgets_hidden(self) -> bool:
        """Return whether there is a code: each step draws it anew from the image alone."""
        return len(self.order) == 2


class WithCodes(nn.Module):
    """F of an image that sees a code, and beside it F of the code, which sees the image.

    Parameters
    ----------
    module : torch.nn.Module
        F of the image: maps states (B, D + H), image and code side by side, and their temperature
        to (B, D), like `contract.Module`.
    encoder : torch.nn.Module
        F of the code: maps images (B, D) and their temperature to pre-activations (B, H).
    codes : int
        Number of bits of a code, H.

    Raises
    ------
    ValueError
        If `codes` is out of range.
    """

    def __init__(self, module: nn.Module, encoder: nn.Module, codes: int) -> None:
        """Keep both."""
        super().__init__()
        whole("codes", codes, 1, 10**6)
        self.module, self.encoder, self.codes = module, encoder, codes
        self.told = bool(module.told or encoder.told)

    def forward(self, s: Tensor, hot: Hot) -> tuple[Tensor, Tensor | None]:
        """Return F_mu and F_sigma of the image, (B, D) each; see `Module.__call__`.

        Parameters
        ----------
        s : tensor, shape (B, D + H)
            Images and codes.
        hot : Hot
            The temperature.
        """
        found: tuple[Tensor, Tensor | None] = self.module(s, hot)
        return found

    def encode(self, images: Tensor, hot: Hot) -> Tensor:
        """Return F of the code, (B, H).

        Parameters
        ----------
        images : tensor, shape (B, D)
            The images.
        hot : Hot
            The temperature.
        """
        a: Tensor = self.encoder(images, hot)[0]
        return a


def code_response(a: Tensor, fire: Fire | None, teach: Teach | None, score: bool) -> Response:
    """Return what a code answers to pre-activations: a sample, and how likely a target is.

    Each bit is 1 with probability sigmoid(a / T). The objective is ln p of the target, (B,) in
    nats, and carries the gradient of `a`.

    Parameters
    ----------
    a : tensor, shape (B, H)
        Pre-activations at the temperature that is asked for.
    fire : Fire, optional
        Asks for a sample.
    teach : Teach, optional
        Asks for ln p of a target.
    score : bool
        Whether log-probabilities are returned.
    """
    sample = log_q = log_p = objective = None
    if fire is not None:
        drawn = Law(a.detach(), None, fire.temperature)
        sample = drawn.sample(fire)
        log_q = drawn.log_prob(sample) if score else None
    if teach is not None:
        objective = Law(a, None, teach.temperature).log_prob(teach.target.detach())
        log_p = objective.detach() if score else None
    return Response(sample, None, log_q, log_p, objective)
