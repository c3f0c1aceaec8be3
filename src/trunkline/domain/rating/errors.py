"""Errors of the rating room."""


class MalformedTariff(ValueError):
    """A row of a tariff sheet does not read; the text says which field and why."""
