"""The same customers (tests/data/measure/customers.json) by pymc-marketing 0.19.2 (Apache-2.0), without priors: a library that is kept."""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from pymc_extras.prior import Prior
from pymc_marketing.clv import BetaGeoModel, GammaGammaModel

warnings.simplefilter("ignore")
RECORDED = Path(__file__).parents[2] / "tests" / "data" / "measure" / "customers.json"


def flat(*names):
    return {name: Prior("HalfFlat") for name in names}


def main():
    """One JSON object on standard output."""
    made_up = json.loads(RECORDED.read_text())
    frame = pd.DataFrame(
        {
            "customer_id": range(len(made_up["again"])),
            "frequency": made_up["again"],
            "recency": made_up["last"],
            "T": made_up["known"],
            "monetary_value": made_up["money"],
        }
    )
    timing = BetaGeoModel(model_config=flat("r", "alpha", "a", "b"))
    timing.fit(data=frame, method="map", progressbar=False)
    amounts = GammaGammaModel(model_config=flat("p", "q", "v"))
    amounts.fit(data=frame[frame.frequency > 0], method="map", progressbar=False)
    told = {
        "source": "pymc-marketing 0.19.2 (Apache-2.0)",
        "timing": {name: float(np.ravel(timing.fit_result[name])[0]) for name in ("r", "alpha", "a", "b")},
        "amounts": {name: float(np.ravel(amounts.fit_result[name])[0]) for name in ("p", "q", "v")},
        "expected": np.ravel(timing.expected_purchases(data=frame, future_t=made_up["days"]).values).tolist(),
        "alive": np.ravel(timing.expected_probability_alive(data=frame).values).tolist(),
    }
    json.dump(told, sys.stdout)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
