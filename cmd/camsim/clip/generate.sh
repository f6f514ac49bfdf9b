#!/bin/sh
# Makes the clips that camsim plays. Run it by hand, with ffmpeg (libx264,
# libx265, drawtext) and the DejaVu fonts installed, and commit what it makes.
#
# The clips last 16 s at 15 frames a second, so that video (240 frames) and AAC
# at 16 kHz (250 frames of 1024 samples) end at the same instant and the loop is
# seamless. Every GOP is closed and begins with an IDR picture. One clip has no
# sound and lasts 64 s, which are one GOP.
#
# The lowest ninth of the picture is a row of 16 blocks: the frame's number in
# 8 bits, highest first, white for 1, then the same 8 bits inverted.
set -eu
cd "$(dirname "$0")"

seconds=16
fps=15

# picture WIDTH HEIGHT NAME prints the filter graph of one clip.
picture() {
	w=$1 h=$2 name=$3
	b=$((w / 16)) y=$((h * 8 / 9))
	font="fontfile=$(fc-match -f '%{file}' 'DejaVu Sans Mono:bold'):fontcolor=white"
	printf 'color=0x1b2838:size=%dx%d:rate=%d:duration=%d' "$w" "$h" "$fps" "$seconds"
	printf ',drawgrid=width=%d:height=%d:thickness=1:color=0x2c4158' "$b" "$b"
	printf ',drawtext=%s:fontsize=%d:x=%d:y=%d:text=%s' "$font" $((h / 12)) $((w / 32)) $((h / 18)) "'iStream camsim $name'"
	printf ',drawtext=%s:fontsize=%d:x=(w-text_w)/2:y=%d:text=%s' "$font" $((h / 3)) $((h * 2 / 9)) "'%{eif\\:n\\:d\\:3}'"
	# A box that crosses the picture in one loop, so that motion is seen.
	printf ',drawtext=%s:fontsize=%d:x=(w+text_w)*n/%d-text_w:y=%d:text=%s' \
		"$font" $((h / 6)) $((fps * seconds)) $((h * 11 / 18)) "'■'"
	printf ',drawbox=x=0:y=%d:w=%d:h=%d:color=black:t=fill' "$y" "$w" "$b"
	bit=0
	while [ "$bit" -lt 8 ]; do
		set="mod(floor(n/$((1 << bit)))\\,2)"
		printf ',drawbox=x=%d:y=%d:w=%d:h=%d:color=white:t=fill:enable=%s' $(((7 - bit) * b)) "$y" "$b" "$b" "'$set'"
		printf ',drawbox=x=%d:y=%d:w=%d:h=%d:color=white:t=fill:enable=%s' $(((15 - bit) * b)) "$y" "$b" "$b" "'not($set)'"
		bit=$((bit + 1))
	done
	printf ',format=yuv420p'
}

# A tone of 1 kHz for the first tenth of each second over a faint hum.
sound="aevalsrc=0.02*sin(2*PI*100*t)+0.3*sin(2*PI*1000*t)*lt(mod(t\\,1)\\,0.1):sample_rate=16000:duration=$seconds"

# encode FILE WIDTH HEIGHT NAME OPTION...
encode() {
	file=$1 width=$2 height=$3 name=$4
	shift 4
	ffmpeg -hide_banner -loglevel warning -y \
		-f lavfi -i "$(picture "$width" "$height" "$name")" -f lavfi -i "$sound" \
		"$@" -threads 1 -c:a aac -b:a 24k -ac 1 \
		-map_metadata -1 -fflags +bitexact -flags:v +bitexact -flags:a +bitexact \
		-movflags +faststart "$file"
}

h264() { printf -- '-c:v libx264 -preset veryslow -profile:v main -bsf:v filter_units=remove_types=6 '; }
h265() { printf -- '-c:v libx265 -preset slower -tag:v hvc1 -bsf:v filter_units=remove_types=39-40 '; }
gop() { printf 'keyint=%d:min-keyint=%d:scenecut=0:open-gop=0' "$1" "$1"; }

# shellcheck disable=SC2046 # the options are words
{
	encode h264.mp4 640 360 H.264 $(h264) -crf 27 -x264-params "$(gop 15):bframes=0"
	encode h264b.mp4 640 360 'H.264 B' $(h264) -crf 28 -x264-params "$(gop 15):bframes=2:b-adapt=0"
	encode h265.mp4 640 360 H.265 $(h265) -crf 29 -x265-params "$(gop 15):bframes=0:info=0:log-level=error:pools=1:frame-threads=1"
	encode sub.mp4 320 180 sub $(h264) -crf 28 -x264-params "$(gop 30):bframes=0"
	seconds=64
	encode rare.mp4 320 180 'rare keyframes' $(h264) -an -crf 34 -x264-params "$(gop 960):bframes=0"
}
ls -l ./*.mp4
