"""A browser whose camera sees a QR code that a test has drawn."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import segno
from PIL import Image
from playwright.async_api import Browser, async_playwright

from server.browser import chromium

WIDTH: Final = 640
HEIGHT: Final = 480
FRAMES: Final = 10
GREY: Final = 200

COUNTING: Final = """
(() => {
  window.asked = 0;
  window.tracks = [];
  const own = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wishes) => {
    window.asked += 1;
    const stream = await own(wishes);
    window.tracks.push(...stream.getTracks());
    return stream;
  };
})();
"""
"""Counts how often a page asks for the camera, and remembers what it was given."""

LIGHTS: Final = """
(() => {
  window.lights = [];
  const own = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wishes) => {
    const stream = await own(wishes);
    for (const track of stream.getVideoTracks()) {
      track.getCapabilities = () => ({ torch: true });
      track.applyConstraints = async ({ advanced: [{ torch }] }) => void window.lights.push(torch);
    }
    return stream;
  };
})();
"""
"""A light on every camera, which Chromium's have not; `lights` is what it was told."""

SECOND: Final = """
(() => {
  const { mediaDevices } = navigator;
  const media = mediaDevices.getUserMedia.bind(mediaDevices);
  const devices = mediaDevices.enumerateDevices.bind(mediaDevices);
  window.turned = 0;
  mediaDevices.enumerateDevices = async () => {
    const [first] = (await devices()).filter(({ kind }) => kind === 'videoinput');
    return [first, { kind: 'videoinput', deviceId: 'second' }];
  };
  mediaDevices.getUserMedia = (wishes) => {
    if (wishes.video.deviceId?.exact !== 'second') return media(wishes);
    window.turned += 1;
    return media({ video: true });
  };
})();
"""
"""Another camera beside the one with the film; `turned` is how often it was asked for."""


def filmed(text: str, file: Path) -> Path:
    """A film of a code that somebody holds still."""
    drawn = io.BytesIO()
    segno.make_qr(text, error="m").save(drawn, kind="png", scale=7, border=4)
    frame = Image.new("L", (WIDTH, HEIGHT), GREY)
    code = Image.open(drawn).convert("L")
    frame.paste(code, ((WIDTH - code.width) // 2, (HEIGHT - code.height) // 2))
    colourless = bytes([128]) * (WIDTH * HEIGHT // 2)
    head = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode()
    file.write_bytes(head + (b"FRAME\n" + frame.tobytes() + colourless) * FRAMES)
    return file


@asynccontextmanager
async def looking_at(film: Path) -> AsyncIterator[Browser]:
    """Chromium with this film for its camera, and nobody who has to allow it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium(),
            args=[
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                f"--use-file-for-fake-video-capture={film}",
            ],
        )
        yield browser
        await browser.close()
