"""``radio.yaml``: what a calibration learnt of a store's radio; ``radio:`` in store.yaml names the file."""

from typing import Annotated

from pydantic import Field

from nearcart_contract.names import Name, UserFile

Decibels = Annotated[float, Field(ge=-200, le=200, allow_inf_nan=False)]
SurveyPoint = tuple[float, float, float, Annotated[float, Field(gt=0)]]
"""x and y in metres, the mean RSSI there in dBm, and how many packets it is the mean of (of believed places: a fraction)."""


class ScannerRadio(UserFile):
    """One scanner: log-distance path loss, and what a survey heard where."""

    power: Decibels = Field(description="dBm heard of the surveying tag at 1 m")
    exponent: float = Field(ge=0.2, le=6, description="path loss: 10 x this many dB for each decade of distance")
    survey: tuple[SurveyPoint, ...] = ()


class Radio(UserFile):
    """A whole radio.yaml."""

    scanners: dict[Name, ScannerRadio] = Field(min_length=1)
    noise_db: float = Field(default=5.0, gt=0, le=20, description="spread of single packets around the mean at a place")
    shadow_db: float = Field(default=4.0, gt=0, le=20, description="how far a place is off the path loss law")
    shadow_m: float = Field(default=1.0, gt=0, le=20, description="over which distance that changes")
    tag_height: float = Field(default=1.2, ge=0, le=5, description="metres above the floor at which tags are carried")
