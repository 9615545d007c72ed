"""Invented provinces with a known truth: to test recovery and calibration, never to claim how good a forecast is."""
