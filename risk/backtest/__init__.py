"""How a forecast is checked: rolling origins, baselines that are hard to beat, paired intervals, and the card that says what came out."""
