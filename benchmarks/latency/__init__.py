"""How long something takes, rather than what it costs: ready sockets, timers, answers."""

from benchmarks.latency import answers, ready_socket, timers

ROWS = (*ready_socket.ROWS, *timers.ROWS, *answers.ROWS)
