#!/bin/sh
# Installs what is missing (Debian, Ubuntu), builds the programs, sends a message from send_mail to
# sink, and shows the transcript and the delivered file.
set -eu
cd "$(dirname "$0")/.."

# catch2 is here because the preset sets the tests up too; none is built. mail_server is not needed
# here, and without libasio-dev it is left out.
sh packaging/install_missing.sh g++ cmake ninja-build ccache libfmt-dev libcli11-dev libssl-dev catch2
cmake --workflow --preset demo

bin=build/release/examples
work=$(mktemp -d)
mkdir "$work/mail"
mkfifo "$work/sink_says"
printf '%s\r\n' 'From: Alice <alice@example.org>' 'To: Bob <bob@example.net>' 'Subject: a demo' '' \
    'The next line is a lone dot, which must not end the message.' '.' 'Regards, Alice' >"$work/message"

"$bin/sink" --listen 127.0.0.1:0 --maildir "$work/mail" >"$work/sink_says" &
sink=$!
trap 'kill "$sink" 2>/dev/null || true; wait "$sink" || true; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

exec 3<"$work/sink_says"
read -r line <&3 # listening on HOST:PORT
echo "sink: $line"
address=${line#listening on }

"$bin/send_mail" --host "${address%:*}" --port "${address##*:}" --from alice@example.org \
    --to bob@example.net --file "$work/message" --transcript

delivered=$(find "$work/mail" -type f)
echo "delivered file, octet for octet the message that was sent:"
cmp "$work/message" "$delivered"
cat "$delivered"
