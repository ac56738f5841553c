"""Parts of plugins in a study: their names, and the options that they take."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

from asynet import plugins
from asynet.plugins.registry import MODULE_PATTERN
from asynet.study.terms import NAME_PATTERN, mistake, nearest, refused, shortened
from asynet.types import DataName, LearningRule, OperatorKind

PART_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]*$"
LONGEST = 4096  # characters of a text, and items of a list
BUILT_IN: dict[plugins.Kind, tuple[str, ...]] = {
    "operators": get_args(OperatorKind),
    "datasets": get_args(DataName),
    "connections": (),
    "rules": get_args(LearningRule),
}


def part_named(kind: plugins.Kind, name: str) -> plugins.Part | None:
    """Return the plugin's part of this name; None for one of asynet's own, or if there is none.

    Parameters
    ----------
    kind : {"operators", "connections", "datasets", "rules"}
        Kind of the part.
    name : str
        What a study says.
    """
    return None if name in BUILT_IN[kind] else plugins.find(kind, name)


@dataclass(frozen=True)
class PartName:
    """Let a key of text name a part: one of asynet's own, or one of a plugin.

    Parameters
    ----------
    kind : {"operators", "connections", "datasets", "rules"}
        Kind of the part.
    """

    kind: plugins.Kind

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Return the schema of text that is then checked."""
        return core_schema.no_info_after_validator_function(self.checked, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return what `asynet keys` and error messages say of the key."""
        plugin = {"type": "string", "pattern": PART_PATTERN}
        built_in = list(BUILT_IN[self.kind])
        return {"anyOf": [{"enum": built_in}, plugin]} if built_in else plugin

    def checked(self, name: str) -> str:
        """Return the name.

        Parameters
        ----------
        name : str
            What a study says.

        Raises
        ------
        ValueError
            If no part has it, or both asynet and a loaded module have one.
        """
        built_in = BUILT_IN[self.kind]
        if name not in built_in:
            if plugins.find(self.kind, name) is None:
                raise ValueError(plugins.must_be(self.kind, built_in))
        elif (module := plugins.module_of(self.kind, name)) is not None:
            raise ValueError(f"asynet and {module} both have a part of this name")
        return name


def _plain(value: object) -> object:
    """Return the value of an option; ValueError if a part may not be handed it."""
    items = value if isinstance(value, list) and len(value) <= LONGEST else [value]
    for item in items:
        text = isinstance(item, str) and len(item) <= LONGEST
        number = isinstance(item, int | float) and math.isfinite(item)
        if not (text or number or item is None):
            raise ValueError("must be a number, text, true, false, null, or a list of these")
    return value


OperatorName = Annotated[str, PartName("operators")]
ConnectionName = Annotated[str, PartName("connections")]
DataSetName = Annotated[str, PartName("datasets")]
RuleName = Annotated[str, PartName("rules")]
OptionName = Annotated[str, Field(pattern=NAME_PATTERN, max_length=64)]
Options = dict[OptionName, Annotated[Any, AfterValidator(_plain)]]
ModuleName = Annotated[str, Field(pattern=MODULE_PATTERN, max_length=256)]


def check_options(kind: plugins.Kind, name: str | None, options: Mapping[str, Any]) -> None:
    """Refuse options that a part does not take, and ask for those that it needs.

    Parameters
    ----------
    kind : {"operators", "connections", "datasets", "rules"}
        Kind of the part.
    name : str, optional
        Its name; of a part that no plugin has, no option is allowed.
    options : mapping
        The options that the study sets.

    Raises
    ------
    PydanticCustomError
        For the first option that is wrong.
    """
    part = None if name is None else part_named(kind, name)
    if part is None:
        if options:
            why = "with" if name is None else f"with {name}, which is of"
            raise refused("options", dict(options), f"{why} no plugin", "left out")
        return
    known = part.options()
    for option in options:
        if option not in known:
            hint = nearest(option, known) if known else "it has none"
            raise mistake(f"options.{shortened(option)}", f"{name} has no such option; {hint}")
    for option, needed in known.items():
        if needed and option not in options:
            raise mistake(f"options.{option}", f"missing; {name} needs it")


def require_loaded(modules: object) -> None:
    """Refuse a study whose plugins were not named on the command line.

    Parameters
    ----------
    modules : list of str
        What the study says its plugins are; anything else is left to the schema.

    Raises
    ------
    PydanticCustomError
        For the first module that is not loaded.
    """
    for module in modules if isinstance(modules, list | tuple) else ():
        if isinstance(module, str) and not plugins.is_loaded(module):
            name = shortened(module)
            needs = f"needs --plugin {name} (in Python, asynet.plugins.load)"
            raise mistake("plugins", f"{name} is not loaded; {needs}")
