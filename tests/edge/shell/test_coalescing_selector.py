"""What comes over D-Bus gathers; all else does not wait."""

import asyncio
import socket
import time
from contextlib import suppress
from statistics import median

from nearcart_edge.shell.coalescing_selector import (
    INTERVAL_S,
    SHORTEST_S,
    CoalescingSelector,
    _next_interval,
    coalescing_loop,
)


def run(scenario: "asyncio.Future[None] | object") -> None:
    with asyncio.Runner(loop_factory=coalescing_loop) as runner:
        runner.run(scenario)  # type: ignore[arg-type]


def test_packets_in_quick_succession_share_wakes() -> None:
    async def scenario() -> None:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        wakes: list[bytes] = []
        loop = asyncio.get_running_loop()
        loop.add_reader(ours, lambda: wakes.append(ours.recv(4096)))
        await loop.run_in_executor(None, _trickle, theirs)
        while sum(map(len, wakes)) < 100:
            await asyncio.sleep(0.005)
        loop.remove_reader(ours)
        assert len(wakes) <= 50, "100 packets, 2 ms apart, share wakes"
        ours.close()
        theirs.close()

    run(scenario())


def test_the_next_wake_is_the_sooner_the_more_there_was_at_this_one() -> None:
    assert _next_interval(INTERVAL_S, 0) == INTERVAL_S
    assert _next_interval(INTERVAL_S, 20_000) == INTERVAL_S
    assert _next_interval(INTERVAL_S, 80_000) == INTERVAL_S / 2
    assert _next_interval(INTERVAL_S / 2, 20_000) == INTERVAL_S, "calm again"
    assert _next_interval(SHORTEST_S, 10_000_000) == SHORTEST_S


def test_a_flood_makes_the_wakes_more_frequent() -> None:
    async def scenario() -> bool:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        took: list[int] = []
        loop = asyncio.get_running_loop()

        def read() -> None:
            with suppress(BlockingIOError):
                while True:
                    took.append(len(ours.recv(65_536)))

        loop.add_reader(ours, read)
        sending = loop.run_in_executor(None, theirs.sendall, bytes(4_000_000))
        while sum(took) < 4_000_000:
            await asyncio.sleep(0.01)
        await sending
        loop.remove_reader(ours)
        ours.close()
        theirs.close()
        return selector._interval < INTERVAL_S

    selector = CoalescingSelector()
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
        assert runner.run(scenario())


def test_finished_thread_work_does_not_wait_for_the_interval() -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, int)
        waits = []
        for _ in range(51):
            start = time.monotonic()
            await loop.run_in_executor(None, int)
            waits.append(time.monotonic() - start)
        assert median(waits) < INTERVAL_S

    run(scenario())


def test_a_packet_after_a_quiet_moment_does_not_wait() -> None:
    async def scenario() -> None:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        arrived = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(ours, lambda: (ours.recv(100), arrived.set()))
        waits = []
        for _ in range(21):
            await asyncio.sleep(2 * INTERVAL_S)
            arrived.clear()
            start = time.monotonic()
            theirs.send(b"x")
            await arrived.wait()
            waits.append(time.monotonic() - start)
        assert median(waits) < INTERVAL_S
        loop.remove_reader(ours)

    run(scenario())


def test_the_broker_s_socket_does_not_wait() -> None:
    async def scenario() -> None:
        unix, peer = socket.socketpair()
        loop = asyncio.get_running_loop()
        loop.add_reader(unix, lambda: unix.recv(100))
        server = await asyncio.start_server(_echo, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        waits = []
        for _ in range(51):
            start = time.monotonic()
            peer.send(b"an advert")
            writer.write(b"x")
            await reader.readexactly(1)
            waits.append(time.monotonic() - start)
        assert median(waits) < INTERVAL_S
        loop.remove_reader(unix)
        writer.close()
        server.close()

    run(scenario())


def test_timers_fire_on_time() -> None:
    async def scenario() -> None:
        start = time.monotonic()
        for _ in range(10):
            await asyncio.sleep(0.005)
        assert time.monotonic() - start >= 0.05

    run(scenario())


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(100):
        writer.write(data)
    writer.close()


def _trickle(peer: socket.socket) -> None:
    for _ in range(100):
        peer.send(b"x")
        time.sleep(0.002)
