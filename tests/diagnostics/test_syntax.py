"""Syntax trees of the program's source, whatever the program is doing."""

import ast

from trueloop.diagnostics import syntax


def test_source_is_parsed():
    tree = syntax.tree_of("a + b", mode="eval")
    assert isinstance(tree, ast.Expression)


def test_what_is_no_source_has_no_tree():
    assert syntax.tree_of("def") is None
    assert syntax.tree_of("\0") is None
    assert syntax.tree_of("(" * 10_000) is None


def test_no_warning_about_the_source_is_given():
    assert syntax.tree_of('"\\d"') is not None  # pytest makes an error of any warning


class Parsing:
    """Parses when the collector finds it, as a detector does."""

    def __init__(self):
        self.circle = self

    def __del__(self):
        syntax.tree_of("a + b * (c - (d))")


def test_a_parse_that_the_collector_interrupts_is_not_spoiled():
    text = "x = [" + ", ".join(f"({n} + {n}) * f({n})" for n in range(3000)) + "]"
    for _ in range(20):
        for _ in range(50):
            Parsing()
        assert isinstance(ast.parse(text), ast.Module)
        assert isinstance(compile(text, "<text>", "exec", ast.PyCF_ONLY_AST), ast.Module)
