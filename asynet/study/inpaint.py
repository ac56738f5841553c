"""The inpaint block of a study: which images are completed, and what is known of them."""

from typing import Annotated

from pydantic import BaseModel, Field

from asynet.study.terms import CONFIG, MAX_STEPS, Count
from asynet.types import Mask


class Inpaint(BaseModel):
    """Test images to complete, cooled from noise around the part of them that is known."""

    model_config = CONFIG

    masks: Annotated[tuple[Mask, ...], Field(strict=False, max_length=5)] = ()
    """Which part of the images is known: a half, or for random a quarter of the pixels; images are
    completed for each mask listed, none by default."""
    images: Count = 6
    """Test images, the same for every mask."""
    completions: Count = 6
    """Completions of each image, each from noise of its own."""
    extra_steps: Annotated[int, Field(ge=0, le=MAX_STEPS)] = 20
    """Further steps at temperature 1 after cooling."""
