"""How many incidents are to be expected where: the calibrated forecast, what of it may be shown, and its interval."""
