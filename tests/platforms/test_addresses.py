"""Addresses: which are of the internet, and whose a request is."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from aiohttp.test_utils import make_mocked_request

from bot.platforms._shared.addresses import Network, client_of, is_public


@pytest.mark.parametrize("text", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1"])
def test_a_machine_of_the_internet_is_one_also_behind_a_translator(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1", "0.0.0.0", "10.0.0.1", "100.64.0.1", "169.254.169.254", "192.168.1.1", "192.88.99.1",  # noqa: S104
        "224.0.0.1", "239.255.255.250", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1",
        "fec0::1", "ff02::1", "ff0e::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::127.0.0.1", "::ffff:0:10.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:a9fe:a9fe::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2606:4700::5efe:10.0.0.1",
    ],
)  # fmt: skip
def test_what_leads_to_our_own_network_or_to_many_is_not_of_the_internet(text: str) -> None:
    """Red before for fourteen of them: NAT64, 6to4, compatible, translated, site-local and multicast are "global"."""
    assert not is_public(ip_address(text))


_PROXY = (ip_network("10.0.0.0/29"),)


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "whose"),
    [
        ("1.1.1.1", [], (), "1.1.1.1"),
        ("1.1.1.1", ["8.8.8.8"], (), "1.1.1.1"),
        ("127.0.0.1", [], (), "127.0.0.1"),
        ("127.0.0.1", ["8.8.8.8"], (), "8.8.8.8"),
        ("127.0.0.1", ["192.168.1.9"], (), "192.168.1.9"),
        ("127.0.0.1", ["9.9.9.9, 8.8.8.8"], (), "8.8.8.8"),
        ("127.0.0.1", ["9.9.9.9", "8.8.8.8, 10.0.0.2"], (), "10.0.0.2"),
        ("127.0.0.1", ["9.9.9.9", "8.8.8.8, 10.0.0.2"], _PROXY, "8.8.8.8"),
        ("192.168.1.66", ["8.8.8.8"], (), "192.168.1.66"),
        ("192.168.1.66", ["8.8.8.8"], _PROXY, "192.168.1.66"),
        ("10.0.0.2", ["8.8.8.8"], _PROXY, "8.8.8.8"),
        ("10.0.0.2", ["1.1.1.1, unknown"], _PROXY, "10.0.0.2"),
        ("::1", ["2606:4700:4700::1111"], (), "2606:4700:4700::/64"),
        ("::ffff:8.8.8.8", [], (), "8.8.8.8"),
        ("2002:808:808:5::1", [], (), "8.8.8.8"),
        ("fd00::1:2", [], (), "fd00::/64"),
        ("", ["1.1.1.1"], (), ""),
    ],
)
def test_an_address_is_believed_as_far_as_proxies_are_known(
    peer: str, forwarded: list[str], proxies: tuple[Network, ...], whose: str
) -> None:
    """Red before for who stands in our network: they could name any address as their own."""
    request = make_mocked_request("GET", "/chat/ws", headers=[("X-Forwarded-For", value) for value in forwarded])
    assert client_of(request.clone(remote=peer), proxies) == whose
