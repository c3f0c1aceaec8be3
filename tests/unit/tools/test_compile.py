"""The compiled form: what is in it, and what mypyc would make another program of."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from tools import compile as compiled


def test_every_exception_from_compiling_is_a_module_of_a_hot_room_with_a_reason() -> None:
    for name, reason in compiled.INTERPRETED.items():
        assert (compiled.SOURCES / name).is_file()
        assert name.startswith(tuple(f"{room}/" for room in compiled.ROOMS))
        assert reason
        assert Path(name) not in list(compiled.modules())


def test_the_parser_and_the_call_are_compiled_and_package_files_are_not() -> None:
    names = [name.as_posix() for name in compiled.modules()]
    assert {"protocol/sip/message/parse.py", "domain/call/call.py"} <= set(names)
    assert not [name for name in names if name.endswith("__init__.py")]


def test_no_function_of_a_compiled_module_binds_one_name_to_two_kinds_of_errors() -> None:
    """mypyc gives the name the first kind, and raises TypeError when the second is caught."""
    assert [clash for name in compiled.modules() for clash in _clashes((compiled.SOURCES / name).read_text())] == []


def test_two_kinds_of_errors_in_one_name_are_found() -> None:
    code = "def f():\n try:\n  g()\n except KeyError as e:\n  h(e)\n except ValueError as e:\n  h(e)\n"
    assert list(_clashes(code)) == ["f: e"]
    assert list(_clashes(code.replace("ValueError as e", "ValueError as other"))) == []


def test_the_compiled_form_is_current_only_for_the_sources_it_was_made_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources, built = tmp_path / "src", tmp_path / "built"
    sources.mkdir()
    built.mkdir()
    for name, value in {"ROOT": tmp_path, "SOURCES": sources, "COMPILED": built}.items():
        monkeypatch.setattr(compiled, name, value)
    monkeypatch.setattr(compiled, "THIS", sources / "one.py")
    (sources / "one.py").write_text("a = 1\n")
    assert not compiled.is_current()
    (built / compiled.STAMP).write_text(compiled.fingerprint())
    assert compiled.is_current()
    (sources / "one.py").write_text("a = 2\n")
    assert not compiled.is_current()


def _clashes(code: str) -> Iterator[str]:
    for function in ast.walk(ast.parse(code)):
        if isinstance(function, ast.FunctionDef):
            kinds: dict[str, set[str]] = {}
            for handler in ast.walk(function):
                if isinstance(handler, ast.ExceptHandler) and handler.name and handler.type:
                    kinds.setdefault(handler.name, set()).add(ast.unparse(handler.type))
            yield from (f"{function.name}: {name}" for name, found in kinds.items() if len(found) > 1)
