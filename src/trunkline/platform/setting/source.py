"""Where settings are read from: the environment, files it names, `trunkline.toml`; earlier ones win."""

import os
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, TomlConfigSettingsSource

from trunkline.platform.setting.errors import SettingsError

PREFIX = "TRUNKLINE_"
_PLACES = (Path("trunkline.toml"), Path("/etc/trunkline/trunkline.toml"))

# Variables of ours that are no settings: they steer the tests, the build and this reading.
_OTHERS = frozenset({"CONFIG", "VECTORS", "TEST_DATABASE_URL", "COMPILE"})


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def toml_source(cls: type[BaseSettings]) -> PydanticBaseSettingsSource:
    """`TRUNKLINE_CONFIG`, else `./trunkline.toml`, else `/etc/trunkline/trunkline.toml`, else nothing."""
    chosen = os.environ.get(variable("config"))
    if chosen:
        if not Path(chosen).is_file():
            raise SettingsError(f"{variable('config')}={chosen}: no such file")
        return TomlConfigSettingsSource(cls, Path(chosen))
    found = next((place for place in _PLACES if place.is_file()), None)
    return TomlConfigSettingsSource(cls, found or _PLACES[0])


class NamedFileSource(PydanticBaseSettingsSource):
    """`TRUNKLINE_X_FILE`: the setting X is what the file holds, less the white space around it."""

    def get_field_value(self, _field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        name = variable(field_name) + "_FILE"
        path = os.environ.get(name)
        if not path:
            return None, field_name, False
        if os.environ.get(variable(field_name)):
            raise SettingsError(f"{name}={path}: {variable(field_name)} is set too; one of them is needed")
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not text"
            raise SettingsError(f"{name}={path}: {reason}") from error

    def __call__(self) -> dict[str, Any]:
        values = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in values.items() if value is not None}


def unknown_variables(known: set[str]) -> list[str]:
    """Variables that look like settings and are none: most likely a slip of the pen."""
    names = known | {f"{name}_file" for name in known} | {name.lower() for name in _OTHERS}
    return sorted(
        name for name in os.environ if name.startswith(PREFIX) and name.removeprefix(PREFIX).lower() not in names
    )
