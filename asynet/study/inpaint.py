"""The inpaint block of a study: which images are completed, and what is known of them."""

from typing import Annotated

from pydantic import BaseModel, Field

from asynet.study.terms import CONFIG, MAX_STEPS, Count
from asynet.types import Mask


class Inpaint(BaseModel):
    """Test images to complete, cooled from noise around the part of them that is known."""

    model_config = CONFIG

    masks: Annotated[tuple[Mask, ...], Field(strict=False, max_length=5)] = ()
    """Parts of a test image that are given; the model completes the rest. top, bottom, left,
    right: that half. random: a random quarter of the pixels. The images are completed once for
    each mask listed. []: no completions."""
    images: Count = 6
    """Number of test images to complete. They are the same for every mask."""
    completions: Count = 6
    """Number of completions of each image. Each one starts from its own random state."""
    extra_steps: Annotated[int, Field(ge=0, le=MAX_STEPS)] = 20
    """Number of steps at temperature 1 after cooling."""
