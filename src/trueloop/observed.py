"""ObservedLoop: where CPython's own cold paths tell the hooks what happens.

Law: adds hook calls to methods of asyncio's loop and changes nothing they do. What runs per step or
per callback is not here: each runtime tells of that in its own way (kernel/, elsewhere/).
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from trueloop.observable import is_own

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable, Iterator

__all__ = ["ObservedLoop"]

T = TypeVar("T")
Outcome = Literal["none", "running", "returned", "raised"]


class ObservedLoop(asyncio.BaseEventLoop):
    """What the loops of all runtimes have in common."""

    _outcome: Outcome = "none"

    if TYPE_CHECKING:
        _asyncgens: Iterable[Any]  # not in typeshed

        @property
        def hooks(self) -> Any:
            """What each runtime's loop has: observable.Hooks."""

    # -- running

    @property
    def main_outcome(self) -> Outcome:
        """How the program's main ended: "none", "running", "returned" or "raised".

        Main is whatever run_until_complete or run_forever ran. Once one of them has raised,
        "raised" stays: what comes after is cleaning up.
        """
        return self._outcome

    @contextmanager
    def _noting_outcome(self) -> Iterator[None]:
        """Around run_forever."""
        try:
            yield
        except BaseException:
            self._outcome = "raised"
            raise
        if self._outcome == "none":  # not inside run_until_complete: this was the main run
            self._outcome = "returned"

    def run_until_complete(self, future: Generator[Any, None, T] | Awaitable[T]) -> T:
        """Run until `future` (a future or a coroutine) is done; its result."""
        if self._outcome != "raised" and not self.is_running():
            self._outcome = "running"
        try:
            result = super().run_until_complete(future)
        except BaseException:
            self._outcome = "raised"
            raise
        if self._outcome == "running":
            self._outcome = "returned"
        return result

    def close(self) -> None:
        """Close the loop; it must not be running."""
        abandoned = self.hooks.abandoned
        if abandoned is not None and not self.is_running() and not self.is_closed():
            for task in self.hooks.tasks():
                if is_own(task) and not task.cancelling():
                    abandoned(task)
        super().close()

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Report an error that has no other place to go; see asyncio."""
        if self.hooks.reported is not None:
            self.hooks.reported(self, context)
        super().call_exception_handler(context)

    # -- executors

    def run_in_executor(  # type: ignore[override]  # typeshed asks for a TypeVarTuple
        self, executor: Any, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Call func(*args) in an executor, or in the default one; see asyncio."""
        handed_over = self._hand_over(executor, func, args)
        if handed_over is not None:
            return handed_over
        if self.hooks.submits is not None:
            submitted = self.hooks.submits(self, executor, func)
            if submitted is not None:  # the hook did not fail
                func = submitted
        return super().run_in_executor(executor, func, *args)

    def _hand_over(
        self, executor: Any, func: Callable[..., T], args: tuple[Any, ...]
    ) -> asyncio.Future[T] | None:
        """run_in_executor() without CPython's help, where a runtime has a way; else None."""
        return None

    # -- asynchronous generators

    def _asyncgen_firstiter_hook(self, agen: Any) -> None:
        if self.hooks.generator_begins is not None:
            self.hooks.generator_begins(agen)
        super()._asyncgen_firstiter_hook(agen)  # type: ignore[misc]  # not in typeshed

    def _asyncgen_finalizer_hook(self, agen: Any) -> None:
        if self.hooks.generator_left is not None:
            self.hooks.generator_left(agen)
        super()._asyncgen_finalizer_hook(agen)  # type: ignore[misc]  # not in typeshed

    async def shutdown_asyncgens(self) -> None:
        """Close all asynchronous generators that are open; see asyncio."""
        if self.hooks.generator_left is not None:
            for agen in list(self._asyncgens):
                self.hooks.generator_left(agen)
        await super().shutdown_asyncgens()

    # -- servers

    def _accept_connection2(
        self, protocol_factory: Callable[[], asyncio.BaseProtocol], *args: Any, **kwargs: Any
    ) -> Coroutine[Any, Any, None]:
        """Serve a new connection; a protocol factory that raises is told to the hooks.

        asyncio swallows that error without a word outside debug mode.
        """

        def factory() -> asyncio.BaseProtocol:
            try:
                return protocol_factory()
            except Exception as error:
                if self.hooks.reported is not None:
                    message = "Error on transport creation for incoming connection"
                    self.hooks.reported(self, {"message": message, "exception": error})
                raise

        accept = super()._accept_connection2  # type: ignore[misc]  # not in typeshed
        coroutine: Coroutine[Any, Any, None] = accept(factory, *args, **kwargs)
        return coroutine
