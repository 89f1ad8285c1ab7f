#!/bin/sh
# Installs Tesseract (and, asked for it, what the tests use: Chromium, poppler, qpdf and a software token) through apt where that is possible.
# Where it is not, says in one line what is missing and goes on: RapidOCR needs nothing of the system.
# Usage: system_packages.sh [tesseract] [browser]
set -u
missing=""
for want in "$@"; do
  case "$want" in
    tesseract)
      have=$(tesseract --list-langs 2>/dev/null | tr '\n' ' ')
      for lang in eng fra deu spa ita jpn osd; do
        case " $have " in *" $lang "*) ;; *) missing="$missing tesseract-ocr-$lang" ;; esac
      done
      case " $have " in *" jpn_vert "*) ;; *) missing="$missing tesseract-ocr-jpn-vert" ;; esac
      command -v tesseract >/dev/null 2>&1 || missing="tesseract-ocr$missing"
      ;;
    browser)
      command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || missing="$missing chromium"
      command -v pdftotext >/dev/null 2>&1 || missing="$missing poppler-utils"
      [ -e /usr/lib/softhsm/libsofthsm2.so ] || missing="$missing softhsm2"
      command -v qpdf >/dev/null 2>&1 || missing="$missing qpdf"
      ;;
  esac
done
[ -n "$missing" ] || exit 0
sudo=""
if [ "$(id -u)" != 0 ]; then
  if sudo -n true 2>/dev/null; then sudo="sudo -n"; else sudo="no"; fi
fi
if [ "$sudo" != no ] && command -v apt-get >/dev/null 2>&1; then
  export DEBIAN_FRONTEND=noninteractive
  log=$(mktemp)
  # shellcheck disable=SC2086
  if $sudo apt-get update -qq >"$log" 2>&1 && $sudo apt-get install -y -qq --no-install-recommends $missing >>"$log" 2>&1; then
    rm -f "$log"
    exit 0
  fi
  tail -n 3 "$log" >&2
  rm -f "$log"
fi
echo "Not installed (going on without):$missing - install with: apt-get install$missing" >&2
exit 0
