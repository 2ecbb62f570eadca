"""The keys that links are signed with: SECRET_KEY, or one that is made and kept in VAR_DIR."""

import os
import secrets
from pathlib import Path
from typing import Final

from server.settings import Settings

FILE: Final = "secret.key"
BYTES: Final = 32


def keys(chosen: Settings) -> list[str]:
    """The key to sign with, and after it the former ones, which are only believed."""
    former = [key.strip() for key in chosen.old_secret_keys.split(",")]
    return [chosen.secret_key or kept(chosen.var_dir / FILE), *filter(None, former)]


def kept(file: Path) -> str:
    """The key in the file, which is made where there is none; whoever is first makes it."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        made = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
        made.touch(0o600, exist_ok=False)
        made.write_text(secrets.token_hex(BYTES))
        try:
            os.link(made, file)
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return file.read_text().strip()
