"""The judgement: arrays in, arrays out."""
