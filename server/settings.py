"""Everything that can be set from outside: environment variables, read once, typed."""

from functools import lru_cache
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LOCAL: Final = (".local", ".lan", ".internal", ".localhost", ".test", ".home.arpa")

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """One field per environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    host: str = Field(default="127.0.0.1", description="Address the server listens on.")
    port: int = Field(default=8000, description="Port the server listens on.", ge=0, le=65535)
    public_url: str = Field(
        default="", description="The address people type; empty means http://HOST:PORT."
    )
    var_dir: Path = Field(
        default=ROOT / "var",
        description="Where the bundled database, Valkey and logs keep their files.",
    )
    database_url: str = Field(
        default="", description="postgresql://… ; empty means a SQLite file in VAR_DIR."
    )
    database_pool: int = Field(
        default=10, description="Database connections per process.", ge=1, le=100
    )
    redis_url: str = Field(
        default="",
        description="redis://…, unix://… or, for a cluster, redis+cluster://host:port,host:port ; "
        "`up` starts the bundled Valkey when it is empty.",
    )
    jobs_redis_url: str = Field(
        default="", description="Redis for the job queue, not a cluster; empty means REDIS_URL."
    )
    secret_key: str = Field(
        default="",
        description="Signs the links of orders; empty means one made and kept in VAR_DIR.",
    )
    old_secret_keys: str = Field(
        default="",
        description="Former SECRET_KEYs, with commas between: what they signed is still believed.",
    )
    link_hours_after_event: int = Field(
        default=48, description="How long an order's link opens after its event has ended.", ge=1
    )
    link_days_after_order: int = Field(
        default=30, description="How long it opens after the order has ended elsewhere.", ge=1
    )
    tls_cert: str = Field(default="", description="Certificate file (PEM) to serve HTTPS with.")
    tls_key: str = Field(default="", description="Private key file (PEM) of TLS_CERT.")
    setup_port: int = Field(
        default=8000,
        description="Port of the page that sets tablets up, with `up --lan`.",
        ge=0,
        le=65535,
    )
    forwarded_allow_ips: str = Field(
        default="127.0.0.1",
        description="Proxies whose X-Forwarded-* headers are believed.",
    )
    smtp_url: str = Field(
        default="",
        description="smtp://user:password@host:port (smtps:// for TLS from the first byte); "
        "empty keeps mail in the development outbox at /outbox.",
    )
    mail_from: str = Field(
        default="Heard <orders@localhost>", description="Sender of the mail we send."
    )
    login_limits: bool = Field(
        default=True,
        description="Slow down who guesses passwords; off only to measure the time of a sign-in.",
    )
    metrics_token: str = Field(
        default="",
        description="Bearer token that /metrics asks for; empty: only this machine may read it.",
    )
    sockets_per_person: int = Field(
        default=50, description="Open boards one person may have.", ge=1
    )
    sockets_per_location: int = Field(
        default=2000, description="Open boards of one location.", ge=1
    )
    sockets_of_customers: int = Field(
        default=2000, description="Open order pages of customers of one process.", ge=1
    )
    sockets_per_process: int = Field(default=10000, description="Open boards of one process.", ge=1)
    live_path: Literal["lean", "stock"] = Field(
        default="lean",
        description="How sockets come in: `lean` is the fast way, `stock` is uvicorn's own.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="How much is logged."
    )

    @field_validator("public_url")
    @classmethod
    def without_slash(cls, value: str) -> str:
        """A trailing slash would double in every link."""
        return value.rstrip("/")

    @property
    def database(self) -> str:
        """The database in use, as a URL."""
        if self.database_url:
            return self.database_url.replace("postgres://", "postgresql://", 1)
        return f"sqlite:///{self.var_dir / 'heard.db'}"

    @property
    def bundled(self) -> bool:
        """Whether the database is the SQLite file of one machine."""
        return self.database.startswith("sqlite")

    @property
    def url(self) -> str:
        """The address people type."""
        scheme = "https" if self.tls_cert else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"{scheme}://{host}:{self.port}"

    @property
    def known_everywhere(self) -> bool:
        """Whether its name is one of the Internet's, not an address or one of a single network."""
        host = (urlsplit(self.url).hostname or "").rstrip(".")
        local = host.replace(".", "").isdecimal() or ":" in host or "." not in host
        return not local and not host.endswith(LOCAL)

    @property
    def secure(self) -> bool:
        """Whether browsers reach us by HTTPS, so that cookies may be `Secure`."""
        return self.url.startswith("https://")


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
