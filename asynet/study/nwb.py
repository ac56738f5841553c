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
    """What was simulated, for those who open the file."""
    experimenter: Annotated[tuple[Person, ...], Field(strict=False)] = ()
    """Who did it, each as Last, First."""
    lab: Text = ""
    """Laboratory."""
    institution: Text = ""
    """Institution."""
    subject: Text = Field(
        default="", json_schema_extra={"default_text": "in silico: so many simulated neurons"}
    )
    """Description of the subject, which must not be taken for an animal."""
    dt: Annotated[float, Field(gt=0, le=10)] = 1.0
    """Duration of a half-step in exports, in ms; the simulation itself knows no time."""
