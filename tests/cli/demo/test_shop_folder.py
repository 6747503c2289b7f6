"""The folder of one run: the example shop with this run's ports, and nothing that reaches a real service."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearcart.demo.clocks import offset_to_opening
from nearcart.demo.shop_folder import example_store, lay_out
from nearcart_contract.edge_file import EdgeFile
from nearcart_contract.problem import FileProblems
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.shell.offer_files import check_store_folder


def test_the_example_is_laid_out_with_this_runs_ports(tmp_path: Path) -> None:
    laid_out = lay_out(example_store(), tmp_path, broker_port=4711, page_port=4712)
    assert laid_out.store.broker
    assert (laid_out.store.broker.port, laid_out.store.console.port) == (4711, 4712)
    assert not check_store_folder(tmp_path).problems
    assert len(laid_out.store.edges()) >= 3
    for edge, scanners in laid_out.store.edges().items():
        config = load_yaml(laid_out.edge_config(edge), EdgeFile)
        assert (config.edge, config.broker.port) == (edge, 4711)
        assert [adapter.scanner for adapter in config.adapters] == list(scanners)
        assert laid_out.outbox(edge) == tmp_path / config.outbox.path


def test_an_edge_with_two_radios_gets_two_adapters_and_a_webhook_becomes_a_phone(tmp_path: Path) -> None:
    store = tmp_path / "store.yaml"
    store.write_text(
        "store: mine\nname: Mine\ntime_zone: Europe/Istanbul\ncurrency: TRY\n"
        "scanners:\n  a: {x: 1, y: 1, zone: door, edge: pi}\n  b: {x: 9, y: 1, zone: wine, edge: pi}\n"
        "quiet_hours: {start: 22:00, end: 08:00}\n"
        "channels:\n  crm: {kind: webhook, url: 'https://crm.example.com', secret: whsec_c2VjcmV0}\n"
    )
    laid_out = lay_out(store, tmp_path / "run", broker_port=1, page_port=2)
    assert laid_out.store.channels["crm"].kind == "phone"
    assert laid_out.store.quiet_hours
    assert f"{laid_out.store.quiet_hours.start:%H:%M}" == "22:00"
    config = load_yaml(laid_out.edge_config("pi"), EdgeFile)
    assert [(adapter.adapter, adapter.scanner) for adapter in config.adapters] == [("hci0", "a"), ("hci1", "b")]


def test_a_store_file_with_mistakes_is_told_with_its_own_name_and_line(tmp_path: Path) -> None:
    store = tmp_path / "store.yaml"
    store.write_text(
        "store: mine\nname: Mine\ntime_zone: Istanbul\ncurrency: TRY\nscanners: {a: {x: 1, y: 1, zone: a}}\n"
    )
    with pytest.raises(FileProblems, match=r"store\.yaml:3:\d+ +time_zone"):
        lay_out(store, tmp_path / "run", broker_port=1, page_port=2)


@given(
    now=st.floats(0, 4e9),
    name=st.sampled_from(["Europe/Istanbul", "Pacific/Apia", "America/St_Johns", "Asia/Kathmandu"]),
)
def test_the_shop_opens_at_two_in_the_afternoon_of_the_same_day(now: float, name: str) -> None:
    zone = ZoneInfo(name)
    opened = datetime.fromtimestamp(round(now + offset_to_opening(zone, now)), zone)
    assert f"{opened:%H:%M:%S}" == "14:00:00"
    assert opened.date() == datetime.fromtimestamp(now, zone).date()
