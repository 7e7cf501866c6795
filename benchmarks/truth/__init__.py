"""The scoreboard: which tool finds which planted bug, and what it costs to have the tool on.

Reading order: `corpus` reads the programs, `witness/` runs one of them under one tool, in a process
of its own, and writes down what the tool says, `recognition` decides which bugs a reader would
recognise in that, `toolbox` knows the tools, `judgement` compares with what the program announces,
`cost` measures, `scores` is the results file, `tables` what people read.
"""
