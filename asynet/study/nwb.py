"""The nwb block of a study: what an export to NWB says about who recorded what."""

from typing import Annotated

from pydantic import BaseModel, Field

from asynet.study.terms import CONFIG

Text = Annotated[str, Field(max_length=10_000)]
PERSON_PATTERN = r"^[^,]+, [^,]+$"
Person = Annotated[str, Field(pattern=PERSON_PATTERN, max_length=200)]


class Nwb(BaseModel):
    """What exports say of the session: it changes no number of a run."""

    model_config = CONFIG

    session_description: Text = Field(
        default="", json_schema_extra={"default_text": "the study's description"}
    )
    """Description of what was simulated, for readers of the exported file."""
    experimenter: Annotated[tuple[Person, ...], Field(strict=False)] = ()
    """Names of those who did the experiment, each as Last, First."""
    lab: Text = ""
    """Name of the laboratory."""
    institution: Text = ""
    """Name of the institution."""
    subject: Text = Field(
        default="",
        json_schema_extra={"default_text": "in silico, and the number of simulated neurons"},
    )
    """Description of the subject. Say that it is simulated, so that nobody takes it for an
    animal."""
    dt: Annotated[float, Field(gt=0, le=10)] = 1.0
    """Duration that exports give to a half-step, in milliseconds. The simulation itself has no
    unit of time."""
