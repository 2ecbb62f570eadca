"""The set-up page: the way in, the certificate in the form each device takes, and no data."""

import plistlib
import re
from collections.abc import Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.testclient import TestClient

from server.lan import authority, files, page
from server.lan.authority import Authority

HOUSE = "https://192.168.1.5:8443"


@pytest.fixture(scope="module")
def known() -> Authority:
    return authority.make(files.moment())


@pytest.fixture
def tablet(known: Authority) -> Iterator[TestClient]:
    app = page.application(known, HOUSE)
    with TestClient(app, "http://192.168.1.5:8000", follow_redirects=False) as client:
        yield client


def test_it_shows_steps_fingerprint_and_the_way_on(tablet: TestClient, known: Authority) -> None:
    shown = tablet.get("/")

    assert shown.status_code == 200
    assert known.fingerprint in shown.text
    assert f'href="{HOUSE}/board"' in shown.text
    assert f'href="{HOUSE}/pair"' in shown.text
    for word in ("iPad or iPhone", "Android", "Windows", "Mac", "Certificate Trust Settings"):
        assert word in shown.text
    assert "came without encryption" not in shown.text  # it has to


@pytest.mark.parametrize(
    ("agent", "opened"),
    [
        ("Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X)", "iPad or iPhone"),
        ("Mozilla/5.0 (Linux; Android 15; Tab)", "Android"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", "Mac"),
    ],
)
def test_the_steps_of_the_device_that_asks_stand_open(
    tablet: TestClient, agent: str, opened: str
) -> None:
    shown = tablet.get("/", headers={"User-Agent": agent}).text

    assert re.findall(r"<details[^>]* open>\s*<summary>([^<]+)", shown) == [opened]


def test_the_certificate_has_the_type_that_android_and_windows_install(
    tablet: TestClient, known: Authority
) -> None:
    answer = tablet.get("/heard-ca.crt")

    assert answer.headers["content-type"] == "application/x-x509-ca-cert"
    assert x509.load_der_x509_certificate(answer.content) == known.certificate


def test_the_profile_is_one_that_ios_installs(tablet: TestClient, known: Authority) -> None:
    answer = tablet.get("/heard.mobileconfig")
    told = plistlib.loads(answer.content)
    [root] = told["PayloadContent"]

    assert answer.headers["content-type"] == "application/x-apple-aspen-config"
    assert told["PayloadType"] == "Configuration"
    assert root["PayloadType"] == "com.apple.security.root"
    assert root["PayloadContent"] == known.certificate.public_bytes(Encoding.DER)
    assert {"PayloadIdentifier", "PayloadUUID", "PayloadVersion"} <= told.keys() & root.keys()
    assert plistlib.loads(tablet.get("/heard.mobileconfig").content) == told  # replaces itself
    found = x509.load_der_x509_certificate(root["PayloadContent"]).fingerprint(SHA256())
    assert found.hex(" ").upper() == known.fingerprint


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/board", "/board"),
        ("/board?location=2&q=a%20b", "/board?location=2&q=a%20b"),
        ("/api/v1/orders", "/api/v1/orders"),
        ("/live", "/live"),
        ("//evil.example/", "//evil.example/"),
        ("/@evil.example", "/%40evil.example"),
        ("/%0dSet-Cookie:%20a=b", "/%0DSet-Cookie%3A%20a%3Db"),
    ],
)
def test_everything_else_is_sent_on_to_https(tablet: TestClient, path: str, there: str) -> None:
    answer = tablet.get(path if not path.startswith("//") else f"http://192.168.1.5:8000{path}")

    assert answer.status_code == 307
    assert answer.headers["location"] == f"{HOUSE}{there}"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_nothing_can_be_sent_to_it(tablet: TestClient, method: str) -> None:
    assert tablet.request(method, "/board", content=b"{}").status_code == 405


def test_it_sets_nothing_and_lets_the_page_ask_only_the_house(tablet: TestClient) -> None:
    for path in ("/", "/heard-ca.crt", "/heard.mobileconfig", "/board"):
        answer = tablet.get(path, headers={"Cookie": "sid=1"})
        assert "set-cookie" not in answer.headers
        assert "strict-transport-security" not in answer.headers
        assert answer.headers["x-content-type-options"] == "nosniff"
    policy = tablet.get("/").headers["content-security-policy"]
    assert "default-src 'none'; " in policy
    assert f"connect-src {HOUSE};" in policy
    assert "form-action 'none'" in policy
