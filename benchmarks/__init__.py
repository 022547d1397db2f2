"""Measurements of the product, each against something simple enough to be believed; see README.md."""
