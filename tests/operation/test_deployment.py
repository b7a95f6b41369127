"""The files for deployment: what they name is there, and the proxy tells the place who asks and under which name."""

import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.operation.conftest import ROOT

from tongchou.workplace.settings import read_settings

DEPLOY = ROOT / "deploy"
NGINX = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")


def test_the_example_of_the_settings_file_is_right() -> None:
    assert read_settings(DEPLOY / "tongchou.toml").secure_cookies


def test_no_location_of_the_proxy_sets_a_header_of_its_own() -> None:
    # nginx passes none of the server's headers on in a location that has one: Host and the sender would be lost.
    locations = re.findall(r"location [^{]*\{[^}]*\}", NGINX)
    assert len(locations) == 3
    assert not [each for each in locations if "proxy_set_header" in each]


def test_the_proxy_lets_a_whole_part_through() -> None:
    (megabytes,) = re.findall(r"client_max_body_size (\d+)m;", NGINX)
    assert int(megabytes) << 20 > read_settings(DEPLOY / "tongchou.toml").part_bytes


def test_nginx_understands_the_proxys_file(tmp_path: Path) -> None:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("there is no nginx here")
    _certify(tmp_path)
    inner = NGINX.replace("/etc/nginx/tls", str(tmp_path)).replace("listen 80;", "listen 127.0.0.1:8980;")
    (tmp_path / "place.conf").write_text(inner.replace("listen 443", "listen 127.0.0.1:8943"), encoding="utf-8")
    whole = f"pid {tmp_path}/pid;\nerror_log {tmp_path}/log;\nevents {{}}\nhttp {{ include {tmp_path}/place.conf; }}\n"
    (tmp_path / "nginx.conf").write_text(whole, encoding="utf-8")
    told = subprocess.run([nginx, "-t", "-c", tmp_path / "nginx.conf"], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr


def test_what_the_container_file_copies_is_there() -> None:
    copied = re.findall(r"^COPY (?!--)(.*) \S+$", (DEPLOY / "Containerfile").read_text(encoding="utf-8"), re.MULTILINE)
    names = [name for line in copied for name in line.split()]
    assert "src" in names
    assert not [name for name in names if not (ROOT / name).exists()]


def _certify(folder: Path) -> None:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "place")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "tongchou.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "tongchou.key").write_bytes(pem)
