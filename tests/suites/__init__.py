"""Other people's test suites, run under trueloop with every detector on: is it silent, and right?

Nothing of theirs is kept here: a suite comes from the source distribution on the package index.
Reading order: `catalogue` names the suites, `fetching` gets one and an environment for it,
`plugin/` notes each test's outcome and findings, `running` runs it on one loop, `judgements` knows
which findings are planted, `__main__` compares asyncio with trueloop.
"""
