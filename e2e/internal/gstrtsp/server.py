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


def has_audio(path):
    kinds = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0", path],
        check=True, capture_output=True, text=True,
    ).stdout
    return "audio" in kinds


def launch(path):
    line = (
        f'( filesrc location="{path}" ! qtdemux name=demux'
        " demux.video_0 ! queue ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1"
    )
    if has_audio(path):
        line += " demux.audio_0 ! queue ! aacparse ! rtpmp4gpay name=pay1 pt=97"
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
