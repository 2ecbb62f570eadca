"""Why a command is refused. Raising rolls it back; the message is a sentence a cook may read.

Refused
 ├── SignedOut   nobody is asking, or their sign-in has ended
 ├── Forbidden   visible, but this role may not
 │    ├── Reauthenticate   may, once the password has been given again
 │    └── Replace          nothing else, until the one-time password is replaced
 ├── NotFound    not there, or not theirs to see: both answer alike
 ├── Malformed   the request cannot be read at all
 ├── TooLarge    the request is larger than anybody needs
 ├── NotJson     the request is of a kind that is not taken here
 ├── NotFile     the request should have been a form with a file
 ├── Invalid     the request does not fit; names the field
 │    └── KeyReused   an idempotency key came back with another body
 ├── Conflict    not legal from the order's present stage
 │    ├── NeedsPerson        a queued tap is too old, or its order has ended
 │    └── DependencyFailed   a queued tap was built on one that was refused
 ├── Stale       the order has moved since the caller looked
 │    └── Overtaken   so have these settings
 ├── Unseen      the caller must say which version they saw
 ├── Busy        the same request is being worked on right now
 ├── TooMany     asked too often; try again later
 └── Unsaved     the database could not take it; nothing was changed
"""

from typing import Any, ClassVar


class Refused(Exception):
    """A command that will not be done; nothing of it is kept."""

    type: ClassVar[str] = "refused"
    title: ClassVar[str] = "Refused"

    def __init__(self, message: str, *, field: str | None = None, **more: Any) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.more = more


class SignedOut(Refused):
    """Nobody is asking, or their sign-in has ended."""

    type = "signed-out"
    title = "Sign in first"


class Forbidden(Refused):
    """The thing may be seen, but this role may not do that to it."""

    type = "forbidden"
    title = "Not allowed"


class Reauthenticate(Forbidden):
    """The password was given too long ago for this; give it again."""

    type = "reauthenticate"
    title = "Your password, please"


class Replace(Forbidden):
    """A one-time password only opens the page where another one is set."""

    type = "new-password"
    title = "Set a new password first"


class NotFound(Refused):
    """It does not exist, or it belongs to somebody else: the two answer alike."""

    type = "not-found"
    title = "Not found"


class Malformed(Refused):
    """The request cannot be read at all."""

    type = "malformed"
    title = "Not readable"


class TooLarge(Refused):
    """The request is larger than anybody needs."""

    type = "too-large"
    title = "Too large"


class NotJson(Refused):
    """The request is of a kind that is not taken here."""

    type = "not-json"
    title = "Send JSON"


class NotFile(Refused):
    """The request should have been a form with a file in it."""

    type = "not-a-file"
    title = "Send a file"


class Invalid(Refused):
    """The request does not fit; `field` names the part that is wrong."""

    type = "invalid"
    title = "Something in the request is wrong"


class KeyReused(Invalid):
    """The idempotency key was used before, for another request."""

    type = "key-reuse"
    title = "Idempotency key used before"


class Conflict(Refused):
    """Not possible from the stage the order is in now; `order` is its card."""

    type = "conflict"
    title = "Not possible now"


class NeedsPerson(Conflict):
    """A queued tap is too old, or its order has ended: somebody has to look at it."""

    type = "needs-person"
    title = "A person has to decide"


class DependencyFailed(Conflict):
    """A queued tap was built on an earlier one that was not done."""

    type = "dependency-failed"
    title = "What this was built on was not done"


class Stale(Refused):
    """The order has changed since the caller saw it; `order` is its card."""

    type = "changed"
    title = "The order has changed"


class Overtaken(Stale):
    """Somebody else has changed these settings since; what they are now comes along."""

    type = "overtaken"
    title = "Somebody was faster"


class Unseen(Refused):
    """This change needs to know which version the caller saw."""

    type = "version-needed"
    title = "Say which version you saw"


class Busy(Refused):
    """The same request is being worked on right now."""

    type = "in-progress"
    title = "Already being worked on"


class TooMany(Refused):
    """Asked too often; `retry_after_seconds` says when to come back."""

    type = "too-many"
    title = "Too many attempts"


class Unsaved(Refused):
    """The database could not take it: nothing was changed, try again."""

    type = "not-saved"
    title = "Not saved"
