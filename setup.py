"""Builds the native modules: each .pyx of the kernel is an extension of its own."""

import os
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

PROFILES = {
    "release": ["-O2", "-g0", "-DCYTHON_WITHOUT_ASSERTIONS"],
    "checked": ["-O1", "-g"],
    "sanitize": ["-O1", "-g", "-fsanitize=address", "-fno-omit-frame-pointer"],
}
profile = os.environ.get("TRUELOOP_BUILD", "release")
flags = PROFILES[profile]
link = ["-fsanitize=address"] if profile == "sanitize" else []

kernel = Path("src/trueloop/kernel")
headers = [str(header) for header in kernel.glob("*.h")]
native = [
    Extension(
        f"trueloop.kernel.{source.stem}",
        [str(source)],
        depends=headers,
        include_dirs=[str(kernel)],
        extra_compile_args=flags,
        extra_link_args=link,
    )
    for source in sorted(kernel.glob("*.pyx"))
]
watch = Path("src/trueloop/diagnostics/watch")
if any(watch.glob("*.c")):
    native.append(
        Extension(
            "trueloop.diagnostics.watch._native",
            sorted(str(source) for source in watch.glob("*.c")),
            depends=[*headers, *(str(header) for header in watch.glob("*.h"))],
            include_dirs=[str(kernel)],
            extra_compile_args=[*flags, "-std=gnu11"],
            extra_link_args=link,
        )
    )

directives = {
    "language_level": 3,
    "binding": False,
    "initializedcheck": False,
    "nonecheck": False,
    "auto_pickle": False,
}
setup(
    ext_modules=cythonize(
        native,
        build_dir="build/cython",
        include_path=["src"],
        compiler_directives=directives,
        nthreads=os.cpu_count() or 1,
    ),
    options={"build_ext": {"parallel": os.cpu_count() or 1}},
)
