"""Which statement keeps a CancelledError, judged by the source of one function."""

# ruff: noqa: E722, RET506 - the programs are what is tested

import asyncio
import contextlib
import inspect
import re
import warnings

import pytest

from trueloop.diagnostics import catching, guards, names
from trueloop.diagnostics.catching import How

Cancelled = asyncio.CancelledError
KEPT = (OSError, asyncio.CancelledError)


class AlwaysTrue:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        return True


class SometimesTrue(AlwaysTrue):
    def __exit__(self, *error):
        return error[0] is not None


class NeverTrue(AlwaysTrue):
    def __exit__(self, *error):
        print("left")


class Raising(AlwaysTrue):
    def __exit__(self, *error):
        if error[0] is None:
            raise TimeoutError
        return True


def ways_out(function):
    """What a CancelledError meets that the call of here() raises."""
    here = next(
        offset * 2
        for offset, (line, *_) in enumerate(function.__code__.co_positions())
        if line is not None and "here()" in line_of(function, line)
    )
    return catching.ways_out(function.__code__, here, function.__globals__)


def line_of(function, number):
    lines, first = inspect.getsourcelines(function)
    return lines[number - first] if 0 <= number - first < len(lines) else ""


def caught(function):
    """(how, text of the line, is_certain) of each statement that may keep it."""
    return [
        (catch.how, line_of(function, catch.line).strip(), catch.is_certain)
        for catch in ways_out(function).catches
    ]


def here():
    """The call that raises."""


def bare():
    try:
        here()
    except:
        print()


def by_name():
    try:
        here()
    except ValueError:
        print()
    except asyncio.CancelledError:
        print()
    except BaseException:
        print()


def by_alias_and_tuple():
    try:
        here()
    except (KeyError, Cancelled):
        return
    except KEPT:
        return


def by_tuple_with_a_name():
    try:
        here()
    except KEPT:
        return


def by_unknown_name():
    try:
        here()
    except unknown.CancelledError:  # noqa: F821
        return


def perhaps():
    try:
        here()
    except unknown.errors:  # noqa: F821
        return


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (bare, [(How.EXCEPT, "except:", True)]),
        (by_name, [(How.EXCEPT, "except asyncio.CancelledError:", True)]),
        (by_alias_and_tuple, [(How.EXCEPT, "except (KeyError, Cancelled):", True)]),
        (by_tuple_with_a_name, [(How.EXCEPT, "except KEPT:", True)]),
        (
            by_unknown_name,
            [(How.EXCEPT, "except unknown.CancelledError:  # noqa: F821", True)],
        ),
        (perhaps, [(How.EXCEPT, "except unknown.errors:  # noqa: F821", False)]),
    ],
)
def test_handler_that_covers_the_exception_keeps_it(function, expected):
    assert caught(function) == expected


def exception_only():
    try:
        here()
    except Exception:
        print()


def reraised():
    try:
        here()
    except BaseException:
        print()
        raise


def reraised_by_name():
    try:
        here()
    except BaseException as error:
        if print():
            raise error
        else:
            raise


def reraised_if_it_is_one():
    try:
        here()
    except BaseException as error:
        if isinstance(error, asyncio.CancelledError):
            raise
        print()


def another_one_raised():
    try:
        here()
    except BaseException:
        raise asyncio.CancelledError("later") from None


def in_handler():
    try:
        print()
    except asyncio.CancelledError:
        here()


def in_finally():
    try:
        print()
    except asyncio.CancelledError:
        print()
    finally:
        here()


def in_else():
    try:
        print()
    except asyncio.CancelledError:
        print()
    else:
        here()


def nested_function():
    try:

        def call():
            try:
                print()
            except BaseException:
                return 1

        call()
    except ValueError:
        return
    here()


@pytest.mark.parametrize(
    "function",
    [
        exception_only,
        reraised,
        reraised_by_name,
        reraised_if_it_is_one,
        another_one_raised,
        in_handler,
        in_finally,
        in_else,
        nested_function,
    ],
    ids=lambda function: function.__name__,
)
def test_what_does_not_catch_or_raises_again_keeps_nothing(function):
    assert caught(function) == []


def raising_inside_catching():
    try:
        try:
            here()
        except asyncio.CancelledError:
            raise
    except BaseException:
        return


def test_outer_handler_keeps_what_the_inner_one_raises_again():
    assert caught(raising_inside_catching) == [(How.EXCEPT, "except BaseException:", True)]


JUMPS = """
def returning_in_finally():
    try:
        here()
    finally:
        return 1

def leaving_a_loop_in_finally():
    while True:
        try:
            here()
        finally:
            for _ in range(2):
                break
            if print():
                continue
"""


def test_jump_out_of_finally_keeps_it(tmp_path):
    path = tmp_path / "jumps.py"
    path.write_text(JUMPS)
    functions = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # of 3.14 and later, about such jumps
        exec(compile(JUMPS, path, "exec"), functions)

    assert caught(functions["returning_in_finally"]) == [(How.RETURN, "return 1", True)]
    assert caught(functions["leaving_a_loop_in_finally"]) == [(How.RETURN, "continue", False)]


def suppressing():
    with contextlib.suppress(OSError, asyncio.CancelledError):
        here()


def suppressing_others():
    with contextlib.suppress(OSError), contextlib.closing(print):
        here()


def always_true():
    with NeverTrue(), AlwaysTrue():
        here()


def sometimes_true():
    with SometimesTrue():
        here()


def may_raise():
    with Raising():
        here()


def entering():
    with here():
        print()


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (suppressing, [(How.SUPPRESS, True)]),
        (suppressing_others, []),
        (always_true, [(How.WITH, True)]),
        (sometimes_true, [(How.WITH, False)]),
        (may_raise, [(How.WITH, False)]),
        (entering, []),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_context_manager_keeps_what_its_exit_answers_true_for(function, expected):
    assert [(how, is_certain) for how, _, is_certain in caught(function)] == expected


def test_long_clauses_are_shortened():
    (handler,) = (
        node
        for node in guards.within(
            compile("try: 1\nexcept (" + "a.bcd, " * 30 + "): 2", "", "exec", 1024).body
        )
        if hasattr(node, "type")
    )

    assert re.fullmatch(r"except \(a\.bcd.{40,}\.\.\.", catching.text_of(handler))


def test_function_without_source_has_no_guards():
    scope = {}
    exec("def gone():\n try: here()\n except: pass", scope)

    assert guards.surroundings(scope["gone"].__code__, 10).guards == ()


class Properties:
    touched = False

    @property
    def errors(self):
        Properties.touched = True
        return asyncio.CancelledError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("asyncio.CancelledError", asyncio.CancelledError),
        ("asyncio.exceptions.CancelledError", asyncio.CancelledError),
        ("(OSError, local)", (OSError, int)),
        ("Properties.errors", names.UNKNOWN),
        ("instance.errors", names.UNKNOWN),
        ("absent", names.UNKNOWN),
        ("make()", names.UNKNOWN),
        ("3", 3),
    ],
)
def test_names_are_followed_and_nothing_is_run(text, expected):
    expression = compile(text, "", "eval", 1024).body

    found = names.refers_to(expression, {"local": int, "instance": Properties()}, globals())

    assert found == expected
    assert not Properties.touched
