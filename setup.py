"""Builds the native modules: each .pyx, the watch and reachability, as extensions of their own."""

import os
import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_py import build_py

PROFILES = {
    "release": [
        *("-O3", "-g0", "-DCYTHON_WITHOUT_ASSERTIONS"),
        *("-fno-plt", "-fno-semantic-interposition", "-fvisibility=hidden"),
    ],
    "checked": ["-O1", "-g", "-UNDEBUG"],
    "sanitize": [
        *("-O1", "-g", "-fsanitize=address,undefined,float-cast-overflow"),
        *("-fno-sanitize-recover=all", "-fno-omit-frame-pointer"),
    ],
}
# A search for inputs is told which blocks each has reached: tests/fuzz/coverage.c.
PROFILES["fuzz"] = [*PROFILES["sanitize"], "-fsanitize-coverage=trace-pc"]
DIRECTIVES = {
    "language_level": 3,
    "auto_pickle": False,
    # What a hook raises goes to sys.unraisablehook once, and is not printed before.
    "unraisable_tracebacks": False,
    "binding": False,
    "initializedcheck": False,
    "nonecheck": False,
    # Without a GIL: what stands in for it is in kernel/freethreading.h.
    "freethreading_compatible": True,
}
profile = os.environ.get("TRUELOOP_BUILD", "release")
# Without native code the package runs on asyncio's own loop: src/trueloop/elsewhere.
is_pure = profile == "pure" or sys.platform != "linux"
kernel = Path("src/trueloop/kernel")
primitives = Path("src/trueloop/primitives")
watch = Path("src/trueloop/diagnostics/watch")
reachability = Path("src/trueloop/diagnostics/reachability")
headers = [str(path) for folder in (kernel, watch, reachability) for path in folder.glob("*.h")]


def extension(name: str, sources: list[Path]) -> Extension:
    return Extension(
        f"trueloop.{name}",
        [str(source) for source in sources],
        depends=headers,
        include_dirs=[str(kernel)],
        extra_compile_args=[*PROFILES[profile], "-std=gnu11"],
        extra_link_args=["-fsanitize=address,undefined"] if profile in ("sanitize", "fuzz") else [],
    )


native = []
if not is_pure:
    native += [
        extension(f"{folder.stem}.{pyx.stem}", [pyx])
        for folder in (kernel, primitives)
        for pyx in sorted(folder.glob("*.pyx"))
    ]
    native.append(extension("diagnostics.watch._native", sorted(watch.glob("*.c"))))
    native.append(extension("diagnostics.reachability._native", sorted(reachability.glob("*.c"))))


class BuildWithPages(build_py):
    """Packs the pages of docs/findings/ too: `trueloop explain` prints them."""

    def run(self) -> None:
        super().run()
        folder = Path(self.build_lib, "trueloop", "findings")
        pages = [] if self.editable_mode else Path("docs/findings").glob("*.md")
        for page in pages:
            self.mkpath(str(folder))
            self.copy_file(str(page), str(folder / page.name))


cores = os.cpu_count() or 1
if __name__ == "__main__":  # and not when Cython's helper processes import it
    setup(
        ext_modules=cythonize(
            native,
            build_dir="build/cython",
            include_path=["src"],
            compiler_directives=DIRECTIVES,
            nthreads=cores,
            cache=True,  # a checkout, a build and a Python more need not compile the same again
        ),
        cmdclass={"build_py": BuildWithPages},
        exclude_package_data={"trueloop": ["*/*.pxd", "*/*.h"]} if is_pure else {},
        options={"build_ext": {"parallel": cores}},
    )
