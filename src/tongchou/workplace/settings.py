"""What the working place is told at its start, by the environment or by a TOML file."""

import os
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.text import Text

PREFIX = "TONGCHOU_"


class Settings(BaseSettings):
    """The settings; each may be set as `TONGCHOU_NAME` in the environment.

    Attributes:
        region: The region's folder.
        records: Address of the record database; empty: `records.db` in the region's folder.
        host: Address to listen on.
        port: Port to listen on.
        public_url: How browsers reach the place, for sign-in by OIDC; empty: by the address they use.
        secure_cookies: Whether cookies go over HTTPS only.
        upload_bytes: Largest file that may be uploaded.
        part_bytes: Largest part of an upload, and largest body of a request.
        unpacked_bytes: Largest content of a workbook or Parquet file once it is unpacked.
        uploads_bytes: All files on their way in together.
        free_bytes: What must stay free on the disk beside them.
        open_uploads: Uploads of one user that are on their way in at the same time.
        upload_days: After how many days without a part an upload is given up.
        keep_taken_in: Whether files stay after they were taken in; they hold identities.
        requests_per_minute: Requests of one user or address in a minute, on the average.
        burst: Requests that may come at once.
        unknown_per_minute: Tokens and cookies that are nobody's, of one address in a minute; beyond them it is refused
            what is not known here before the database is asked. Users behind one address share it.
        unanswered_seconds: After how long a request under an idempotency key that got no answer may be taken up anew.
        run_workers: Runs that this process computes at the same time; 0 where another process computes them.
        idle_minutes: After how long a sign-in without use ends; None: as `packs/access/sign_in.yaml` says.
        log_level: `debug`, `info`, `warning` or `error`.
        oidc_issuer: Issuer of the OIDC provider; empty: local accounts only.
        oidc_client_id: Our name there.
        oidc_client_secret: Our secret there; from the environment only.
        oidc_name_claim: The claim that holds our user name; empty: identities are linked by hand.
        pages: Whether the pages are served beside the API; an API worker behind a balancer does without.
        demo_accounts: Whether the demo's accounts are offered on the sign-in page; only for made-up regions.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    region: Path
    records: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    public_url: str = ""
    secure_cookies: bool = False
    upload_bytes: int = Field(default=4 << 30, ge=1 << 20)
    part_bytes: int = Field(default=16 << 20, ge=1 << 16)
    unpacked_bytes: int = Field(default=2 << 30, ge=1 << 20)
    uploads_bytes: int = Field(default=64 << 30, ge=1 << 20)
    free_bytes: int = Field(default=1 << 30, ge=0)
    open_uploads: int = Field(default=20, ge=1)
    upload_days: int = Field(default=7, ge=1)
    keep_taken_in: bool = False
    requests_per_minute: int = Field(default=60_000, ge=1)
    burst: int = Field(default=2_000, ge=1)
    unknown_per_minute: int = Field(default=120, ge=1)
    unanswered_seconds: int = Field(default=60, ge=1, le=3600)
    run_workers: int = Field(default=1, ge=0, le=16)
    idle_minutes: int | None = Field(default=None, ge=1)
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$")
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_name_claim: str = ""
    pages: bool = True
    demo_accounts: bool = False

    @property
    def upload_age(self) -> timedelta:
        """After how long without a part an upload is given up."""
        return timedelta(days=self.upload_days)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let what is given win over the environment."""
        return (init_settings, env_settings)


def read_settings(file: Path | None = None, **given: object) -> Settings:
    """Return the settings: what is given first, then the environment, then the file, then the defaults.

    Args:
        file: A TOML file, or None.
        given: Settings by name, such as the command line's; those that are None are not given.

    Raises:
        Problems: `workplace.setting` for every setting that is not right, by its name.
        TongchouError: `workplace.settings_file` if the file cannot be read; `workplace.secret_in_file`.
    """
    written = {
        name: value
        for name, value in (_from_file(file) if file else {}).items()
        if f"{PREFIX}{name.upper()}" not in os.environ
    }
    said = {**written, **{name: value for name, value in given.items() if value is not None}}
    try:
        return Settings(**said)
    except ValidationError as error:
        raise Problems([_wrong(each) for each in error.errors(include_input=False, include_url=False)]) from None


def cautions(settings: Settings) -> tuple[Text, ...]:
    """Return what is unwise in settings that are right."""
    found = []
    if not _is_loopback(settings.host) and not settings.secure_cookies:
        found.append(
            Text(
                f"监听 {settings.host} 而 secure_cookies 未开：登录凭据可能经未加密的网络传送。"
                "请在前面设 HTTPS 代理并开启 secure_cookies",
                f"it listens on {settings.host} and secure_cookies is off: sign-ins may cross the network in the"
                " clear. Put an HTTPS proxy before it, and set secure_cookies",
            )
        )
    if not _is_loopback(settings.host) and settings.demo_accounts:
        found.append(
            Text(
                f"演示账号对网络开放（{settings.host}）：只用于虚构数据",
                f"demo accounts are open to the network ({settings.host}): for made-up data only",
            )
        )
    return tuple(found)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _from_file(file: Path) -> Mapping[str, Any]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TongchouError(
            "workplace.settings_file",
            what=Text("配置文件无法读取", "the settings file cannot be read"),
            where=str(file),
            why=Text(f"不是有效的 TOML：{error}", f"it is not valid TOML: {error}"),
            remedy=Text("按手册改正", "correct it as the manual says"),
        ) from error
    secrets = sorted({"oidc_client_secret"} & content.keys())
    if secrets:
        raise TongchouError(
            "workplace.secret_in_file",
            what=Text(f"密钥 {secrets[0]} 写在配置文件里", f"the secret {secrets[0]} stands in the settings file"),
            where=str(file),
            why=Text("密钥只从环境变量读取", "secrets are read from the environment only"),
            remedy=Text(f"改为环境变量 {PREFIX}{secrets[0].upper()}", f"set {PREFIX}{secrets[0].upper()} instead"),
        )
    return content


def _wrong(problem: Mapping[str, Any]) -> TongchouError:
    name = ".".join(str(part) for part in problem["loc"])
    return TongchouError(
        "workplace.setting",
        what=Text(f"配置项 {name} 不对", f"the setting {name} is not right"),
        where=f"{PREFIX}{name.upper()}",
        why=Text(f"校验结果：{problem['msg']}", str(problem["msg"])),
        remedy=Text("改正环境变量或配置文件", "correct the environment or the settings file"),
    )


def names_region(file: Path | None) -> bool:
    """Return whether the environment or a file says which region it is.

    Raises:
        TongchouError: As `read_settings`, of the file.
    """
    return bool(os.environ.get(f"{PREFIX}REGION")) or (file is not None and "region" in _from_file(file))
