"""`trueloop run PROGRAM` shows a program what `python PROGRAM` shows it, and ends as it ends."""

import os
import py_compile
import re
import signal
import subprocess
import sys
import textwrap
import zipfile

import pytest

TRUELOOP = [sys.executable, "-m", "trueloop", "run", "--quiet"]


def ended(command, tmp_path):
    """(exit status, standard output, standard error) of a command."""
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout, done.stderr


def both(arguments, tmp_path):
    """How plain python and trueloop end with the same arguments."""
    return ended([sys.executable, *arguments], tmp_path), ended([*TRUELOOP, *arguments], tmp_path)


def write(tmp_path, name, source):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(source))
    return path


PROGRAMS = {
    "prints": "print('hello')",
    "raises": """
        def fail():
            raise ValueError("wrong")
        fail()
        """,
    "raises_with_a_cause": """
        try:
            {}["x"]
        except KeyError as error:
            raise RuntimeError("wrapped") from error
        """,
    "raises_in_a_group": "raise ExceptionGroup('several', [ValueError(1), TypeError(2)])",
    "is_no_python": "def broken(:\n    pass",
    "ends_with_zero": "import sys; sys.exit()",
    "ends_with_a_status": "import sys; sys.exit(7)",
    "ends_with_true": "import sys; sys.exit(True)",
    "ends_with_a_text": "import sys; sys.exit('no config')",
    "ends_hard": "import os; os._exit(4)",
    "ends_by_signal": "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
    "is_interrupted": "def work():\n    raise KeyboardInterrupt\nwork()",
    "has_an_excepthook": """
        import sys
        def hook(kind, error, traceback):
            frames = []
            while traceback is not None:
                frames.append(traceback.tb_frame.f_code.co_name)
                traceback = traceback.tb_next
            print("hook:", kind.__name__, error, frames[-1], "main" in frames)
        sys.excepthook = hook
        raise ValueError("wrong")
        """,
    "has_an_excepthook_that_exits": """
        import sys
        def hook(kind, error, traceback):
            sys.exit(9)
        sys.excepthook = hook
        raise ValueError("wrong")
        """,
    "leaves_its_exception_for_a_debugger": """
        import atexit, sys, traceback
        def look():
            names = [frame.name for frame in traceback.extract_tb(sys.last_traceback)]
            print(sys.last_type.__name__, sys.last_value, names[-1], "main" in names)
        atexit.register(look)
        raise ValueError("wrong")
        """,
    "has_exit_functions_and_threads": """
        import atexit, threading, time
        atexit.register(print, "first registered")
        atexit.register(print, "last registered")
        def late():
            time.sleep(0.1)
            print("thread")
        threading.Thread(target=late).start()
        print("main")
        """,
    "fails_with_a_thread_running": """
        import threading, time
        threading.Thread(target=lambda: (time.sleep(0.1), print("thread"))).start()
        raise ValueError("wrong")
        """,
    "shows_its_main_module": """
        import __main__, sys
        hidden = ("__annotations__", "__conditional_annotations__")
        print({name: str(value).partition(" object at")[0]
               for name, value in sorted(vars(__main__).items())
               if name.startswith("__") and name not in hidden and name != "__spec__"})
        print(__spec__ and (__spec__.name, __spec__.origin, __spec__.parent))
        print(type(__main__.__loader__), sys.modules["__main__"] is __main__, __name__)
        def f(): pass
        print(f.__module__, __main__.f is f)
        """,
    "shows_its_arguments_and_path": """
        import sys
        print(sys.argv, sys.path)
        """,
    "finishes_with_objects_alive": """
        class Loud:
            def __del__(self):
                print("gone")
        kept = Loud()
        print("end")
        """,
    "reads_standard_input": "print(input() if False else __import__('sys').stdin.read())",
    "warns": "import warnings; warnings.warn('careful', UserWarning)",
    "fails_in_asyncio": """
        import asyncio
        async def main():
            await asyncio.sleep(0)
            raise SystemExit(5)
        asyncio.run(main())
        """,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_script_ends_as_with_plain_python(name, tmp_path):
    script = write(tmp_path, f"{name}.py", PROGRAMS[name])

    plain, ours = both([str(script), "one", "--quiet", "-m"], tmp_path)

    assert ours == plain


@pytest.mark.parametrize("name", PROGRAMS)
def test_module_ends_as_with_plain_python(name, tmp_path):
    write(tmp_path, f"package/{name}.py", PROGRAMS[name])
    write(tmp_path, "package/__init__.py", "")

    plain, ours = both(["-m", f"package.{name}", "one", "-c"], tmp_path)

    assert ours == (plain[0], plain[1], without_runpy(plain[2]))


@pytest.mark.parametrize("name", PROGRAMS)
def test_code_ends_as_with_plain_python(name, tmp_path):
    plain, ours = both(["-c", textwrap.dedent(PROGRAMS[name]), "one", "--report"], tmp_path)

    assert ours == plain


def without_runpy(text):
    """Plain python shows how -m itself was carried out; trueloop does not."""
    return re.sub(r'  (\| +)?File "<frozen runpy>".*\n', "", text)


@pytest.mark.parametrize(
    "arguments",
    [
        ["missing.py"],
        ["-m", "no_such_module"],
        ["-m", "no_such_package.module"],
        ["-m", "email"],
        ["-m", "package_that_fails.module"],
        ["directory_without_main"],
    ],
    ids=" ".join,
)
def test_programs_that_do_not_exist_are_refused_as_by_python(arguments, tmp_path):
    write(tmp_path, "package_that_fails/__init__.py", "raise ImportError('broken')")
    write(tmp_path, "package_that_fails/module.py", "")
    (tmp_path / "directory_without_main").mkdir()

    plain, ours = both(arguments, tmp_path)

    assert ours == (plain[0], plain[1], without_runpy(plain[2]))


def test_directory_with_a_main_module_runs_as_with_plain_python(tmp_path):
    write(tmp_path, "app/__main__.py", "import sys, beside; print(__name__, sys.argv, sys.path[0])")
    write(tmp_path, "app/beside.py", "print('beside')")

    plain, ours = both(["app", "one"], tmp_path)

    assert ours == plain
    assert "beside" in ours[1]


def test_zip_file_runs_as_with_plain_python(tmp_path):
    with zipfile.ZipFile(tmp_path / "app.zip", "w") as archive:
        archive.writestr("__main__.py", "import sys; print(__name__, __file__, sys.argv)")

    plain, ours = both(["app.zip", "one"], tmp_path)

    assert ours == plain


def test_compiled_file_runs_as_with_plain_python(tmp_path):
    script = write(tmp_path, "tool.py", "import sys; print(__name__, __file__, sys.argv)")
    compiled = py_compile.compile(str(script), cfile=str(tmp_path / "compiled.pyc"))

    plain, ours = both([compiled, "one"], tmp_path)

    assert ours == plain
    assert "__main__" in ours[1]


def test_program_may_come_through_a_pipe(tmp_path):
    done = subprocess.run(
        [*TRUELOOP, "/dev/stdin"],
        input="print('through a pipe')",
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert (done.stdout, done.stderr) == ("through a pipe\n", "")


def test_symbolic_link_runs_beside_its_target(tmp_path):
    write(tmp_path, "real/tool.py", "import sys; print(__file__, sys.path[0])")
    (tmp_path / "link.py").symlink_to(tmp_path / "real" / "tool.py")

    plain, ours = both(["link.py"], tmp_path)

    assert ours == plain


def test_safe_path_is_respected(tmp_path):
    script = write(tmp_path, "paths.py", "import sys; print(sys.path)")

    plain = ended([sys.executable, "-P", str(script)], tmp_path)
    ours = ended([sys.executable, "-P", *TRUELOOP[1:], str(script)], tmp_path)

    assert ours == plain


@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
def test_functions_of_main_can_be_sent_to_other_processes(method, tmp_path):
    script = write(
        tmp_path,
        "parallel.py",
        f"""
        import asyncio, concurrent.futures, multiprocessing

        def square(n):
            return n * n

        async def main():
            context = multiprocessing.get_context("{method}")
            with concurrent.futures.ProcessPoolExecutor(2, context) as pool:
                loop = asyncio.get_running_loop()
                jobs = [loop.run_in_executor(pool, square, n) for n in range(4)]
                print(await asyncio.gather(*jobs))

        if __name__ == "__main__":
            asyncio.run(main())
        """,
    )

    status, output, error = ended([*TRUELOOP, str(script)], tmp_path)

    assert (status, output) == (0, "[0, 1, 4, 9]\n"), error


def test_children_of_a_module_find_it_again(tmp_path):
    write(tmp_path, "package/__init__.py", "")
    write(
        tmp_path,
        "package/tool.py",
        """
        import multiprocessing

        def double(n):
            return 2 * n

        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.map(double, [1, 2]))
        """,
    )

    plain, ours = both(["-m", "package.tool"], tmp_path)

    assert ours == plain
    assert ours[1] == "[2, 4]\n"


ENDLESS = """
    import asyncio

    async def main():
        print("ready", flush=True)
        await asyncio.sleep(60)

    asyncio.run(main())
    """


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_signals_end_the_process_as_with_plain_python(number, tmp_path):
    script = write(tmp_path, "endless.py", ENDLESS)
    statuses = []
    for command in ([sys.executable], TRUELOOP):
        with subprocess.Popen(
            [*command, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout.readline() == "ready\n"
            process.send_signal(number)
            _, error = process.communicate(timeout=30)
            statuses.append(process.returncode)
            assert ("KeyboardInterrupt" in error) == (number == signal.SIGINT)
            assert "trueloop/cli" not in error

    assert statuses == [-number, -number]


def test_console_command_is_the_same(tmp_path):
    script = write(tmp_path, "paths.py", "import sys; print(sys.argv, sys.path)")
    command = os.path.join(os.path.dirname(sys.executable), "trueloop")

    plain = ended([sys.executable, str(script), "one"], tmp_path)
    ours = ended([command, "run", "--quiet", str(script), "one"], tmp_path)

    assert ours == plain
