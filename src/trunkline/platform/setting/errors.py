"""What the operator has to put right."""


class SettingsError(Exception):
    """One line a fault, each naming the setting and its value; a process that meets it exits with status 2."""


class AlreadyRunning(Exception):
    """Another process holds what only one may hold; the text names both."""
