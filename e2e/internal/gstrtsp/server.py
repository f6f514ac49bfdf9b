"""Serves MP4 files over RTSP by stream copy, in real time, once through.

Usage: server.py NAME=FILE...

Each client gets FILE from its beginning at rtsp://127.0.0.1:PORT/NAME. The
port is any free one and is printed as soon as clients may come.
"""

import subprocess
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402


# How each codec is taken apart and sent, by ffprobe's name of it.
VIDEO = {
    "h264": "h264parse ! rtph264pay pt=96 config-interval=-1",
    "hevc": "h265parse ! rtph265pay pt=96 config-interval=-1",
    "mjpeg": "jpegparse ! rtpjpegpay pt=26",
}
AUDIO = {
    "aac": "aacparse ! rtpmp4gpay pt=97",
    "opus": "opusparse ! rtpopuspay pt=97",
    "pcm_alaw": "rtppcmapay pt=8",
    "pcm_mulaw": "rtppcmupay pt=0",
    "pcm_u8": "rtpL8pay pt=97",
    "pcm_s16be": "rtpL16pay pt=97",
    "pcm_s24be": "rtpL24pay pt=97",
}


def codecs(path, kind):
    return subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", kind, "-show_entries", "stream=codec_name", "-of", "csv=p=0", path],
        check=True, capture_output=True, text=True,
    ).stdout.split()


def launch(path):
    video, audio = codecs(path, "v"), codecs(path, "a")
    line = (
        f'( filesrc location="{path}" ! qtdemux name=demux'
        f" demux.video_0 ! queue ! {VIDEO[video[0]]} name=pay0"
    )
    if audio:
        line += f" demux.audio_0 ! queue ! {AUDIO[audio[0]]} name=pay1"
    return line + " )"


def main():
    Gst.init(None)
    server = GstRtspServer.RTSPServer(address="127.0.0.1", service="0")
    mounts = server.get_mount_points()
    for name, path in (arg.split("=", 1) for arg in sys.argv[1:]):
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(launch(path))
        mounts.add_factory("/" + name, factory)
    if server.attach(None) == 0:
        sys.exit("the server can't listen")
    print(server.get_bound_port(), flush=True)
    GLib.MainLoop().run()


main()
