"""aiofiles: files read and written in the loop's executor, so that the loop stays free."""

import asyncio

import aiofiles
import aiofiles.os
import aiofiles.tempfile
import pytest


def test_what_is_written_is_read_back(run, tmp_path):
    path = tmp_path / "notes.txt"

    async def main():
        async with aiofiles.open(path, "w", encoding="utf-8") as file:
            await file.write("first\n")
            await file.writelines(["second\n", "third\n"])
        async with aiofiles.open(path, encoding="utf-8") as file:
            assert await file.readline() == "first\n"
            assert await file.read() == "second\nthird\n"
            await file.seek(0)
            return [line.rstrip() async for line in file]

    assert run(main) == ["first", "second", "third"]


def test_many_files_at_once(run, tmp_path):
    async def main():
        async def write_and_read(number):
            path = tmp_path / f"{number}.bin"
            async with aiofiles.open(path, "wb") as file:
                await file.write(bytes([number]) * 10_000)
            async with aiofiles.open(path, "rb") as file:
                return await file.read()

        return await asyncio.gather(*(write_and_read(number) for number in range(20)))

    assert run(main) == [bytes([number]) * 10_000 for number in range(20)]


def test_other_tasks_run_while_a_file_is_read(run, tmp_path):
    path = tmp_path / "large.bin"
    path.write_bytes(bytes(10_000_000))

    async def main():
        log = []
        async with aiofiles.open(path, "rb") as file:
            reading = asyncio.create_task(file.read())
            await asyncio.sleep(0)
            log.append("others run")
            log.append(len(await reading))
        return log

    assert run(main) == ["others run", 10_000_000]


def test_errors_come_out_of_the_await(run, tmp_path):
    async def main():
        with pytest.raises(FileNotFoundError):
            async with aiofiles.open(tmp_path / "missing"):
                pass

    run(main)


def test_directories_and_temporary_files(run, tmp_path):
    async def main():
        await aiofiles.os.makedirs(tmp_path / "a" / "b")
        async with aiofiles.tempfile.NamedTemporaryFile("wb", dir=tmp_path) as file:
            await file.write(b"temporary")
            await file.flush()
            assert (await aiofiles.os.stat(file.name)).st_size == 9
            name = file.name
        assert not await aiofiles.os.path.exists(name)
        return await aiofiles.os.listdir(tmp_path)

    assert run(main) == ["a"]
